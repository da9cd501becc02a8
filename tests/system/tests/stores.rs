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
