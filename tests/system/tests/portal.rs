//! What the portal keeps beside the cases: drafts, notices read, preferences.

use serde_json::{Value, json};

use crate::form::{citizen, name, pair, solo};
use crate::house::{BOTH, Client, House, On};

const DRAFT: &str = "/api/drafts/instant-registration";

/// The answer has the shape that the OpenAPI document gives to this route.
#[track_caller]
pub fn shaped(client: &Client, method: &str, route: &str, answer: &Value) {
    let (_, document) = client.get("/api/openapi.json");
    let place = |text: &str| text.replace("#/components/schemas/", "#/$defs/");
    let mut schema = document["paths"][route][method]["responses"]["200"]["content"]["application/json"]["schema"].clone();
    assert!(schema.is_object(), "{method} {route} is not in the document");
    schema = serde_json::from_str(&place(&schema.to_string())).unwrap();
    schema["$defs"] = serde_json::from_str(&place(&document["components"]["schemas"].to_string())).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|e| format!("{} {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{method} {route}: {errors:?}\n{answer}");
}

/// Reads until something is so, at most twenty seconds.
#[track_caller]
pub fn until(what: &str, read: impl Fn() -> Value, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let found = read();
        if is_so(&found) {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 20, "{what}: {found}");
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
}

#[test]
fn a_draft_is_kept_for_its_account_and_two_windows_do_not_overwrite_each_other() {
    for on in BOTH {
        let house = House::serving(on);
        let (owner, other) = (house.citizen(&citizen(1)), house.citizen(&citizen(2)));
        assert_eq!(house.guest().get("/api/drafts").0, 401);
        assert_eq!(owner.get(DRAFT).0, 404);
        let wish = |version: &Value, name: &str| json!({"action": "apply", "version": version, "answers": {"name": name, "half": null}});
        let (status, first) = owner.put(DRAFT, &wish(&json!(0), "深圳市一号软件有限公司"));
        assert_eq!(status, 200, "{first}");
        shaped(&owner, "put", "/api/drafts/{slug}", &first);
        let (_, read) = owner.get(DRAFT);
        assert_eq!(read, first, "what was kept is given back");
        let (_, second) = owner.put(DRAFT, &wish(&read["version"], "深圳市二号软件有限公司"));
        let (status, refused) = owner.put(DRAFT, &wish(&read["version"], "深圳市三号软件有限公司"));
        assert_eq!(
            (status, refused["error"]["code"].as_str()),
            (409, Some("draft-changed")),
            "{refused}"
        );
        let (_, list) = owner.get("/api/drafts");
        shaped(&owner, "get", "/api/drafts", &list);
        assert_eq!(list["drafts"][0]["title"], "深圳市二号软件有限公司");
        assert_eq!(other.get("/api/drafts").1["drafts"], json!([]), "nobody else sees it");
        assert_eq!(other.get(DRAFT).0, 404);
        let large = json!({"action": "apply", "version": second["version"], "answers": vec!["x".repeat(1_000); 300]});
        assert_eq!(owner.put(DRAFT, &large).0, 422);
        assert_eq!(owner.put("/api/drafts/nothing", &wish(&json!(0), "x")).0, 404);
        let unknown = json!({"action": "fly", "version": 0, "answers": {}});
        assert_eq!(owner.put(DRAFT, &unknown).0, 422);
        assert_eq!(owner.delete(DRAFT).0, 200);
        assert_eq!(owner.get(DRAFT).0, 404);
        let again = owner.put(DRAFT, &wish(&json!(0), "深圳市四号软件有限公司")).1;
        let stale = owner.put(DRAFT, &wish(&second["version"], "深圳市五号软件有限公司")).0;
        assert_eq!(
            stale, 409,
            "a version from before the draft was thrown away never fits again: {again}"
        );
    }
}

