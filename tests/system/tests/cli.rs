//! The command line: exit codes, help, JSON; and real answers against the OpenAPI document.

use serde_json::{Value, json};

use crate::form::{citizen, name, solo};
use crate::house::{House, On, root};

#[test]
fn exit_codes_and_help() {
    let house = House::set_up(On::Folder);
    let code = |arguments: &[&str]| house.cli(arguments).status.code();
    assert_eq!(code(&["services"]), Some(0));
    assert_eq!(code(&["services", "instant-registration"]), Some(0));
    assert_eq!(code(&["services", "nope"]), Some(1));
    assert_eq!(code(&["fly"]), Some(2));
    assert_eq!(code(&["do"]), Some(2));
    assert_eq!(code(&["do", "instant-registration", "apply"]), Some(2), "nobody is said to apply");
    assert_eq!(code(&["do", "instant-registration", "explode", "--as", "x"]), Some(2));
    assert_eq!(code(&["case", "not a case"]), Some(2));
    assert_eq!(code(&["names", "check", "深圳市红杉林酒业有限公司"]), Some(1), "taken");
    assert_eq!(code(&["names", "check", &name(1)]), Some(0));
    assert_eq!(code(&["registers", "load", "nonsense", "x.csv"]), Some(2));
    assert_eq!(code(&["registers", "load", "identities", "no-such-file.csv"]), Some(1));
    assert_eq!(code(&["init"]), Some(1), "it has a zone already");
    for verb in [
        "init",
        "serve",
        "services",
        "do",
        "case",
        "story",
        "registers",
        "names",
        "journal",
        "accounts",
        "bench",
    ] {
        let output = house.cli(&[verb, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("--store"), "{verb} --help");
    }
}

#[test]
fn do_and_case_from_the_console() {
    let house = House::set_up(On::Folder);
    let founder = citizen(1);
    house.citizen(&founder);
    let form = solo(&founder, &name(1), 1);
    let account = founder.account();
    let run = |input: &Value| {
        house.cli_with(
            &[
                "--json",
                "do",
                "instant-registration",
                "apply",
                "--as",
                &account,
                "--input",
                "-",
                "--idempotency-key",
                "k",
            ],
            &input.to_string(),
        )
    };
    let first = run(&form);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(run(&form).stdout, first.stdout, "a repeat gives the first answer");
    let case: Value = serde_json::from_slice(&first.stdout).unwrap();
    let id = case["id"].as_str().unwrap();
    let shown = house.ok_json(&["case", id]);
    assert_eq!(shown["events"].as_array().unwrap().len(), 6);
    let refused = house.cli(&["do", "instant-registration", "withdraw", "--case", id, "--as", &account]);
    assert_eq!(refused.status.code(), Some(1));
    let broken = house.cli_with(&["do", "instant-registration", "apply", "--as", &account, "--input", "-"], "{");
    assert_eq!(broken.status.code(), Some(1));
    let wrong = house.cli_with(
        &["do", "instant-registration", "apply", "--as", &account, "--input", "-"],
        "{\"name\":\"x\"}",
    );
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("/kind"),
        "faults are told with their place"
    );
}

#[test]
fn real_answers_have_the_shapes_of_the_openapi_document() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let (_, document) = house.guest().get("/api/openapi.json");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(root().join("docs/generated/openapi.json")).unwrap()).unwrap();
    assert_eq!(document, kept, "docs/generated is fresh: make generate");
    let check = |name: &str, answer: &Value| {
        let mut schema = document["components"]["schemas"][name].clone();
        assert!(schema.is_object(), "{name}");
        let schemas = document["components"]["schemas"]
            .to_string()
            .replace("#/components/schemas/", "#/$defs/");
        schema = serde_json::from_str(&schema.to_string().replace("#/components/schemas/", "#/$defs/")).unwrap();
        schema["$defs"] = serde_json::from_str(&schemas).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(answer)
            .map(|e| format!("{} {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    };
    let (_, case) = client.apply(&solo(&founder, &name(1), 1));
    check("CaseView", &case);
    let id = case["id"].as_str().unwrap();
    check("CaseView", &client.get(&format!("/api/cases/{id}")).1);
    check("Timeline", &client.get(&format!("/api/cases/{id}/events")).1);
    check("CasePage", &client.get("/api/cases").1);
    check("CasePage", &client.get("/api/services/instant-registration/cases").1);
    check("Chapters", &client.get("/api/services").1);
    check("ServiceView", &client.get("/api/services/instant-registration").1);
    check("ServiceView", &client.get("/api/services/cash-pool").1);
    check("ServiceView", &client.get("/api/services/delegation").1);
    let until = crate::form::days_ago(-30);
    let whom = json!({"kind": "myself", "agent": {"name": "测试", "paper": citizen(2).paper()}});
    let grant = json!({"whom": whom, "scope": {"powers": "read"}, "until": until});
    check("CaseView", &client.post("/api/services/delegation/cases", &grant).1);
    check("Delegations", &client.get("/api/delegations").1);
    check("ZoneView", &client.get("/api/zone").1);
    check("Me", &client.get("/api/me").1);
    check("NoticeList", &client.get("/api/notices").1);
    let session = house.session(&founder.account());
    check("LoginWays", &house.guest().get("/api/login/ways").1);
    check("Ceremony", &house.guest().post("/api/login/passkey/begin", &json!({})).1);
    check("Ceremony", &session.post("/api/passkeys/begin", &json!({})).1);
    check("PasskeyList", &session.get("/api/passkeys").1);
    let (_, token) = session.post("/api/tokens", &json!({"label": "till", "seconds": 3600, "scopes": ["read"]}));
    check("Token", &token);
    let rotate = format!("/api/tokens/{}/rotate", token["id"].as_str().unwrap());
    check("RotatedToken", &session.post(&rotate, &json!({})).1);
    check("TokenList", &session.get("/api/tokens").1);
    check("SessionList", &session.get("/api/sessions").1);
    check("Error", &client.apply(&json!({})).1);
    check("Error", &client.get("/api/cases/QH000000-AAAAAAAAAA").1);
    assert_eq!(
        client.get("/api/services").1["chapters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["services"].as_array().unwrap().len())
            .sum::<usize>(),
        43
    );
}
