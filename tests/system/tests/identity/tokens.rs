//! Tokens: what each scope lets through, how one takes another's place, and how sessions are ended.

use serde_json::{Value, json};

use crate::form::{citizen, name, solo};
use crate::house::{Client, House, On};

const OPEN: &str = "/api/services/instant-registration/cases";
const ASK: &str = "/api/services/instant-registration/ask/check-name";

#[test]
fn each_scope_lets_through_what_it_covers() {
    let house = House::serving(On::Folder);
    let person = citizen(1);
    let owner = house.citizen(&person);
    let (_, case) = owner.apply(&solo(&person, &name(1), 1));
    let id = case["id"].as_str().unwrap();
    let own = "service:instant-registration";
    let tokens: Vec<(String, Client)> = [
        "read".to_string(),
        "write".into(),
        "read,write".into(),
        format!("read,{own}"),
        format!("write,{own}"),
        "read,write,service:another".into(),
    ]
    .map(|scopes| (scopes.clone(), house.token_for(&person.account(), &scopes)))
    .into();
    // 1: let through; 0: not covered. An input that can't be meant shows that nothing but the scope was in the way.
    let wrong = json!({"no-such-field": 1});
    let table: [(&str, String, [u8; 6]); 11] = [
        ("GET", "/api/me".into(), [1, 0, 1, 1, 0, 1]),
        ("GET", "/api/services".into(), [1, 0, 1, 1, 0, 1]),
        ("GET", "/api/services/instant-registration".into(), [1, 0, 1, 1, 0, 0]),
        ("GET", OPEN.into(), [1, 0, 1, 1, 0, 0]),
        ("GET", "/api/cases".into(), [1, 0, 1, 0, 0, 0]),
        ("GET", format!("/api/cases/{id}"), [1, 0, 1, 1, 0, 0]),
        ("GET", format!("/api/cases/{id}/events"), [1, 0, 1, 1, 0, 0]),
        ("GET", "/api/notices".into(), [1, 0, 1, 0, 0, 0]),
        ("POST", ASK.into(), [1, 0, 1, 1, 0, 0]),
        ("POST", OPEN.into(), [0, 1, 1, 0, 1, 0]),
        ("POST", format!("/api/cases/{id}/withdraw"), [0, 1, 1, 0, 1, 0]),
    ];
    for (method, path, expected) in &table {
        for ((scopes, client), covered) in tokens.iter().zip(expected) {
            let (status, answer) = if *method == "GET" {
                client.get(path)
            } else {
                client.post(path, &wrong)
            };
            let refused = answer["error"]["code"] == "out-of-scope";
            assert_eq!(refused, *covered == 0, "{method} {path} with {scopes}: {status} {answer}");
            assert_eq!(refused, status == 403, "{method} {path} with {scopes}: {status} {answer}");
            let through = if *method == "GET" { 200 } else { 422 };
            assert!(refused || status == through, "{method} {path} with {scopes}: {status} {answer}");
        }
    }
    for (scopes, client) in &tokens {
        for path in ["/api/tokens", "/api/passkeys/begin"] {
            assert_eq!(
                client.post(path, &wrong).0,
                403,
                "a token with {scopes} changes what guards the account: {path}"
            );
        }
        assert_eq!(client.delete("/api/sessions/any").0, 403, "{scopes}");
    }
}

