//! A writer killed at random points: nothing acknowledged is lost, nothing is doubled, no gap, and the proof holds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use journal::Journal;

use crate::{Place, on_both};

on_both!(a_killed_writer_loses_nothing);

const ROUNDS: u32 = 30;

/// An acknowledgement: what the writer was told before it died.
struct Ack {
    id: String,
    stream: String,
    version: u64,
    position: u64,
}

fn read_ack(line: &str) -> Option<Ack> {
    let mut words = line.strip_prefix("ack ")?.split(' ');
    let mut word = || words.next();
    Some(Ack {
        id: word()?.into(),
        stream: word()?.into(),
        version: word()?.parse().ok()?,
        position: word()?.parse().ok()?,
    })
}

/// Runs the writer for a while, kills it, and gives the acknowledgements it printed.
fn run_and_kill(address: &str, round: u32, life: Duration) -> Vec<Ack> {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_journal-crash-writer"))
        .args([address, &round.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the writer starts");
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).split(b'\n');
    assert_eq!(lines.next().unwrap().unwrap(), b"open");
    let reader = std::thread::spawn(move || lines.map(Result::unwrap).collect::<Vec<_>>());
    std::thread::sleep(life);
    writer.kill().unwrap();
    writer.wait().unwrap();
    // Each line went out in one write, so none is cut off.
    let lines = reader.join().unwrap();
    lines.iter().filter_map(|line| read_ack(std::str::from_utf8(line).ok()?)).collect()
}

async fn check(journal: &Journal, acks: &[Ack]) {
    let verified = journal.verify(|_, _| ()).await.unwrap();
    let mut ids: HashMap<String, (u64, u64)> = HashMap::new();
    let mut after = 0;
    while after < verified.events {
        let events = journal.read_from(after, 5_000).await.unwrap();
        after = events.last().unwrap().position;
        for event in events.iter().filter(|event| event.kind == "First") {
            let id = String::from_utf8(event.data.clone()).unwrap();
            assert_eq!(
                ids.insert(id, (event.position, event.version)),
                None,
                "doubled at {}",
                event.position
            );
        }
    }
    assert_eq!(ids.len() as u64 * 2, verified.events, "an append is written whole");
    for Ack { id, version, position, .. } in acks {
        assert_eq!(ids.get(id), Some(&(*position, version - 1)), "{id} was acknowledged");
    }
    // What goes with an append is there with it.
    for Ack { id, stream, position, .. } in acks.iter().rev().take(20) {
        assert_eq!(journal.answer(id).await.unwrap().unwrap().body, id.as_bytes());
        assert_eq!(journal.holder("name", id, 0).await.unwrap().unwrap().stream, *stream);
        assert!(
            journal
                .effects_of(stream)
                .await
                .unwrap()
                .iter()
                .any(|effect| effect.effect.key.position == *position)
        );
    }
}

async fn a_killed_writer_loses_nothing(place: Place) {
    let mut random = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {random}");
    let mut all = Vec::new();
    for round in 0..ROUNDS {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_micros((random >> 33) % 120_000);
        let address = place.address.clone();
        let acks = tokio::task::spawn_blocking(move || run_and_kill(&address, round, life))
            .await
            .unwrap();
        all.extend(acks);
        let journal = place.open().await;
        check(&journal, &all).await;
        journal.close().await;
    }
    assert!(all.len() > 200, "only {} acknowledgements in all rounds", all.len());
}
