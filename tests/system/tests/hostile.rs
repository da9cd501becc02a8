//! Malformed and hostile input: always an error in the one shape, in both languages; never a 500, nothing half written.

use serde_json::{Value, json};

use crate::form::{citizen, name, solo};
use crate::house::{Answer, House, On};

#[track_caller]
fn is_an_error(what: &str, answer: &Answer, allowed: &[u16]) {
    let (status, body) = answer;
    assert!(allowed.contains(status), "{what}: {status} {body}");
    let error = &body["error"];
    for text in [&error["kind"], &error["code"], &error["message"]["zh"], &error["message"]["en"]] {
        assert!(text.as_str().is_some_and(|t| !t.is_empty()), "{what}: not in the one shape: {body}");
    }
    if *status == 422 {
        let faults = error["faults"].as_array().unwrap_or_else(|| panic!("{what}: no faults: {body}"));
        assert!(
            faults
                .iter()
                .all(|f| f["pointer"].is_string() && f["message"]["zh"] != "" && f["message"]["en"] != ""),
            "{what}: {body}"
        );
    }
}

#[test]
fn malformed_bodies() {
    let house = House::serving(On::Folder);
    let client = house.citizen(&citizen(1));
    let path = "/api/services/instant-registration/cases";
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(120), "}".repeat(120));
    let wide = json!({"name": "长".repeat(200_000)}).to_string();
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("half", b"{\"kind\":".to_vec()),
        ("no JSON", b"<xml/>".to_vec()),
        ("not UTF-8", vec![b'"', 0xff, 0xfe, b'"']),
        ("lone surrogate", br#"{"name":"\ud800"}"#.to_vec()),
        ("NUL", br#"{"name":"\u0000"}"#.to_vec()),
        ("deep", deep.into_bytes()),
        ("nested", nested.into_bytes()),
        ("wide", wide.into_bytes()),
        ("a number", b"7".to_vec()),
        ("null", b"null".to_vec()),
        ("an array", b"[]".to_vec()),
        ("empty", vec![]),
        ("huge number", br#"{"capital_fen":1e999}"#.to_vec()),
        ("ten megabytes", vec![b' '; 10 << 20]),
    ];
    for (what, body) in bodies {
        let (answer, _) = client.send(path, body);
        is_an_error(what, &answer, &[413, 422]);
    }
    assert_eq!(
        client.get("/api/cases").1["cases"].as_array().unwrap().len(),
        0,
        "nothing was written"
    );
    assert_eq!(house.verify()["events"], 0);
}

#[test]
fn hostile_values_in_every_field() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let clients: Vec<_> = (1..=6).map(|n| house.citizen(&citizen(n))).collect();
    let form = solo(&founder, &name(1), 1);
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!("'; DROP TABLE events; --"),
        json!("<script>alert(1)</script>"),
        json!("../../etc/passwd"),
        json!("\u{202e}\u{200b}深圳"),
        json!("👩‍👩‍👧‍👦"),
        json!("甲".repeat(5_000)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
    ];
    let mut pointers = vec![];
    places(&form, String::new(), &mut pointers);
    assert!(pointers.len() > 30);
    let mut n = 0;
    for pointer in &pointers {
        for value in &values {
            let mut form = form.clone();
            *form.pointer_mut(pointer).unwrap() = value.clone();
            n += 1;
            let answer = clients[n % clients.len()].apply(&form);
            if answer.0 == 201 {
                // It could be read: then it was decided, with reasons, and not approved for what is wrong in it.
                let harmless = [
                    "/accept_similar",
                    "/sign",
                    "/officers",
                    "/articles",
                    "/capital_fen",
                    "/pay_by",
                    "/investors",
                ];
                let decided = answer.1["status"] != "issued" || harmless.iter().any(|h| pointer.starts_with(h));
                assert!(decided, "{pointer} = {value}: {}", answer.1);
            } else {
                is_an_error(&format!("{pointer} = {value}"), &answer, &[409, 422]);
            }
            // The limit of requests per second is not what is tested here.
            if n % 60 == 0 {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
    }
    house.verify();
}

fn places(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| {
            all.push(format!("{at}/{k}"));
            places(v, format!("{at}/{k}"), all);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, v)| {
            all.push(format!("{at}/{n}"));
            places(v, format!("{at}/{n}"), all);
        }),
        _ => {}
    }
}

#[test]
fn hostile_paths_queries_and_headers() {
    let house = House::serving(On::Folder);
    let client = house.citizen(&citizen(1));
    let long = "A".repeat(6_000);
    for path in [
        "/api/cases/..%2f..%2fetc%2fpasswd",
        "/api/cases/%00",
        "/api/cases/%ff%fe",
        "/api/cases/QH000000-AAAAAAAAAA",
        "/api/cases/'%20OR%201=1",
        "/api/services/nope",
        "/api/services/nope/cases",
        "/api/services/cross-border-tax/cases",
        "/api/nope",
        "/nope",
        &format!("/api/cases/{long}"),
    ] {
        let (status, body) = client.get(path);
        // Paths outside the API are the portal's, where its pages are built.
        if path.starts_with("/api") {
            is_an_error(path, &(status, body), &[400, 404, 414, 422]);
        }
    }
    for query in [
        "limit=-1",
        "limit=abc",
        "limit=99999999999999999999",
        "cursor=%00",
        "cursor=garbage",
        "cursor=1.%ff",
        "status=%27",
    ] {
        let (status, body) = client.get(&format!("/api/cases?{query}"));
        assert!(status == 200 || status == 422, "{query}: {status} {body}");
        if status != 200 {
            is_an_error(query, &(status, body), &[422]);
        }
    }
    let form = solo(&citizen(1), &name(1), 1);
    let long_key = client.with("Idempotency-Key", &"k".repeat(500));
    is_an_error("a long key", &long_key.apply(&form), &[422]);
    let wrong = house.guest().with("Authorization", "Bearer nonsense");
    is_an_error("a wrong token", &wrong.get("/api/me"), &[401]);
    is_an_error(
        "an unknown action",
        &client.post("/api/cases/QH000000-AAAAAAAAAA/explode", &json!({})),
        &[404],
    );
    is_an_error("a wrong method", &client.post("/api/services", &json!({})), &[405]);
}

#[test]
fn questions_take_only_what_they_ask_for() {
    let house = House::serving(On::Folder);
    let guest = house.guest();
    let ask = |question: &str, input: Value| guest.post(&format!("/api/services/instant-registration/ask/{question}"), &input);
    for name in [
        "",
        "甲",
        "ABC",
        "１２３",
        "（）",
        "深圳市",
        "\u{0}",
        &"长".repeat(101),
        "🈲🈲🈲",
        "深圳\u{200b}市红光酒业有限公司",
    ] {
        let answer = ask("check-name", json!({"name": name}));
        if answer.0 == 200 {
            assert_eq!(answer.1["free"], false, "{name} is no company's name: {}", answer.1);
        } else {
            is_an_error(name, &answer, &[422]);
        }
    }
    is_an_error("no community", &ask("find-addresses", json!({"community": "44"})), &[422]);
    is_an_error("an unknown question", &ask("why", json!({})), &[404]);
}
