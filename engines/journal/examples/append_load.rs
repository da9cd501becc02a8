//! How fast the journal appends: `append_load WRITERS SECONDS STORE` prints durable appends a second, p50 and p99.
//!
//! Each append is what a real one is: an event of about 300 bytes at an expected version with its record, a hold, an effect and an
//! answer under an idempotency key. `STORE` is a folder or a `postgres://` address; `plain` as a fourth word leaves the event alone.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use journal::{Append, HoldChange, Journal, JournalError, NewAnswer, NewEffect, NewEvent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = |otherwise: &str| words.next().unwrap_or_else(|| otherwise.to_owned());
    let (writers, seconds, store, plain) = (
        word("64").parse::<usize>()?,
        word("5").parse::<u64>()?,
        word("./append-load"),
        word("full") == "plain",
    );
    let journal = Journal::open(&store).await?;
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    let until = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(journal.clone(), run, writer, until, plain)))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "{writers} writers: {:.0} appends/s, p50 {:.2} ms, p99 {:.2} ms, {} appends",
        times.len() as f64 / took.as_secs_f64(),
        at(0.5).as_secs_f64() * 1e3,
        at(0.99).as_secs_f64() * 1e3,
        times.len(),
    );
    journal.close().await;
    Ok(())
}

/// Appends to one stream after another, four events each, and gives the time of each append.
async fn write(journal: Journal, run: i64, writer: usize, until: Instant, plain: bool) -> Result<Vec<Duration>, JournalError> {
    let mut times = Vec::new();
    for case in 0.. {
        let stream = format!("case/{run}-{writer}-{case}");
        for expected in 0..4 {
            if Instant::now() >= until {
                return Ok(times);
            }
            let mut append = one(stream.clone(), expected, run);
            if plain {
                (append.record, append.holds, append.effects, append.answer) = (Vec::new(), Vec::new(), Vec::new(), None);
            }
            let started = Instant::now();
            journal
                .append(append)
                .await
                .map_err(|error| JournalError::Unavailable(error.to_string()))?;
            times.push(started.elapsed());
        }
    }
    Ok(times)
}

fn one(stream: String, expected: u64, at_ms: i64) -> Append {
    let data = format!(r#"{{"applicant":"{stream}","capital":100000000,"note":"{}"}}"#, "x".repeat(200)).into_bytes();
    Append {
        holds: vec![HoldChange::Take {
            space: "name".into(),
            key: stream.clone(),
            until_ms: Some(at_ms + 1_000),
        }],
        effects: vec![NewEffect {
            event_index: 0,
            index: 0,
            kind: "notify".into(),
            data: br#"{"to":"owner"}"#.to_vec(),
            due_ms: i64::MAX,
        }],
        answer: Some(NewAnswer {
            key: format!("{stream}/{expected}"),
            digest: [7; 32],
            body: br#"{"version":1}"#.to_vec(),
        }),
        record: br#"{"input":{},"facts":[],"setting":{"at":0}}"#.to_vec(),
        events: vec![NewEvent {
            kind: "Submitted".into(),
            data,
        }],
        stream,
        expected,
        at_ms,
    }
}
