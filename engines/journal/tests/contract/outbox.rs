//! Effects and timers: once each, in order within a stream, retried, given up, on time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use journal::outbox::{Carried, Carrier};
use journal::{Append, DueEffect, EffectKey, EffectState, Journal};
use tokio::sync::oneshot;

use crate::{Place, append, effect, eventually, on_both};

on_both!(
    due_effects_come_in_the_order_of_their_stream,
    every_effect_is_carried_once_and_in_order,
    failures_are_retried_and_given_up,
    a_timer_waits_for_its_instant
);

async fn due_effects_come_in_the_order_of_their_stream(place: Place) {
    let journal = place.open().await;
    let with = |stream: &str, expected, effects| Append {
        effects,
        ..append(stream, expected, &["E", "F"])
    };
    journal
        .append(with("a", 0, vec![effect(0, 0, 50), effect(0, 1, 10), effect(1, 0, 900)]))
        .await
        .unwrap();
    journal.append(with("b", 0, vec![effect(1, 7, 20)])).await.unwrap();
    let key = |position, index| EffectKey { position, index };
    let due = async |now_ms| {
        journal
            .due_effects(now_ms, 10)
            .await
            .unwrap()
            .iter()
            .map(|due| due.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(due(9).await, []);
    // A timer that is not due does not hold up the effect after it; one that is due does.
    assert_eq!(due(10).await, [key(1, 1)]);
    assert_eq!(due(50).await, [key(4, 7), key(1, 0)]);
    assert_eq!(journal.next_due_ms(20).await.unwrap(), Some(50));
    // One that waits for its next try holds up the later ones.
    journal.effect_retry(key(1, 0), 100, "not reachable").await.unwrap();
    assert_eq!(due(60).await, [key(4, 7)]);
    journal.effect_failed(key(1, 0), "gone\0for good").await.unwrap();
    journal.effect_done(key(4, 7)).await.unwrap();
    // What is decided stays decided.
    journal.effect_retry(key(4, 7), 0, "late").await.unwrap();
    assert_eq!(due(60).await, [key(1, 1)]);
    let states: Vec<_> = journal
        .effects_of("a")
        .await
        .unwrap()
        .into_iter()
        .map(|e| (e.effect.key, e.state, e.effect.attempts, e.error))
        .collect();
    assert_eq!(
        states,
        [
            (key(1, 0), EffectState::Failed, 2, Some("gonefor good".into())),
            (key(1, 1), EffectState::Pending, 0, None),
            (key(2, 0), EffectState::Pending, 0, None)
        ]
    );
    journal.verify(|_, _| ()).await.unwrap();
}

/// Remembers what it carried; fails as often as it is told.
#[derive(Default)]
struct Notebook {
    carried: Mutex<Vec<(String, EffectKey)>>,
    tries: Mutex<HashMap<EffectKey, u32>>,
    together: AtomicUsize,
    most_together: AtomicUsize,
}

struct Scribe(Arc<Notebook>);

impl Carrier for Scribe {
    async fn carry(&self, effect: &DueEffect) -> Carried {
        let now = self.0.together.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most_together.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.together.fetch_sub(1, Ordering::SeqCst);
        let tries = {
            let mut tries = self.0.tries.lock().unwrap();
            let tries = tries.entry(effect.key).or_default();
            *tries += 1;
            *tries
        };
        if effect.stream.starts_with("flaky") && tries < 2 {
            return Carried::Retry {
                after_ms: 0,
                error: "once more".into(),
            };
        }
        if effect.stream.starts_with("broken") {
            assert!(tries > 1, "a carrier may panic");
            return Carried::Failed { error: "never".into() };
        }
        self.0.carried.lock().unwrap().push((effect.stream.clone(), effect.key));
        Carried::Done
    }
}

fn real_clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

fn start(journal: &Journal, clock: fn() -> i64) -> (Arc<Notebook>, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let notebook = Arc::new(Notebook::default());
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        _ = stopped.await;
    };
    let outbox = tokio::spawn(journal::outbox::run(journal.clone(), Scribe(notebook.clone()), clock, shutdown));
    (notebook, stop, outbox)
}

async fn every_effect_is_carried_once_and_in_order(place: Place) {
    let journal = place.open().await;
    let (notebook, stop, outbox) = start(&journal, real_clock);
    let mut expected = Vec::new();
    for version in 0..10 {
        for stream in ["a", "b", "c", "d"] {
            let effects = vec![effect(0, 0, 0), effect(0, 1, 0)];
            let at = journal
                .append(Append {
                    effects,
                    ..append(stream, version, &["E"])
                })
                .await
                .unwrap()
                .first_position;
            expected.extend([0, 1].map(|index| (stream.to_owned(), EffectKey { position: at, index })));
        }
    }
    eventually("all effects are carried", || async {
        notebook.carried.lock().unwrap().len() >= expected.len()
    })
    .await;
    stop.send(()).unwrap();
    outbox.await.unwrap();
    let carried = notebook.carried.lock().unwrap().clone();
    for stream in ["a", "b", "c", "d"] {
        let of = |all: &[(String, EffectKey)]| all.iter().filter(|one| one.0 == stream).cloned().collect::<Vec<_>>();
        assert_eq!(of(&carried), of(&expected));
    }
    assert_eq!(carried.len(), expected.len());
    assert!(notebook.most_together.load(Ordering::SeqCst) > 1, "streams go side by side");
    assert_eq!(journal.due_effects(i64::MAX, 10).await.unwrap(), []);
}

async fn failures_are_retried_and_given_up(place: Place) {
    let journal = place.open().await;
    let (notebook, stop, outbox) = start(&journal, real_clock);
    for stream in ["flaky", "broken", "fine"] {
        journal
            .append(Append {
                effects: vec![effect(0, 0, 0), effect(0, 1, 0)],
                ..append(stream, 0, &["E"])
            })
            .await
            .unwrap();
    }
    let settled = async |stream: &str| {
        journal
            .effects_of(stream)
            .await
            .unwrap()
            .iter()
            .all(|e| e.state != EffectState::Pending)
    };
    for stream in ["fine", "flaky", "broken"] {
        eventually("the effects are settled", || settled(stream)).await;
    }
    stop.send(()).unwrap();
    outbox.await.unwrap();
    let flaky = journal.effects_of("flaky").await.unwrap();
    assert!(
        flaky
            .iter()
            .all(|e| e.state == EffectState::Done && e.effect.attempts == 2 && e.error.is_none()),
        "{flaky:?}"
    );
    let broken = journal.effects_of("broken").await.unwrap();
    assert!(
        broken
            .iter()
            .all(|e| e.state == EffectState::Failed && e.error.as_deref() == Some("never")),
        "{broken:?}"
    );
    // The later effect of a stream waited for the earlier one's second try.
    let carried = notebook.carried.lock().unwrap().clone();
    let flaky: Vec<_> = carried.iter().filter(|one| one.0 == "flaky").map(|one| one.1.index).collect();
    assert_eq!(flaky, [0, 1]);
}

static NOW_MS: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];

async fn a_timer_waits_for_its_instant(place: Place) {
    let folder = usize::from(place.address.starts_with("postgres"));
    let clock: fn() -> i64 = if folder == 0 {
        || NOW_MS[0].load(Ordering::SeqCst)
    } else {
        || NOW_MS[1].load(Ordering::SeqCst)
    };
    let journal = place.open().await;
    let (notebook, stop, outbox) = start(&journal, clock);
    let carried = || notebook.carried.lock().unwrap().len();
    journal
        .append(Append {
            effects: vec![effect(0, 0, 300), effect(0, 1, 0)],
            ..append("s", 0, &["E"])
        })
        .await
        .unwrap();
    eventually("what is due goes", || async { carried() == 1 }).await;
    NOW_MS[folder].store(299, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(carried(), 1, "the timer is not due by its clock");
    NOW_MS[folder].store(300, Ordering::SeqCst);
    eventually("the timer goes", || async { carried() == 2 }).await;
    stop.send(()).unwrap();
    outbox.await.unwrap();
}
