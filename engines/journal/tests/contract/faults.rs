//! A full disk, and a PostgreSQL that disappears and returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use journal::views::{View, ViewError, ViewStore, follow};
use journal::{AppendError, Change, Journal, Recorded};
use serde_json::json;

use crate::{Place, answer, append, own_postgres};

#[tokio::test]
async fn a_full_disk_takes_nothing_and_hurts_nothing() {
    let place = Place::folder();
    let journal = place.open().await;
    let big = |n: u64| {
        let mut append = append("s", n, &["E"]);
        append.events[0].data = vec![b'x'; 40_000];
        append.answer = answer(&format!("k{n}"), "y");
        append
    };
    journal.append(big(0)).await.unwrap();
    journal.bound_pages(100).await.unwrap();
    let mut version = 1;
    let full = loop {
        match journal.append(big(version)).await {
            Ok(appended) => version = appended.version,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, AppendError::Full(_)), "{full}");
    assert!(version < 20);
    assert!(
        matches!(journal.append(big(version)).await, Err(AppendError::Full(_))),
        "it stays full"
    );
    assert_eq!(journal.answer(&format!("k{version}")).await.unwrap(), None);
    assert_eq!(journal.verify(|_, _| ()).await.unwrap().events, version);
    journal.bound_pages(0).await.unwrap();
    assert_eq!(journal.append(big(version)).await.unwrap().version, version + 1);
    journal.close().await;
    assert_eq!(place.open().await.verify(|_, _| ()).await.unwrap().events, version + 1);
}

struct Last;

impl View for Last {
    fn name(&self) -> &str {
        "last"
    }
    fn version(&self) -> u32 {
        1
    }
    async fn apply(&mut self, _: &Recorded, store: &mut ViewStore<'_>) -> Result<(), ViewError> {
        let seen = store.get("last", "seen").await?.map_or(0, |doc| doc.as_u64().unwrap());
        store.put("last", "seen", json!(seen + 1), vec![])
    }
}

/// Appends until told to stop; counts what was acknowledged. An append whose outcome is unknown is looked up, not repeated blindly.
async fn write(journal: Journal, stream: String, stop: Arc<AtomicBool>, acknowledged: Arc<AtomicU64>, slowest_ms: Arc<AtomicU64>) {
    let mut version = 0;
    while !stop.load(Ordering::SeqCst) {
        let started = Instant::now();
        let result = journal.append(append(&stream, version, &["E"])).await;
        slowest_ms.fetch_max(started.elapsed().as_millis() as u64, Ordering::SeqCst);
        match result {
            Ok(appended) => {
                version = appended.version;
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Err(AppendError::Unavailable(why)) => {
                assert!(
                    !why.contains("unknown"),
                    "PostgreSQL came back in time, so every outcome is known: {why}"
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_disappears_and_returns() {
    let cluster = own_postgres();
    let journal = Journal::open(&cluster.database()).await.unwrap();
    let follower = follow(&journal, Last);
    let (stop, acknowledged, slowest_ms) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let writers: Vec<_> = (0..8)
        .map(|n| {
            tokio::spawn(write(
                journal.clone(),
                format!("s{n}"),
                stop.clone(),
                acknowledged.clone(),
                slowest_ms.clone(),
            ))
        })
        .collect();
    let cluster = Arc::new(cluster);
    let mut during = Vec::new();
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let down = cluster.clone();
        tokio::task::spawn_blocking(move || down.stop()).await.unwrap();
        assert!(journal.head().await.is_err());
        let late = journal.clone();
        during.push(tokio::spawn(async move {
            late.append(append(&format!("down{round}"), 0, &["E"])).await
        }));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let up = cluster.clone();
        tokio::task::spawn_blocking(move || up.start()).await.unwrap();
    }
    let before = acknowledged.load(Ordering::SeqCst);
    crate::eventually("appends go on", || async { acknowledged.load(Ordering::SeqCst) > before + 50 }).await;
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    for late in during {
        match late.await.unwrap() {
            Ok(_) => _ = acknowledged.fetch_add(1, Ordering::SeqCst),
            Err(error) => assert!(
                matches!(&error, AppendError::Unavailable(why) if !why.contains("unknown")),
                "{error}"
            ),
        }
    }
    assert!(slowest_ms.load(Ordering::SeqCst) < 10_000, "an append never hangs");
    // Every writer's versions followed one another exactly, so equality means: nothing lost, nothing doubled.
    let verified = journal.verify(|_, _| ()).await.unwrap();
    assert_eq!(verified.events, acknowledged.load(Ordering::SeqCst));
    assert!(
        follower.wait_for(verified.events, Duration::from_secs(20)).await,
        "the view follows again"
    );
    assert_eq!(
        journal.views().get("last", "seen").await.unwrap().unwrap().doc,
        json!(verified.events)
    );
    journal
        .records()
        .write(vec![Change::put("c", "k", json!(1), vec![])])
        .await
        .unwrap();
    // Gone for good: refused at once, and closing does not hang.
    tokio::task::spawn_blocking(move || cluster.stop()).await.unwrap();
    let refused = Instant::now();
    assert!(matches!(
        journal.append(append("gone", 0, &["E"])).await,
        Err(AppendError::Unavailable(_))
    ));
    assert!(journal.records().write(vec![Change::delete("c", "k")]).await.is_err());
    journal.close().await;
    assert!(refused.elapsed() < Duration::from_secs(10));
}