#[test]
fn a_notice_is_unread_until_its_person_has_marked_it() {
    let house = House::serving(On::Folder);
    let (owner, party) = (citizen(1), citizen(2));
    let (applicant, signer) = (house.citizen(&owner), house.citizen(&party));
    for n in 1..=25 {
        assert_eq!(applicant.apply(&pair(&owner, &party, &name(n), n)).0, 201);
    }
    let unread = |client: &Client| client.get("/api/notices").1["unread"].clone();
    until("25 ask for a signature", || unread(&signer), |count| *count == 25);
    let (_, first) = signer.get("/api/notices");
    shaped(&signer, "get", "/api/notices", &first);
    let ids = |page: &Value| -> Vec<String> {
        let notices = page["notices"].as_array().unwrap().iter();
        notices.map(|n| n["id"].as_str().unwrap().to_string()).collect()
    };
    let (_, second) = signer.get(&format!("/api/notices?cursor={}", first["next"].as_str().unwrap()));
    assert_eq!((ids(&first).len(), ids(&second).len()), (20, 5));
    assert!(second["next"].is_null() && !ids(&second).iter().any(|id| ids(&first).contains(id)));
    let marks = json!({"ids": [ids(&first)[0], ids(&second)[0]]});
    applicant.post("/api/notices/read", &marks);
    assert_eq!(unread(&signer), 25, "another person's notices are left alone");
    let (_, marked) = signer.post("/api/notices/read", &marks);
    shaped(&signer, "post", "/api/notices/read", &marked);
    assert_eq!((marked["unread"].clone(), unread(&signer)), (json!(23), json!(23)));
    assert_eq!(signer.get("/api/notices").1["notices"][0]["read"], true);
    assert_eq!(signer.post("/api/notices/read", &json!({"all": true})).1["unread"], 0);
    assert_eq!(
        house.officer("officer.one", "market-regulation").get("/api/notices").1,
        json!({"notices": [], "next": null, "unread": 0})
    );
}

#[test]
fn preferences_are_the_accounts_and_without_a_mail_server_no_address_is_taken() {
    let house = House::serving(On::Folder);
    let client = house.citizen(&citizen(1));
    let (_, fresh) = client.get("/api/preferences");
    shaped(&client, "get", "/api/preferences", &fresh);
    assert_eq!(fresh["mail_offered"], false);
    let mut wish = fresh.clone();
    wish["language"] = json!("en");
    wish["large_text"] = json!(true);
    let (status, saved) = client.put("/api/preferences", &wish);
    assert_eq!(
        (status, &saved["language"], &saved["large_text"]),
        (200, &json!("en"), &json!(true))
    );
    assert_eq!(client.get("/api/preferences").1, saved);
    wish["mail"] = json!("someone@example.com");
    assert_eq!(client.put("/api/preferences", &wish).1["error"]["code"], "mail-not-set-up");
    assert_eq!(house.guest().get("/api/preferences").0, 401);
    let solo = solo(&citizen(1), &name(1), 1);
    assert_eq!(client.apply(&solo).0, 201, "what is kept beside the cases touches none");
}

