//! A PostgreSQL that disappears under load and returns: a bounded wait, an honest 503, nothing lost, and the house goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use test_support::{Folder, PrivatePostgres};

use crate::form::{citizen, name, solo};
use crate::house::{House, On};

#[test]
fn postgresql_disappears_under_load_and_returns() {
    let postgres = PrivatePostgres::begin();
    let house = House::over(postgres.database(), Folder::new());
    house.ok(&["init"]);
    house.load("enterprises", &crate::form::enterprises());
    house.load("addresses", &crate::form::addresses());
    house.load("identities", &crate::form::identities());
    house.load("dishonesty", &crate::form::dishonesty());
    let mut house = house;
    house.start();
    let people: Vec<_> = (1..=6).map(citizen).collect();
    let clients: Vec<_> = people.iter().map(|p| house.citizen(p)).collect();
    let away = Arc::new(AtomicU32::new(0));
    let until = Instant::now() + Duration::from_secs(22);
    let writers: Vec<_> = people
        .into_iter()
        .zip(clients)
        .enumerate()
        .map(|(w, (person, client))| {
            let away = away.clone();
            std::thread::spawn(move || {
                let (mut acknowledged, mut n): (Vec<Value>, u32) = (vec![], 0);
                while Instant::now() < until {
                    n += 1;
                    let number = w as u32 * 220 + n;
                    let begun = Instant::now();
                    let (status, answer) = client.apply(&solo(&person, &name(number), number % 1_400 + 1));
                    assert!(
                        begun.elapsed() < Duration::from_secs(25),
                        "an answer comes in bounded time: {:?}",
                        begun.elapsed()
                    );
                    match status {
                        201 => acknowledged.push(answer),
                        // While the store is away nothing can be read either: not even who is asking.
                        503 => {
                            away.fetch_add(1, Ordering::SeqCst);
                            assert_eq!(answer["error"]["kind"], "unavailable", "{answer}");
                            std::thread::sleep(Duration::from_millis(200));
                        }
                        other => panic!("{other} {answer}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(2));
    postgres.stop();
    std::thread::sleep(Duration::from_secs(10));
    postgres.start();
    let acknowledged: Vec<Value> = writers.into_iter().flat_map(|w| w.join().unwrap()).collect();
    assert!(away.load(Ordering::SeqCst) > 0, "somebody was told that the store is away");
    let officer = house.officer("officer.one", "market-regulation");
    for case in &acknowledged {
        let (status, seen) = officer.get(&format!("/api/cases/{}", case["id"].as_str().unwrap()));
        assert_eq!(status, 200, "{} was acknowledged", case["id"]);
        assert!(seen["version"].as_u64() >= case["version"].as_u64());
    }
    let founder = citizen(1);
    let (status, case) = house.token(&founder.account()).apply(&solo(&founder, &name(9_000), 1_450));
    assert_eq!(
        (status, case["status"].as_str()),
        (201, Some("issued")),
        "the house goes on by itself: {case}"
    );
    house.verify();
}

#[test]
fn a_command_line_beside_a_running_server_writes_to_the_same_journal() {
    for on in crate::house::BOTH {
        let house = House::serving(on);
        let founder = citizen(1);
        let client = house.citizen(&founder);
        let (_, first) = client.apply(&solo(&founder, &name(1), 1));
        assert_eq!(first["status"], "issued");
        let input = house.file("form.json", &solo(&founder, &name(2), 2).to_string());
        let second = house.ok_json(&[
            "do",
            "instant-registration",
            "apply",
            "--as",
            &founder.account(),
            "--input",
            input.to_str().unwrap(),
        ]);
        assert_eq!(second["status"], "issued", "{second}");
        client.wait_for(&second, "archived", 20);
        let (_, third) = client.apply(&solo(&founder, &name(2), 3));
        assert_eq!(
            third["status"], "rejected",
            "the server knows the name that the command line has taken: {third}"
        );
        house.verify();
    }
}

#[test]
fn a_store_without_a_zone_says_what_to_do() {
    let house = House::empty(On::Folder);
    let output = house.cli(&["case", "QH261122-AAAAAAAAAA"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("qianhai init"));
}

#[test]
fn a_case_with_an_event_that_nobody_can_read_is_set_aside_and_stops_nothing_else() {
    for on in crate::house::BOTH {
        let house = House::serving(on);
        let (a, b) = (citizen(1), citizen(2));
        let (client, other) = (house.citizen(&a), house.citizen(&b));
        let (_, spoilt) = client.apply(&solo(&a, &name(1), 1));
        let spoilt = client.wait_for(&spoilt, "archived", 20);
        let id = spoilt["id"].as_str().unwrap().to_string();
        // A program of the future has written to this case; today's does not know that event.
        let (store, stream, version) = (house.store.clone(), id.clone(), spoilt["version"].as_u64().unwrap());
        let future = journal::NewEvent {
            kind: "instant-registration/99/Dissolved".into(),
            data: b"{}".to_vec(),
        };
        tokio::runtime::Runtime::new().unwrap().block_on(async move {
            let journal = journal::Journal::open(&store).await.unwrap();
            let append = journal::Append {
                stream,
                expected: version,
                events: vec![future],
                at_ms: 1,
                ..Default::default()
            };
            journal.append(append).await.unwrap();
            journal.close().await;
        });
        let (status, answer) = client.get(&format!("/api/cases/{id}"));
        assert_eq!((status, answer["error"]["kind"].as_str()), (500, Some("problem")), "{answer}");
        assert!(
            answer["error"]["id"].is_string() && house.log().contains("set aside"),
            "an alarm stands in the log under its id"
        );
        let (status, case) = other.apply(&solo(&b, &name(2), 2));
        assert_eq!((status, case["status"].as_str()), (201, Some("issued")), "others go on: {case}");
        other.wait_for(&case, "archived", 20);
        let (status, list) = other.get("/api/cases");
        assert_eq!((status, list["cases"].as_array().map(Vec::len)), (200, Some(1)));
        let (status, list) = client.get("/api/cases");
        assert_eq!(
            (status, list["cases"][0]["status"].as_str()),
            (200, Some("set-aside")),
            "even the list that the case stands in: {list}"
        );
        let (_, next) = client.apply(&solo(&a, &name(3), 3));
        assert_eq!(next["status"], "issued");
    }
}
