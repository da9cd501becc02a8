//! Webhooks: who is told what, signed so that the standard's own library agrees; nothing lost in a crash; nowhere that it must not reach.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::form::{citizen, name, pair, solo};
use crate::house::{BOTH, Client, House, On, until};
use crate::peer::{Peer, Reply, status};

/// A house whose webhooks may go to this machine.
fn house(on: On, more: &str) -> House {
    let mut house = House::set_up(on);
    start(&mut house, &format!("[webhooks]\nallow-private = true\n{more}"));
    house
}

fn start(house: &mut House, settings: &str) {
    let file = house.file("settings.toml", settings);
    house.start_with(&["--settings", file.to_str().unwrap()]);
}

#[track_caller]
fn subscribe(client: &Client, wish: Value) -> (String, String) {
    let (status, made) = client.post("/api/webhooks", &wish);
    assert_eq!(status, 201, "{made}");
    (
        made["webhook"]["id"].as_str().unwrap().into(),
        made["secret"].as_str().unwrap().into(),
    )
}

fn events(client: &Client, case: &Value) -> Vec<String> {
    let (_, events) = client.get(&format!("/api/cases/{}/events", case["id"].as_str().unwrap()));
    let kinds = events["events"].as_array().unwrap().iter();
    kinds.map(|e| e["kind"].as_str().unwrap().to_string()).collect()
}

#[test]
fn each_is_told_of_the_own_cases_only_and_never_of_persons() {
    let house = house(On::Folder, "");
    let (owner, party, stranger) = (citizen(1), citizen(2), citizen(3));
    let clients = [&owner, &party, &stranger].map(|person| house.citizen(person));
    let officer = house.officer("officer.one", "market-regulation");
    let peers: Vec<Peer> = (0..5).map(|_| Peer::taking()).collect();
    let mut secrets = vec![];
    for (client, peer) in clients.iter().chain([&officer]).zip(&peers) {
        secrets.push(subscribe(client, json!({"url": peer.url()})).1);
    }
    let only = json!({"url": peers[4].url(), "services": ["instant-registration"], "events": ["Withdrawn"]});
    subscribe(&officer, only);
    let case = clients[0].apply(&pair(&owner, &party, &name(1), 1)).1;
    assert_eq!(clients[0].act(&case, "withdraw", json!({})).0, 200);
    let expected = events(&clients[0], &case);
    assert!(expected.len() >= 2, "{expected:?}");
    for (n, peer) in peers.iter().enumerate() {
        let wanted = match n {
            2 => vec![],
            4 => vec!["Withdrawn".to_string()],
            _ => expected.clone(),
        };
        until(20, "everyone is told", || peer.events_of(&case) == wanted);
        for message in peer.messages() {
            if let Some(secret) = secrets.get(n) {
                assert!(message.is_signed_with(secret), "{message:?}");
            }
            let text = String::from_utf8(message.body).unwrap();
            for personal in [&owner.number, &owner.name, &party.name, &owner.account(), &name(1)] {
                assert!(!text.contains(personal.as_str()), "{personal} stands in {text}");
            }
        }
    }
    let first = peers[0].messages()[0].json();
    assert_eq!((&first["type"], &first["data"]["version"]), (&json!("case.opened"), &json!(1)));
    let outside = house.guest().get("/api/webhooks");
    assert_eq!(outside.0, 401);
}

#[test]
fn nothing_is_lost_when_the_house_is_killed_and_the_receiver_is_away() {
    for on in BOTH {
        let mut house = house(on, "");
        let owner = citizen(1);
        let client = house.citizen(&owner);
        // The port is taken and nobody listens on it: the receiver is down.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (_, secret) = subscribe(&client, json!({"url": format!("http://127.0.0.1:{port}/hook")}));
        let mut cases = vec![];
        for n in 1..=3 {
            cases.push(client.apply(&solo(&owner, &name(n), n)).1);
            house.kill();
            start(&mut house, "[webhooks]\nallow-private = true\n");
        }
        // Slow, broken and redirecting by turns, before it takes anything.
        let elsewhere = Peer::taking();
        let away = elsewhere.url();
        let peer = Peer::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), move |before, _| match before {
            0 => status(500),
            1 => Reply {
                location: Some(away.clone()),
                ..status(307)
            },
            2 => Reply {
                after: Duration::from_millis(700),
                ..status(204)
            },
            _ => status(200),
        });
        for case in &cases {
            client.wait_for(case, "archived", 20);
            until(60, "the receiver is told everything", || {
                peer.events_of(case) == events(&client, case)
            });
        }
        assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
        let messages = peer.messages();
        assert!(messages.iter().all(|m| m.is_signed_with(&secret)));
        let positions: Vec<u64> = peer
            .ids()
            .iter()
            .map(|id| id.rsplit('-').next().unwrap().parse().unwrap())
            .collect();
        assert!(positions.is_sorted(), "in the order in which it happened: {positions:?}");
    }
}

