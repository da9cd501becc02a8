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