#[test]
fn who_looked_is_told_to_the_person_and_a_second_look_within_ten_minutes_is_the_same() {
    for on in BOTH {
        let house = House::serving(on);
        let (owner, party) = (citizen(1), citizen(2));
        let (applicant, signer) = (house.citizen(&owner), house.citizen(&party));
        let officer = house.officer("officer.one", "market-regulation");
        let (_, case) = applicant.apply(&pair(&owner, &party, &name(1), 1));
        let path = format!("/api/cases/{}", case["id"].as_str().unwrap());
        let looks = |client: &Client, is: &str| -> Vec<Value> {
            let (_, page) = client.get("/api/looks");
            shaped(client, "get", "/api/looks", &page);
            let all = page["looks"].as_array().unwrap().iter();
            all.filter(|look| look["who"]["is"] == is).cloned().collect()
        };
        // The machine has used the registers of identities and of dishonesty about both.
        for client in [&applicant, &signer] {
            let mut whats: Vec<Value> = looks(client, "system").iter().map(|look| look["what"].clone()).collect();
            whats.sort_by_key(Value::to_string);
            whats.dedup();
            assert_eq!(whats, [json!("dishonesty"), json!("identities")]);
        }
        applicant.get(&path);
        signer.get(&path);
        officer.get("/api/cases");
        officer.get("/api/desk");
        assert!(looks(&applicant, "officer").is_empty(), "neither parties nor lists count");
        assert_eq!(officer.get(&path).0, 200);
        assert_eq!(officer.get(&format!("{path}/events")).0, 200);
        assert_eq!(house.officer("officer.two", "tax").get(&path).0, 404);
        for client in [&applicant, &signer] {
            let found = looks(client, "officer");
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!((&found[0]["case"], &found[0]["what"]), (&case["id"], &json!("case")));
            assert!(found[0]["who"]["agency"]["zh"].is_string() && found[0]["who"]["name"] == "审查员");
        }
        house.officer("officer.three", "market-regulation").get(&format!("{path}/events"));
        assert_eq!(looks(&applicant, "officer").len(), 2, "another officer is another look");
        let stranger = house.citizen(&citizen(3));
        assert_eq!(stranger.get("/api/looks").1["looks"], json!([]));
        assert_eq!(house.guest().get("/api/looks").0, 401);
    }
}

#[test]
fn the_owner_rates_a_closed_case_once() {
    let house = House::serving(On::Folder);
    let (owner, party) = (citizen(1), citizen(2));
    let (applicant, signer) = (house.citizen(&owner), house.citizen(&party));
    let (_, open) = applicant.apply(&pair(&owner, &party, &name(1), 1));
    let rating = |case: &Value| format!("/api/cases/{}/rating", case["id"].as_str().unwrap());
    let four = json!({"stars": 4, "words": " 很快 "});
    assert_eq!(applicant.get(&rating(&open)).1, json!({"rating": null, "may_rate": false}));
    assert_eq!(applicant.post(&rating(&open), &four).1["error"]["code"], "not-closed");
    assert_eq!(signer.act(&open, "sign", json!({})).0, 200);
    let closed = applicant.wait_for(&open, "archived", 20);
    assert_eq!(applicant.get(&rating(&closed)).1["may_rate"], true);
    assert_eq!(signer.get(&rating(&closed)).1["may_rate"], false);
    assert_eq!(signer.post(&rating(&closed), &four).0, 403);
    assert_eq!(house.citizen(&citizen(3)).post(&rating(&closed), &four).0, 404);
    for wrong in [
        json!({"stars": 0}),
        json!({"stars": 6}),
        json!({"stars": 5, "words": "好".repeat(501)}),
        json!({}),
    ] {
        assert_eq!(applicant.post(&rating(&closed), &wrong).0, 422, "{wrong}");
    }
    let (status, said) = applicant.post(&rating(&closed), &four);
    shaped(&applicant, "post", "/api/cases/{id}/rating", &said);
    assert_eq!((status, &said["rating"]["words"]), (200, &json!("很快")));
    assert_eq!(applicant.post(&rating(&closed), &four).1["error"]["code"], "already-rated");
    shaped(&applicant, "get", "/api/cases/{id}/rating", &signer.get(&rating(&closed)).1);
}

