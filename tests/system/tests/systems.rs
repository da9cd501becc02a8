//! An agency's own system: it is told of each case of its service, signed, and decides with a signature of its own.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::form::{Person, citizen, name, solo};
use crate::house::{Answer, BOTH, Client, House, On, seconds_now, until};
use crate::peer::{Peer, Reply, status};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwC2FVsBQIhrs=";

fn house(on: On, port: u16) -> House {
    let mut house = House::set_up(on);
    start(&mut house, port);
    house
}

fn start(house: &mut House, port: u16) {
    let secret = house.file("agency.secret", SECRET);
    let settings = format!(
        "[systems.instant-registration]\nurl = \"http://127.0.0.1:{port}/cases\"\nsecret-file = \"{}\"\nagency = \"market-regulation\"\n",
        secret.display()
    );
    let file = house.file("settings.toml", &settings);
    house.start_with(&["--settings", file.to_str().unwrap()]);
}

/// An application that an officer must look at.
fn referred(founder: &Person, n: u32) -> Value {
    let mut form = solo(founder, &name(n), n);
    form["scope"] = json!(["I6513", "J6621"]);
    form
}

/// A message of the agency's system.
#[derive(Clone)]
struct Order {
    id: String,
    seconds: i64,
    body: Vec<u8>,
    secret: &'static str,
}

impl Order {
    fn decide(case: &Value, n: u32) -> Self {
        Self {
            id: format!("{}:decide:{n}", case["id"].as_str().unwrap()),
            seconds: seconds_now(),
            body: json!({"approve": true, "reason": "已核对批准文件"}).to_string().into_bytes(),
            secret: SECRET,
        }
    }

    fn give(&self, client: &Client, case: &Value, action: &str) -> Answer {
        let signature = Webhook::new(self.secret).unwrap().sign(&self.id, self.seconds, &self.body).unwrap();
        let path = format!("/api/systems/instant-registration/cases/{}/{action}", case["id"].as_str().unwrap());
        let client = client
            .with("webhook-id", &self.id)
            .with("webhook-timestamp", &self.seconds.to_string());
        client.with("webhook-signature", &signature).send(&path, self.body.clone()).0
    }
}

#[test]
fn an_agencys_system_decides_once_and_nobody_can_play_it() {
    let peer = Peer::taking();
    let house = house(On::Folder, peer.port);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let case = client.apply(&referred(&founder, 1)).1;
    assert_eq!(case["status"], "referred");
    let other = client.apply(&referred(&founder, 2)).1;
    until(20, "the agency is told", || !peer.events_of(&case).is_empty());
    let message = &peer.messages()[0];
    assert!(message.is_signed_with(SECRET));
    assert_eq!(
        message.json()["data"]["view"]["card"]["name"],
        case["card"]["name"],
        "it gets the case as its officer sees it"
    );
    let guest = house.guest();
    let order = Order::decide(&case, 1);
    let refused = |order: &Order, case: &Value, action: &str| {
        let (status, answer) = order.give(&guest, case, action);
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_string())
    };
    let told = |status: u16, code: &str| (status, code.to_string());
    let forged = Order {
        secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ..order.clone()
    };
    assert_eq!(refused(&forged, &case, "decide"), told(401, "unauthenticated"));
    for seconds in [-301, 302] {
        let old = Order {
            seconds: order.seconds + seconds,
            ..order.clone()
        };
        assert_eq!(refused(&old, &case, "decide"), told(409, "message-too-old"));
    }
    assert_eq!(
        refused(&order, &other, "decide"),
        told(409, "message-for-another"),
        "what was signed for one case does nothing to another"
    );
    let withdraw = Order {
        id: order.id.replace("decide", "withdraw"),
        ..order.clone()
    };
    assert_eq!(
        refused(&withdraw, &case, "withdraw"),
        told(403, "forbidden"),
        "it acts as an officer, not as the applicant"
    );
    assert_eq!(
        client.get(&format!("/api/cases/{}", case["id"].as_str().unwrap())).1["status"],
        "referred"
    );

    let (status, first) = order.give(&guest, &case, "decide");
    assert_eq!((status, &first["status"]), (200, &json!("issued")), "{first}");
    assert_eq!(refused(&order, &case, "decide"), told(409, "message-played-again"));
    let resent = Order {
        seconds: order.seconds + 1,
        ..order.clone()
    };
    assert_eq!(
        resent.give(&guest, &case, "decide"),
        (200, first),
        "sent again and signed anew, it gets the first answer"
    );
    assert_eq!(
        Order::decide(&case, 2).give(&guest, &case, "decide").0,
        409,
        "a second decision is refused by the service"
    );
    let events = client.get(&format!("/api/cases/{}/events", case["id"].as_str().unwrap())).1;
    let approved: Vec<&Value> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["actor"]["is"] == "officer")
        .collect();
    assert!(
        !approved.is_empty() && approved.iter().all(|e| e["actor"]["agency"] == "market-regulation"),
        "{events}"
    );
    assert_eq!(events.to_string().matches("\"LicenceIssued\"").count(), 1);
    house.verify();
}

#[test]
fn an_agencys_system_that_is_away_slow_and_broken_misses_nothing() {
    for on in BOTH {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut house = house(on, port);
        let founder = citizen(1);
        let client = house.citizen(&founder);
        let mut cases = vec![client.apply(&referred(&founder, 1)).1];
        house.kill();
        start(&mut house, port);
        cases.push(client.apply(&referred(&founder, 2)).1);
        let peer = Peer::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), |before, _| match before {
            0 | 2 => status(500),
            3 => Reply {
                after: Duration::from_millis(900),
                ..status(200)
            },
            _ => status(200),
        });
        let guest = house.guest();
        for case in &cases {
            until(60, "the agency is told of the case", || !peer.events_of(case).is_empty());
            assert_eq!(Order::decide(case, 1).give(&guest, case, "decide").0, 200);
            client.wait_for(case, "archived", 20);
        }
        for case in &cases {
            let events = client.get(&format!("/api/cases/{}/events", case["id"].as_str().unwrap())).1;
            let happened: Vec<String> = events["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["kind"].as_str().unwrap().into())
                .collect();
            until(60, "the agency is told everything, in order", || peer.events_of(case) == happened);
        }
        house.verify();
    }
}

#[test]
fn settings_that_do_not_fit_are_told_at_the_start() {
    let house = House::set_up(On::Folder);
    let secret = house.file("agency.secret", SECRET);
    let section = |slug: &str, agency: &str, file: &str| {
        format!("[systems.{slug}]\nurl = \"http://127.0.0.1:1/\"\nsecret-file = \"{file}\"\nagency = \"{agency}\"\n")
    };
    let (file, missing) = (secret.to_str().unwrap(), "/nowhere/secret");
    for (settings, told) in [
        (section("nothing", "market-regulation", file), "nothing"),
        (section("instant-registration", "tax", file), "handled by market-regulation"),
        (section("instant-registration", "market-regulation", missing), missing),
    ] {
        let path = house.file("settings.toml", &settings);
        let output = house.cli(&[
            "serve",
            "--no-demo",
            "--listen",
            "127.0.0.1:0",
            "--settings",
            path.to_str().unwrap(),
        ]);
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!output.status.success() && said.contains(told), "{said}");
    }
}
