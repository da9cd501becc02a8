//! Who may do what: every action for every kind of visitor; sessions, tokens, and what every answer carries.

use serde_json::{Value, json};

use crate::form::{citizen, name, pair, solo};
use crate::house::{Client, House, On};

#[test]
fn every_action_for_every_visitor() {
    let house = House::serving(On::Folder);
    let (owner, party, stranger) = (citizen(1), citizen(2), citizen(3));
    let clients: Vec<(&str, Client)> = vec![
        ("guest", house.guest()),
        ("owner", house.citizen(&owner)),
        ("party", house.citizen(&party)),
        ("stranger", house.citizen(&stranger)),
        ("officer", house.officer("officer.one", "market-regulation")),
        ("other officer", house.officer("officer.two", "tax")),
    ];
    let client = |who: &str| clients.iter().find(|(name, _)| *name == who).unwrap().1.clone();
    let fresh = |n: u32| client("owner").apply(&pair(&owner, &party, &name(n), n + 1)).1;
    // What a visitor gets who asks for it on a case that waits for the party's signature: 200, or why not.
    let table: [(&str, Value, [u16; 6]); 6] = [
        ("sign", json!({}), [401, 409, 200, 404, 403, 404]),
        ("withdraw", json!({}), [401, 200, 403, 404, 403, 404]),
        ("decide", json!({"approve": true, "reason": "同意"}), [401, 403, 403, 404, 409, 404]),
        ("review", json!({}), [401, 403, 403, 404, 403, 404]),
        ("lapse", json!({}), [401, 403, 403, 404, 403, 404]),
        ("archive", json!({}), [401, 403, 403, 404, 403, 404]),
    ];
    let mut n = 0;
    for (action, input, expected) in table {
        for ((who, visitor), status) in clients.iter().zip(expected) {
            n += 1;
            let case = fresh(n);
            let (found, answer) = visitor.act(&case, action, input.clone());
            assert_eq!(found, status, "{who} does {action}: {answer}");
        }
    }
    let case = fresh(90);
    let id = case["id"].as_str().unwrap();
    for (path, expected) in [
        (format!("/api/cases/{id}"), [401, 200, 200, 404, 200, 404]),
        (format!("/api/cases/{id}/events"), [401, 200, 200, 404, 200, 404]),
        (format!("/api/cases/{id}/licence"), [404, 404, 404, 404, 404, 404]),
        ("/api/cases".to_string(), [401, 200, 200, 200, 200, 200]),
        (
            "/api/services/instant-registration/cases".to_string(),
            [401, 200, 200, 200, 200, 403],
        ),
        ("/api/notices".to_string(), [401, 200, 200, 200, 200, 200]),
    ] {
        for ((who, visitor), status) in clients.iter().zip(expected) {
            assert_eq!(visitor.get(&path).0, status, "{who} reads {path}");
        }
    }
    for ((who, visitor), status) in clients.iter().zip([401, 201, 201, 201, 403, 403]) {
        n += 1;
        assert_eq!(visitor.apply(&solo(&owner, &name(500 + n), 300 + n)).0, status, "{who} applies");
    }
    assert_eq!(
        client("stranger").get("/api/cases").1["cases"].as_array().unwrap().len(),
        1,
        "only the one that the stranger opened"
    );
}

#[test]
fn a_session_needs_its_forgery_token_and_ends() {
    let house = House::serving(On::Folder);
    let person = citizen(1);
    let id = person.number.clone();
    let output = house.cli_with(
        &[
            "accounts",
            "add",
            "someone",
            "--name",
            &person.name,
            "--id-number",
            &id,
            "--password-stdin",
        ],
        "correct horse\n",
    );
    assert!(output.status.success());
    let guest = house.guest();
    let login = |password: &str| {
        guest.send(
            "/api/login",
            json!({"account": "someone", "password": password}).to_string().into_bytes(),
        )
    };
    assert_eq!(login("wrong horse").0.0, 401);
    assert_eq!(
        guest.post("/api/login", &json!({"account": "nobody", "password": "wrong horse"})).0,
        401,
        "an unknown name is told the same"
    );
    let ((status, me), headers) = login("correct horse");
    assert_eq!(status, 200, "{me}");
    let cookie = &headers.iter().find(|(name, _)| name == "set-cookie").unwrap().1;
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let session = guest.with("Cookie", cookie.split(';').next().unwrap());
    assert_eq!(session.get("/api/me").0, 200);
    assert_eq!(
        session.apply(&solo(&person, &name(1), 1)).0,
        403,
        "a page of another site can't act"
    );
    let forged = session.with("X-CSRF-Token", "00000000000000000000000000000000");
    assert_eq!(forged.apply(&solo(&person, &name(1), 1)).0, 403);
    let own = session.with("X-CSRF-Token", me["csrf"].as_str().unwrap());
    assert_eq!(own.apply(&solo(&person, &name(1), 1)).0, 201);
    let (_, token) = own.post("/api/tokens", &json!({"label": "till", "seconds": 3600}));
    let by_token = guest.with("Authorization", &format!("Bearer {}", token["token"].as_str().unwrap()));
    assert_eq!(by_token.get("/api/me").0, 200);
    assert_eq!(
        by_token.post("/api/tokens", &json!({"label": "more", "seconds": 3600})).0,
        403,
        "a token makes no tokens"
    );
    assert_eq!(own.post("/api/logout", &json!({})).0, 200);
    assert_eq!(session.get("/api/me").0, 401);
    house.ok(&["accounts", "password", "someone"]);
    assert_eq!(login("correct horse").0.0, 401, "the old password is no longer good");
    house.ok(&["accounts", "lock", "someone"]);
    assert_eq!(login("correct horse").0.0, 401, "a locked account can't log in");
}

#[test]
fn guessing_passwords_is_slowed_down() {
    let house = House::serving(On::Folder);
    house.citizen(&citizen(1));
    let guest = house.guest();
    let guess = |n: u32| {
        guest.send(
            "/api/login",
            json!({"account": citizen(1).account(), "password": format!("guess-{n}")})
                .to_string()
                .into_bytes(),
        )
    };
    let answers: Vec<_> = (0..14).map(guess).collect();
    assert_eq!(answers[0].0.0, 401);
    let (last, headers) = answers.last().unwrap();
    assert_eq!((last.0, last.1["error"]["kind"].as_str()), (429, Some("too-many-requests")));
    assert!(headers.iter().any(|(name, _)| name == "retry-after"));
}

#[test]
fn one_account_can_not_take_the_house() {
    let house = House::serving(On::Folder);
    let client = house.citizen(&citizen(1));
    let statuses: Vec<u16> = (0..900).map(|_| client.get_once("/api/me").0).collect();
    assert!(statuses.contains(&429) || statuses.len() < 300, "a burst of 900 is cut");
    assert_eq!(house.citizen(&citizen(2)).get("/api/me").0, 200, "others are served");
}

#[test]
fn every_answer_carries_its_safety_headers() {
    let house = House::serving(On::Folder);
    let (_, headers) = house.guest().send("/api/login", b"{}".to_vec());
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cache-control",
    ] {
        assert!(headers.iter().any(|(n, _)| n == name), "{name} is missing: {headers:?}");
    }
}
