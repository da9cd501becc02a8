//! What the program counts about itself: read by another parser than the one that wrote it, and drawn by the shipped dashboard.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::form::{citizen, name, pair, solo};
use crate::house::{Client, House, On, root};

/// Reads the text with the strict OpenMetrics parser of Prometheus' own client for Python: one list of `[name, labels, value]`.
const PARSE: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps([[s.name, s.labels, s.value] for f in families for s in f.samples]))
";

struct Samples(Vec<(String, BTreeMap<String, String>, f64)>);

impl Samples {
    #[track_caller]
    fn read(client: &Client) -> Self {
        let (status, text) = client.get("/metrics");
        assert_eq!(status, 200, "{text}");
        let mut python = Command::new("/usr/bin/python3")
            .args(["-c", PARSE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(text.as_str().unwrap().as_bytes()).unwrap();
        let output = python.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "the metrics can't be parsed (scripts/tools.sh installs the parser):\n{text}"
        );
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let labels = |v: &Value| {
            v.as_object()
                .unwrap()
                .iter()
                .map(|(k, v)| (k.clone(), v.as_str().unwrap().into()))
                .collect()
        };
        Self(
            rows.iter()
                .map(|r| (r[0].as_str().unwrap().into(), labels(&r[1]), r[2].as_f64().unwrap()))
                .collect(),
        )
    }

    /// Sum of the samples with this name and these labels.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |own: &BTreeMap<String, String>| labels.iter().all(|(k, v)| own.get(*k).is_some_and(|found| found == v));
        self.0.iter().filter(|(n, own, _)| n == name && fits(own)).map(|s| s.2).sum()
    }
}

#[test]
fn metrics_are_parsed_by_another_program_and_count_what_happened() {
    let house = House::serving(On::Folder);
    let (owner, party) = (citizen(1), citizen(2));
    let owner_client = house.citizen(&owner);
    assert_eq!(owner_client.apply(&solo(&owner, &name(1), 1)).1["status"], "issued");
    let case = owner_client.apply(&pair(&owner, &party, &name(2), 2)).1;
    assert_eq!(owner_client.act(&case, "withdraw", json!({})).0, 200);
    assert_eq!(owner_client.get("/api/cases/QH000000-XXXXXXXXXX").0, 404);
    let samples = Samples::read(&house.guest());
    let service = ("service", "instant-registration");
    assert_eq!(samples.sum("qianhai_cases_opened_total", &[service]), 2.0);
    assert_eq!(samples.sum("qianhai_cases_closed_total", &[service, ("status", "withdrawn")]), 1.0);
    let opening = [("route", "/api/services/{slug}/cases"), ("method", "POST"), ("status", "201")];
    assert_eq!(samples.sum("qianhai_request_seconds_count", &opening), 2.0);
    assert_eq!(
        samples.sum("qianhai_request_seconds_count", &[("route", "/api/cases/{id}"), ("status", "404")]),
        1.0
    );
    assert!(samples.sum("qianhai_append_seconds_count", &[("outcome", "written")]) >= 3.0);
    assert!(samples.sum("qianhai_journal_groups_total", &[]) >= 3.0);
    assert_eq!(samples.sum("qianhai_requests_in_flight", &[]), 1.0, "the scrape itself");
    assert_eq!(samples.sum("qianhai_store_up", &[]), 1.0);
    assert_eq!(samples.sum("qianhai_register_up", &[("register", "addresses")]), 1.0);
    assert!(samples.sum("process_resident_memory_bytes", &[]) > 1e6 && samples.sum("process_open_fds", &[]) > 3.0);
    house.ok(&["registers", "close", "addresses"]);
    let closed = || Samples::read(&house.guest()).sum("qianhai_register_up", &[("register", "addresses")]) == 0.0;
    crate::house::until(10, "the closed register shows", closed);
}

#[test]
fn metrics_name_nobody() {
    let house = House::serving(On::Folder);
    let owner = citizen(1);
    let client = house.citizen(&owner);
    let case = client.apply(&solo(&owner, &name(1), 1)).1;
    client.get(&format!("/api/cases/{}", case["id"].as_str().unwrap()));
    let text = house.guest().get("/metrics").1.as_str().unwrap().to_string();
    for personal in [case["id"].as_str().unwrap(), &owner.number, &owner.name, &owner.account()] {
        assert!(!text.contains(personal), "{personal} stands in the metrics");
    }
    // Labels are those of a short list, so that nothing a visitor sends makes a row.
    for path in ["/api/nothing/here", "/x/1", "/x/2"] {
        house.guest().get(path);
    }
    let known = ["route", "method", "status", "outcome", "service", "view", "register", "to", "le"];
    let samples = Samples::read(&house.guest());
    assert!(
        samples
            .0
            .iter()
            .flat_map(|s| s.1.keys())
            .all(|label| known.contains(&label.as_str()))
    );
    let routes: BTreeSet<&String> = samples.0.iter().filter_map(|s| s.1.get("route")).collect();
    assert!(
        routes.iter().all(|route| !route.contains("/x/") && !route.contains("nothing")),
        "{routes:?}"
    );
}

#[test]
fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let mut house = House::serving(On::Folder);
    assert_eq!(house.guest().get("/metrics").0, 200);
    assert_eq!(
        house.guest().with("X-Forwarded-For", "203.0.113.9").get("/metrics").0,
        404,
        "a proxy passes a stranger on"
    );
    house.stop();
    let token = "a-token-that-nobody-guesses";
    let file = house.file("metrics-token", &format!("{token}\n"));
    house.start_with(&["--metrics-token-file", file.to_str().unwrap()]);
    assert_eq!(house.guest().get("/metrics").0, 404);
    let shown = |token: &str| house.guest().with("Authorization", &format!("Bearer {token}")).get("/metrics").0;
    assert_eq!((shown(token), shown("a-token-that-somebody-guesses")), (200, 404));
}

#[test]
fn every_panel_of_the_dashboard_draws_what_the_program_exports() {
    let house = House::serving(On::Folder);
    let owner = citizen(1);
    let client = house.citizen(&owner);
    let case = client.apply(&pair(&owner, &citizen(2), &name(1), 1)).1;
    assert_eq!(client.act(&case, "withdraw", json!({})).0, 200);
    let samples = Samples::read(&house.guest());
    let exported: BTreeSet<&str> = samples.0.iter().map(|s| s.0.as_str()).collect();
    let file = std::fs::read_to_string(root().join("dist/grafana-dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&file).unwrap();
    let targets = dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| p["targets"].as_array().into_iter().flatten());
    let queries: Vec<&str> = targets.map(|t| t["expr"].as_str().unwrap()).collect();
    let words = queries
        .iter()
        .flat_map(|q| q.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let drawn: BTreeSet<&str> = words.filter(|w| w.starts_with("qianhai_") || w.starts_with("process_")).collect();
    assert!(drawn.len() >= 15, "{drawn:?}");
    assert_eq!(drawn.difference(&exported).collect::<Vec<_>>(), Vec::<&&str>::new());
}