#[test]
fn a_token_is_made_seen_rotated_and_revoked() {
    let house = House::serving(On::Folder);
    house.citizen(&citizen(1));
    house.citizen(&citizen(2));
    let session = house.session(&citizen(1).account());
    for (wish, pointer) in [
        (
            json!({"label": "till", "seconds": 3600, "scopes": ["service:instant-registration"]}),
            "/scopes",
        ),
        (json!({"label": "till", "seconds": 3600, "scopes": []}), "/scopes"),
        (
            json!({"label": "till", "seconds": 3600, "scopes": ["read", "service:none"]}),
            "/scopes/1",
        ),
        (json!({"label": "till", "seconds": 5, "scopes": ["read"]}), "/seconds"),
    ] {
        let (status, answer) = session.post("/api/tokens", &wish);
        assert_eq!(
            (status, answer["error"]["faults"][0]["pointer"].as_str()),
            (422, Some(pointer)),
            "{answer}"
        );
    }
    assert_eq!(
        session
            .post("/api/tokens", &json!({"label": "a", "seconds": 3600, "scopes": ["all"]}))
            .0,
        422
    );

    let wish = json!({"label": "till", "seconds": 864_000, "scopes": ["read", "service:instant-registration"]});
    let (status, made) = session.post("/api/tokens", &wish);
    assert_eq!(status, 200, "{made}");
    let bearer = |made: &Value| {
        house
            .guest()
            .with("Authorization", &format!("Bearer {}", made["token"].as_str().unwrap()))
    };
    let line = |id: &Value| -> Value {
        let (_, list) = session.get("/api/tokens");
        let found = list["tokens"].as_array().unwrap().iter().find(|t| t["id"] == *id).cloned();
        found.unwrap_or_default()
    };
    assert_eq!(line(&made["id"])["last_used"], Value::Null);
    assert_eq!(bearer(&made).get("/api/me").0, 200);
    let seen = line(&made["id"]);
    assert_eq!(seen["label"], "till");
    assert_eq!(seen["scopes"], json!(["read", "service:instant-registration"]));
    assert_eq!(seen["last_used"].as_str().unwrap().len(), 10, "a day: {seen}");
    let (_, list) = session.get("/api/tokens");
    assert!(
        !list.to_string().contains(made["token"].as_str().unwrap()),
        "a secret is shown once"
    );

    let path = |made: &Value, what: &str| format!("/api/tokens/{}{what}", made["id"].as_str().unwrap());
    let other = house.session(&citizen(2).account());
    assert_eq!(other.post(&path(&made, "/rotate"), &json!({})).0, 404, "somebody else's token");
    assert_eq!(other.delete(&path(&made, "")).0, 404);

    let (status, next) = session.post(&path(&made, "/rotate"), &json!({}));
    assert_eq!(status, 200, "{next}");
    assert_eq!(
        (bearer(&made).get("/api/me").0, bearer(&next).get("/api/me").0),
        (200, 200),
        "for an hour both work"
    );
    let (old, new) = (line(&made["id"]), line(&next["id"]));
    assert_eq!((old["replaced"].as_bool(), new["replaced"].as_bool()), (Some(true), Some(false)));
    assert_eq!(old["until"], next["old_until"]);
    assert!(
        old["until"].as_str().unwrap() < seen["until"].as_str().unwrap(),
        "the old one ends sooner"
    );
    assert_eq!(new["scopes"], seen["scopes"]);
    let again = session.post(&path(&made, "/rotate"), &json!({}));
    assert_eq!((again.0, again.1["error"]["code"].as_str()), (409, Some("token-replaced")));

    assert_eq!(session.delete(&path(&next, "")).0, 200);
    assert_eq!(bearer(&next).get("/api/me").0, 401, "a revoked token ends at once");
    assert_eq!(session.delete(&path(&next, "")).0, 404);
}

#[test]
fn a_session_is_ended_from_another() {
    let house = House::serving(On::Folder);
    house.citizen(&citizen(1));
    let lost = house.session(&citizen(1).account());
    let here = house.session(&citizen(1).account());
    assert_eq!(lost.get("/api/me").0, 200);
    let (_, list) = here.get("/api/sessions");
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{list}");
    let other = sessions.iter().find(|s| s["own"] == false).unwrap();
    assert_eq!(
        (other["way"].as_str(), sessions.iter().filter(|s| s["own"] == true).count()),
        (Some("password"), 1)
    );
    let path = format!("/api/sessions/{}", other["id"].as_str().unwrap());
    let unforged = house.guest().with("Cookie", &here.headers[0].1);
    assert_eq!(unforged.delete(&path).0, 403, "a page of another site can't end a session");
    assert_eq!(here.delete(&path).0, 200);
    assert_eq!((lost.get("/api/me").0, here.get("/api/me").0), (401, 200));
}

#[test]
fn a_page_of_another_site_logs_nobody_in() {
    let house = House::serving(On::Folder);
    house.citizen(&citizen(1));
    let given = house.ok_json(&["accounts", "password", &citizen(1).account()]);
    let login = json!({"account": citizen(1).account(), "password": given["password"]});
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)] {
        assert_eq!(
            house.guest().with("Sec-Fetch-Site", site).post("/api/login", &login).0,
            status,
            "{site}"
        );
    }
    let begin = house
        .guest()
        .with("Sec-Fetch-Site", "cross-site")
        .post("/api/login/passkey/begin", &json!({}));
    assert_eq!(begin.0, 403);
}