#[test]
fn both_secrets_sign_after_a_rotation_and_deliveries_can_be_looked_at() {
    let house = house(On::Folder, "");
    let (owner, stranger) = (citizen(1), citizen(2));
    let (client, other) = (house.citizen(&owner), house.citizen(&stranger));
    let peer = Peer::taking();
    let (id, old) = subscribe(&client, json!({"url": peer.url()}));
    let (code, rotated) = client.post(&format!("/api/webhooks/{id}/rotate"), &json!({}));
    assert_eq!(code, 200, "{rotated}");
    let new = rotated["secret"].as_str().unwrap();
    let case = client.apply(&solo(&owner, &name(1), 1)).1;
    client.wait_for(&case, "archived", 20);
    until(20, "all is told", || peer.events_of(&case) == events(&client, &case));
    assert!(peer.messages().iter().all(|m| m.is_signed_with(&old) && m.is_signed_with(new)));
    let path = format!("/api/webhooks/{id}/deliveries");
    let delivered = || {
        let (_, told) = client.get(&path);
        let states = told["deliveries"].as_array().unwrap().iter();
        states.filter(|d| d["state"] == "delivered" && d["attempts"] == 1).count()
    };
    until(10, "all deliveries are noted", || delivered() == peer.ids().len());
    let listed = client.get("/api/webhooks").1;
    assert!(!listed.to_string().contains("whsec_"), "a secret is shown again: {listed}");
    // Nobody else's.
    assert_eq!(other.get(&path).0, 404);
    assert_eq!(other.post(&format!("/api/webhooks/{id}/rotate"), &json!({})).0, 404);
    assert_eq!(other.delete(&format!("/api/webhooks/{id}")).0, 404);
    assert_eq!(client.delete(&format!("/api/webhooks/{id}")).0, 200);
    assert_eq!(client.get("/api/webhooks").1, json!({"webhooks": []}));
}

#[test]
fn a_webhook_at_which_nothing_arrives_is_switched_off_with_a_notice_and_on_again() {
    let house = house(On::Folder, "disable-seconds = 1\n");
    let owner = citizen(1);
    let client = house.citizen(&owner);
    let well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mended = well.clone();
    let peer = Peer::behaving(move |_, _| {
        status(if mended.load(std::sync::atomic::Ordering::SeqCst) {
            200
        } else {
            503
        })
    });
    let gone = Peer::behaving(|_, _| status(410));
    let (id, _) = subscribe(&client, json!({"url": peer.url()}));
    subscribe(&client, json!({"url": gone.url()}));
    let case = client.apply(&solo(&owner, &name(1), 1)).1;
    let reasons = || {
        let (_, listed) = client.get("/api/webhooks");
        listed["webhooks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["disabled"].clone())
            .collect::<Vec<_>>()
    };
    until(30, "both are switched off", || reasons() == [json!("failing"), json!("gone")]);
    assert_eq!(gone.messages().len(), 1, "who is gone is not asked again");
    let notices = || client.get("/api/notices").1["notices"].to_string();
    until(10, "the owner is told", || {
        notices().contains(&peer.url()) && notices().contains(&gone.url())
    });
    well.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        client.post(&format!("/api/webhooks/{id}/enable"), &json!({})).1["webhook"]["state"],
        "active"
    );
    client.wait_for(&case, "archived", 20);
    until(20, "what waited arrives", || peer.events_of(&case) == events(&client, &case));
}

#[test]
fn a_webhook_reaches_no_inner_address() {
    let house = House::serving(On::Folder);
    let owner = citizen(1);
    let client = house.citizen(&owner);
    let peer = Peer::taking();
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f000001",
        "2130706433",
    ] {
        let (status, answer) = client.post("/api/webhooks", &json!({"url": format!("https://{host}:{}/", peer.port)}));
        assert_eq!((status, &answer["error"]["code"]), (422, &json!("webhook-url")), "{host}: {answer}");
    }
    assert_eq!(client.post("/api/webhooks", &json!({"url": "http://example.com/"})).0, 422);
    assert_eq!(
        client
            .post("/api/webhooks", &json!({"url": "https://example.com/", "services": ["nothing"]}))
            .0,
        422
    );
    // A name is looked at when it is resolved; this one means this machine.
    let (id, _) = subscribe(&client, json!({"url": format!("https://localhost:{}/", peer.port)}));
    assert_eq!(client.apply(&solo(&owner, &name(1), 1)).0, 201);
    let last = || {
        client.get(&format!("/api/webhooks/{id}/deliveries")).1["deliveries"]
            .as_array()
            .and_then(|d| d.last().cloned())
    };
    until(20, "a delivery was tried", || {
        last().is_some_and(|d| d["answer"] == "no-connection")
    });
    assert_eq!(last().unwrap()["state"], "waiting");
    assert_eq!(peer.connections(), 0, "the server reached into its own network");
}
