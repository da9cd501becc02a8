//! `qianhai bench journal`: durable appends through the whole journal beside pgbench.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use journal::{Append, HoldChange, Journal, NewEffect, NewEvent};
use test_support::{Folder, PrivatePostgres};

use crate::peer::{Peer, sync_ms};
use crate::report::{Report, at, median, whole};
use crate::{Pace, Unmeasured};

const WRITERS: [usize; 3] = [1, 64, 512];

/// What one side did in one round.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
}

/// Both stores and the peer, in turn.
pub async fn measure(pace: Pace) -> Result<Report, Unmeasured> {
    let postgres = PrivatePostgres::begin();
    let peer = Peer::new(&postgres)?;
    let folder = Folder::new();
    let embedded = open(&folder.path().join("store").display().to_string()).await?;
    let served = open(&postgres.database()).await?;
    let mut rows = Vec::new();
    for writers in WRITERS {
        let (mut peers, mut ours) = (Vec::new(), [Vec::new(), Vec::new()]);
        for round in 0..pace.rounds {
            eprintln!("{writers} writers, round {} of {}…", round + 1, pace.rounds);
            ours[0].push(load(&embedded, writers, pace.seconds).await?);
            peers.push(peer.run(writers, pace.seconds)?);
            ours[1].push(load(&served, writers, pace.seconds).await?);
        }
        for (name, rounds) in ["SQLite", "PostgreSQL"].into_iter().zip(&ours) {
            let rate = median(rounds.iter().map(|r| r.rate).collect());
            let ratio = median(rounds.iter().zip(&peers).map(|(r, p)| r.rate / p).collect());
            rows.push(vec![
                writers.to_string(),
                name.to_string(),
                whole(rate),
                format!("{:.2}", median(rounds.iter().map(|r| r.p50).collect())),
                format!("{:.2}", median(rounds.iter().map(|r| r.p99).collect())),
                whole(median(peers.clone())),
                format!("{ratio:.2} ×"),
            ]);
        }
    }
    embedded.close().await;
    served.close().await;
    let story = format!(
        "One append is a whole one: an event of 300 bytes with its decision record at an expected version, one hold, one effect, chained and durable. The peer is pgbench \
         (prepared) inserting one row of the same size a transaction, as many clients, `synchronous_commit` on, the same disk. {} rounds of {} s, the sides in turn; medians, \
         and the median of the ratios round by round. The disk keeps 4 KiB in {:.2} ms.",
        pace.rounds,
        pace.seconds,
        sync_ms()?
    );
    let head = vec!["writers", "store", "appends/s", "p50 ms", "p99 ms", "pgbench/s", "ratio"];
    Ok(Report {
        name: "journal",
        story,
        head,
        rows,
    })
}

async fn open(store: &str) -> Result<Journal, Unmeasured> {
    Journal::open(store).await.map_err(|e| Unmeasured::during(store, e))
}

async fn load(journal: &Journal, writers: usize, seconds: u64) -> Result<Round, Unmeasured> {
    let run = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as i64);
    let (begun, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(journal.clone(), run, writer, until)))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(|e| Unmeasured::during("a writer", e))??);
    }
    let took = begun.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Round {
        rate: times.len() as f64 / took,
        p50: at(&times, 0.5),
        p99: at(&times, 0.99),
    })
}

/// Appends to one stream after another, four events each.
async fn write(journal: Journal, run: i64, writer: usize, until: Instant) -> Result<Vec<Duration>, Unmeasured> {
    let mut times = Vec::new();
    for case in 0.. {
        let stream = format!("case/{run}-{writer}-{case}");
        for expected in 0..4 {
            if Instant::now() >= until {
                return Ok(times);
            }
            let append = one(&stream, expected);
            let begun = Instant::now();
            journal.append(append).await.map_err(|e| Unmeasured::during("an append", e))?;
            times.push(begun.elapsed());
        }
    }
    Ok(times)
}

fn one(stream: &str, expected: u64) -> Append {
    let data = format!(r#"{{"applicant":"{stream}","capital":100000000,"note":"{}"}}"#, "x".repeat(200)).into_bytes();
    Append {
        stream: stream.to_string(),
        expected,
        events: vec![NewEvent {
            kind: "Submitted".into(),
            data,
        }],
        record: br#"{"input":{},"facts":[],"setting":{"at":0}}"#.to_vec(),
        holds: vec![HoldChange::Take {
            space: "name".into(),
            key: stream.to_string(),
            until_ms: None,
        }],
        effects: vec![NewEffect {
            event_index: 0,
            index: 0,
            kind: "notify".into(),
            data: br#"{"to":"owner"}"#.to_vec(),
            due_ms: i64::MAX,
        }],
        answer: None,
        at_ms: 1_760_000_000_000,
    }
}
