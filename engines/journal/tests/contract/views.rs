//! Views: they follow, fold, survive bad events, and are rebuilt when they change.

use std::time::Duration;

use journal::views::{QUARANTINE, View, ViewError, ViewStore, follow};
use journal::{Order, Recorded};
use serde_json::json;

use crate::{Place, append, on_both};

on_both!(
    a_view_folds_and_waits,
    a_view_goes_on_where_it_was,
    a_new_version_is_built_anew,
    bad_events_are_put_aside,
    two_followers_count_once
);

/// Counts events by stream.
struct Counter {
    version: u32,
    step: i64,
}

impl View for Counter {
    fn name(&self) -> &str {
        "counts"
    }
    fn version(&self) -> u32 {
        self.version
    }
    async fn apply(&mut self, event: &Recorded, store: &mut ViewStore<'_>) -> Result<(), ViewError> {
        let before = store
            .get("counts", &event.stream)
            .await?
            .map_or(0, |doc| doc["n"].as_i64().unwrap());
        store.put(
            "counts",
            &event.stream,
            json!({ "n": before + self.step }),
            vec![("all".into(), before + self.step)],
        )?;
        match &event.kind[..] {
            "Poison" => return Err(ViewError::Event("can't be read".into())),
            "Panic" => panic!("the view has a fault"),
            "Stranger" => store.put("strangers", "k", json!(1), vec![])?,
            "Huge" => store.put("counts", "huge", json!("x".repeat(9 << 20)), vec![])?,
            _ => {}
        }
        Ok(())
    }
}

const TEN: Duration = Duration::from_secs(10);

async fn a_view_folds_and_waits(place: Place) {
    let journal = place.open().await;
    for n in 0..30 {
        journal.append(append("a", n, &["E"])).await.unwrap();
    }
    let follower = follow(&journal, Counter { version: 1, step: 1 });
    let last = journal.append(append("b", 0, &["E", "E"])).await.unwrap().last_position;
    assert!(follower.wait_for(last, TEN).await);
    assert_eq!(journal.views().get("counts", "a").await.unwrap().unwrap().doc, json!({"n": 30}));
    let (listed, _) = journal.views().list("counts", "all", Order::Descending, None, 10).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|doc| (&doc.key[..], doc.doc["n"].as_i64().unwrap()))
            .collect::<Vec<_>>(),
        [("a", 30), ("b", 2)]
    );
    assert!(!follower.wait_for(last + 1, Duration::from_millis(50)).await);
}

async fn a_view_goes_on_where_it_was(place: Place) {
    let journal = place.open().await;
    for round in 0..5 {
        let follower = follow(&journal, Counter { version: 1, step: 1 });
        for n in 0..10 {
            journal.append(append("a", round * 10 + n, &["E"])).await.unwrap();
        }
        // Stopped wherever it is, maybe within a step.
        follower.stop().await;
    }
    let follower = follow(&journal, Counter { version: 1, step: 1 });
    assert!(follower.wait_for(50, TEN).await);
    assert_eq!(journal.views().get("counts", "a").await.unwrap().unwrap().doc, json!({"n": 50}));
}

async fn a_new_version_is_built_anew(place: Place) {
    let journal = place.open().await;
    journal.append(append("a", 0, &["E", "Poison"])).await.unwrap();
    let follower = follow(&journal, Counter { version: 1, step: 1 });
    assert!(follower.wait_for(2, TEN).await);
    follower.stop().await;
    journal
        .views()
        .write(vec![journal::Change::put("counts", "left over", json!({"n": 9}), vec![])])
        .await
        .unwrap();
    let follower = follow(&journal, Counter { version: 2, step: 100 });
    assert!(follower.wait_for(2, TEN).await);
    assert_eq!(journal.views().get("counts", "a").await.unwrap().unwrap().doc, json!({"n": 100}));
    assert_eq!(journal.views().get("counts", "left over").await.unwrap(), None);
    assert_eq!(journal.views().count(QUARANTINE, "counts").await.unwrap(), 1);
}

async fn bad_events_are_put_aside(place: Place) {
    let journal = place.open().await;
    let follower = follow(&journal, Counter { version: 1, step: 1 });
    let last = journal
        .append(append("a", 0, &["E", "Poison", "Panic", "Stranger", "Huge", "E"]))
        .await
        .unwrap()
        .last_position;
    assert!(follower.wait_for(last, TEN).await);
    // Nothing of a bad event is written, not even what it wrote before it failed.
    assert_eq!(journal.views().get("counts", "a").await.unwrap().unwrap().doc, json!({"n": 2}));
    let (aside, _) = journal
        .views()
        .list(QUARANTINE, "counts", Order::Ascending, None, 10)
        .await
        .unwrap();
    assert_eq!(
        aside.iter().map(|doc| doc.doc["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Poison", "Panic", "Stranger", "Huge"]
    );
    assert_eq!(aside[0].key, "counts/2");
}

async fn two_followers_count_once(place: Place) {
    let (one, two) = (place.open().await, place.open().await);
    let followers = [&one, &two].map(|journal| follow(journal, Counter { version: 1, step: 1 }));
    let mut last = 0;
    for n in 0..200 {
        last = one.append(append("a", n, &["E"])).await.unwrap().last_position;
    }
    assert!(followers[0].wait_for(last, TEN).await && followers[1].wait_for(last, TEN).await);
    assert_eq!(one.views().get("counts", "a").await.unwrap().unwrap().doc, json!({"n": 200}));
}
