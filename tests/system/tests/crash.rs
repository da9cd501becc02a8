//! The real server killed by SIGKILL at random moments under concurrent writers, over and over, on both stores: nothing acknowledged is
//! lost, nothing doubled, no gap in versions, every effect happened once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::form::{Person, SHARED, citizen, name, pair, solo};
use crate::house::{Client, House, On};

const WRITERS: u32 = 8;

/// Rounds per store; QIANHAI_CRASH_ROUNDS says otherwise.
fn rounds() -> u32 {
    std::env::var("QIANHAI_CRASH_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(200)
}

/// A small generator, so that a seed that was printed gives the same moments again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// One acknowledged case: the key it was sent under, the form, and the answer.
struct Acknowledged {
    writer: usize,
    key: String,
    form: Value,
    answer: Value,
}

/// Hands in applications until told to stop: every third is a pair's, and the partner signs it.
fn write(w: usize, me: &Person, partner: &Person, clients: &[Client], counter: &AtomicU32, stop: &AtomicBool) -> Vec<Acknowledged> {
    let mut acknowledged = vec![];
    while !stop.load(Ordering::SeqCst) {
        let n = counter.fetch_add(1, Ordering::SeqCst);
        let form = if n.is_multiple_of(3) {
            pair(me, partner, &name(n), SHARED)
        } else {
            solo(me, &name(n), SHARED)
        };
        let key = format!("key-{n}");
        let keyed = clients[w].with("Idempotency-Key", &key);
        if let (201, answer) = keyed.apply(&form) {
            let signer = (w + 1) % clients.len();
            if n.is_multiple_of(3) {
                _ = clients[signer]
                    .with("Idempotency-Key", &format!("sign-{n}"))
                    .act(&answer, "sign", json!({}));
            }
            acknowledged.push(Acknowledged {
                writer: w,
                key,
                form,
                answer,
            });
        }
    }
    acknowledged
}

fn crash(on: On, seed: u64) {
    println!("seed {seed}, {} rounds on {on:?}", rounds());
    let mut dice = Dice(seed);
    let mut house = House::set_up(on);
    let people: Vec<Person> = (1..=WRITERS).map(citizen).collect();
    house.start();
    let clients: Vec<Client> = people.iter().map(|p| house.citizen(p)).collect();
    let counter = Arc::new(AtomicU32::new(0));
    let mut all: Vec<Acknowledged> = vec![];
    for _ in 0..rounds() {
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS as usize)
            .map(|w| {
                let (me, partner) = (people[w].clone(), people[(w + 1) % people.len()].clone());
                let (clients, counter, stop) = (clients.clone(), counter.clone(), stop.clone());
                std::thread::spawn(move || write(w, &me, &partner, &clients, &counter, &stop))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(20 + dice.roll(180)));
        house.kill();
        stop.store(true, Ordering::SeqCst);
        all.extend(writers.into_iter().flat_map(|w| w.join().unwrap()));
        house.start();
    }
    prove(&mut house, &clients, &all);
}

fn prove(house: &mut House, clients: &[Client], all: &[Acknowledged]) {
    // A busy machine may spend whole rounds on starting; with fewer than these nothing would be proved.
    assert!(
        all.len() as u32 >= rounds() / 4,
        "the server got to work between the kills: {} acknowledged",
        all.len()
    );
    let officer = house.officer("officer.one", "market-regulation");
    let mut ids = BTreeSet::new();
    for one in all {
        let id = one.answer["id"].as_str().unwrap();
        assert!(ids.insert(id.to_string()), "{id} was given to two applications");
        // The same request again gives the very answer of then: nothing is doubled.
        let again = clients[one.writer].with("Idempotency-Key", &one.key).apply(&one.form);
        assert_eq!(again, (201, one.answer.clone()), "{id}");
    }
    // What was begun goes to its end by itself: every issued case is archived, by its own effect.
    let until = std::time::Instant::now() + Duration::from_secs(120);
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    let (mut names, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for id in &ids {
        let path = format!("/api/cases/{id}");
        let case = loop {
            let (status, case) = officer.get(&path);
            assert_eq!(status, 200, "{id} was acknowledged and is lost");
            if case["status"] != "issued" || std::time::Instant::now() > until {
                break case;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        assert!(
            matches!(case["status"].as_str(), Some("archived" | "awaiting-signatures")),
            "{case}"
        );
        if case["status"] == "archived" {
            assert!(names.insert(case["title"].as_str().unwrap().to_string()), "a name twice");
            assert!(
                codes.insert(case["card"]["unified_code"].as_str().unwrap().to_string()),
                "a code twice"
            );
        }
        seen.insert(id.clone(), case);
    }
    house.stop();
    // Chain, positions, versions; and every decision taken again.
    house.verify();
    once_each(house, &seen);
}

/// Every effect happened once: one `Archived` in each archived case, as many notices as its events ask for.
fn once_each(house: &House, seen: &BTreeMap<String, Value>) {
    for (id, case) in seen.iter().step_by(7) {
        let shown = house.ok_json(&["case", id]);
        let kinds: Vec<&str> = shown["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["kind"].as_str().unwrap())
            .collect();
        let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
        let archived = usize::from(case["status"] == "archived");
        assert_eq!((count("Archived"), count("LicenceIssued")), (archived, archived), "{id}: {kinds:?}");
        let versions: Vec<u64> = shown["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["version"].as_u64().unwrap())
            .collect();
        assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>(), "no gap in versions");
    }
    let effects = house.ok_json(&["journal", "effects"]);
    let (done, waiting, failed) = (
        effects["done"].as_u64().unwrap(),
        effects["due"].as_u64().unwrap(),
        effects["failed"].as_u64().unwrap(),
    );
    assert_eq!((waiting, failed), (0, 0), "nothing is left undone: {effects}");
    let notices = effects["notices"].as_u64().unwrap();
    assert_eq!(
        notices,
        effects["notify_done"].as_u64().unwrap(),
        "one notice for each effect that tells somebody: {effects}"
    );
    assert!(done > 0);
}

#[test]
fn killed_over_and_over_on_a_folder() {
    crash(On::Folder, 0x5EED_0001);
}

#[test]
fn killed_over_and_over_on_postgresql() {
    crash(On::Postgres, 0x5EED_0002);
}