#[test]
fn a_desk_shows_the_agencys_open_cases_and_hands_them_over() {
    for on in BOTH {
        let mut house = House::serving(on);
        let (owner, party) = (citizen(1), citizen(2));
        let (applicant, signer) = (house.citizen(&owner), house.citizen(&party));
        let officer = house.officer("officer.one", "market-regulation");
        let colleague = house.officer("officer.two", "market-regulation");
        house.officer("officer.tax", "tax");
        let mut cases: Vec<Value> = (1..=22).map(|n| applicant.apply(&pair(&owner, &party, &name(n), n)).1).collect();
        assert_eq!(signer.act(&cases[21], "sign", json!({})).0, 200);
        signer.wait_for(&cases[21], "archived", 20);
        cases.pop();
        let ids = |page: &Value| -> Vec<String> {
            let cases = page["cases"].as_array().unwrap().iter();
            cases.map(|c| c["id"].as_str().unwrap().to_string()).collect()
        };
        let (_, first) = officer.get("/api/desk?order=opened");
        shaped(&officer, "get", "/api/desk", &first);
        assert_eq!(first["counts"], json!({"open": 21, "overdue": 0, "mine": 0, "unassigned": 21}));
        let (_, rest) = officer.get(&format!("/api/desk?order=opened&cursor={}", first["next"].as_str().unwrap()));
        let all: Vec<String> = ids(&first).into_iter().chain(ids(&rest)).collect();
        let opened: Vec<&str> = cases.iter().map(|c| c["id"].as_str().unwrap()).collect();
        assert_eq!(all, opened, "the oldest first, the closed one not");
        assert!(rest["next"].is_null());
        assert_eq!(applicant.get("/api/desk").0, 403);
        assert_eq!(house.guest().get("/api/desk").0, 401);
        let (_, officers) = officer.get("/api/desk/officers");
        shaped(&officer, "get", "/api/desk/officers", &officers);
        let accounts: Vec<&Value> = officers["officers"].as_array().unwrap().iter().map(|o| &o["account"]).collect();
        assert_eq!(accounts, ["officer.one", "officer.two"]);

        let hand = |to: &str, cases: &[&str], reason: &str| json!({"cases": cases, "to": to, "reason": reason});
        let some = &opened[3..6];
        assert_eq!(
            officer.post("/api/desk/assign", &hand("officer.tax", some, "分工")).0,
            422,
            "of another agency"
        );
        assert_eq!(
            officer.post("/api/desk/assign", &hand(&owner.account(), some, "分工")).0,
            422,
            "no officer"
        );
        assert_eq!(
            officer.post("/api/desk/assign", &hand("officer.two", some, " ")).0,
            422,
            "no reason"
        );
        assert_eq!(
            officer
                .post("/api/desk/assign", &hand("officer.two", &["QH000000-AAAAAAAAAA", some[0]], "分工"))
                .0,
            422
        );
        assert_eq!(colleague.get("/api/desk?mine=true").1["cases"], json!([]), "all or none");
        let (status, handed) = officer.post("/api/desk/assign", &hand("officer.two", some, "分工"));
        assert_eq!(status, 200, "{handed}");
        shaped(&officer, "post", "/api/desk/assign", &handed);
        let (_, mine) = colleague.get("/api/desk?mine=true&order=opened");
        assert_eq!(ids(&mine), some, "at once");
        assert_eq!(mine["cases"][0]["assigned"]["account"], "officer.two");
        assert_eq!(mine["counts"], json!({"open": 21, "overdue": 0, "mine": 3, "unassigned": 18}));
        assert!(!ids(&officer.get("/api/desk?unassigned=true&order=opened").1).contains(&some[0].to_string()));
        assert_eq!(colleague.post("/api/desk/assign", &hand("officer.one", &some[..1], "请假")).0, 200);
        let (_, history) = officer.get(&format!("/api/cases/{}/assignment", some[0]));
        shaped(&officer, "get", "/api/cases/{id}/assignment", &history);
        let told: Vec<_> = history["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| (&h["to"]["account"], &h["reason"]))
            .collect();
        assert_eq!(
            told,
            [(&json!("officer.two"), &json!("分工")), (&json!("officer.one"), &json!("请假"))]
        );
        assert_eq!(applicant.get(&format!("/api/cases/{}/assignment", some[0])).0, 403);

        // A filter is a look-up; an event moves the case and its assignment stays.
        let status = cases[0]["status"].as_str().unwrap();
        let count = |client: &Client, query: &str| ids(&client.get(&format!("/api/desk?{query}")).1).len();
        let filter = format!("service=instant-registration&status={status}&mine=true");
        assert_eq!(
            (
                count(&colleague, &filter),
                count(&colleague, "status=archived"),
                count(&officer, "overdue=true")
            ),
            (2, 0, 0)
        );
        assert_eq!(
            officer.get(&format!("/api/cases?status={status}")).1["cases"]
                .as_array()
                .unwrap()
                .len(),
            20
        );
        assert_eq!(applicant.get("/api/cases?status=archived").1["cases"].as_array().unwrap().len(), 1);
        assert_eq!(signer.act(&cases[4], "sign", json!({})).0, 200);
        signer.wait_for(&cases[4], "archived", 20);
        until(
            "a closed case leaves the desk",
            || colleague.get("/api/desk").1["counts"]["mine"].clone(),
            |mine| *mine == 1,
        );

        // The view can be dropped: it is rebuilt with the assignments.
        let lines = || {
            let (_, page) = officer.get("/api/desk?order=opened");
            let cases = page["cases"].as_array().into_iter().flatten();
            let lines: Vec<Value> = cases.map(|c| json!([c["id"], c["status"], c["assigned"]])).collect();
            json!([lines, page["counts"]])
        };
        let before = lines();
        if let On::Folder = on {
            house.stop();
            for file in ["views.db", "views.db-wal", "views.db-shm"] {
                _ = std::fs::remove_file(std::path::Path::new(&house.store).join(file));
            }
            house.start();
            until("the desk is rebuilt", lines, |found| *found == before);
        }
    }
}

#[test]
fn figures_count_what_was_filed_and_decided_and_are_rebuilt_the_same() {
    let mut house = House::serving(On::Folder);
    let (owner, party) = (citizen(1), citizen(2));
    let (applicant, _) = (house.citizen(&owner), house.citizen(&party));
    let officer = house.officer("officer.one", "market-regulation");
    for n in 1..=4 {
        let (_, case) = applicant.apply(&solo(&owner, &name(n), n));
        let stars = json!({"stars": n + 1});
        assert_eq!(
            applicant
                .post(&format!("/api/cases/{}/rating", case["id"].as_str().unwrap()), &stars)
                .0,
            200,
            "{case}"
        );
    }
    applicant.apply(&pair(&owner, &party, &name(5), 5));
    let of = |found: &Value| -> Value {
        let rows = found["rows"].as_array().unwrap().iter();
        rows.clone()
            .find(|row| row["key"] == "instant-registration")
            .cloned()
            .unwrap_or_default()
    };
    let figures = || officer.get("/api/figures").1;
    let found = until("everything is counted", figures, |found| {
        of(found)["filed"] == 5 && of(found)["decided"] == 4
    });
    shaped(&officer, "get", "/api/figures", &found);
    let row = of(&found);
    assert_eq!((&row["open"], &row["overdue"], &row["stars"]), (&json!(1), &json!(0), &json!(3.5)));
    assert!(row["median_hours"].as_f64().unwrap() <= row["p95_hours"].as_f64().unwrap());
    let days = found["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[29]["filed"], &days[29]["decided"]), (30, &json!(5), &json!(4)));
    for (by, key) in [("agency", "market-regulation"), ("chapter", "investment")] {
        let (_, grouped) = officer.get(&format!("/api/figures?by={by}"));
        let row = grouped["rows"].as_array().unwrap().iter().find(|row| row["key"] == key);
        assert!(row.is_some_and(|row| row["filed"] == 5), "{grouped}");
    }
    assert_eq!(officer.get("/api/figures?from=2020-01-01&to=2019-01-01").0, 422);
    assert_eq!(officer.get("/api/figures?from=2019-01-01&to=2022-01-01").0, 422);
    assert_eq!(of(&officer.get("/api/figures?from=2019-01-01&to=2019-12-31").1)["filed"], 0);
    assert_eq!(applicant.get("/api/figures").0, 403);
    house.stop();
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        _ = std::fs::remove_file(std::path::Path::new(&house.store).join(file));
    }
    house.start();
    until("the figures are rebuilt", figures, |again| *again == found);
}
