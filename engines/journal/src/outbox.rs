//! Carries out what the events ask for: at once, later, or again after a failure, each under its own key.
//!
//! An effect is carried out at least once; because its receiver is given the effect's key, what it does happens once. The effects
//! of one stream go one after another in the order of their keys, those of different streams side by side.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::error::JournalError;
use crate::{DueEffect, Journal, limits};

/// Whoever carries effects to where they work.
pub trait Carrier: Send + Sync + 'static {
    /// Carries out one effect. May be called again with the same key, and must then do nothing more.
    fn carry(&self, effect: &DueEffect) -> impl Future<Output = Carried> + Send;
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It is done.
    Done,
    /// Not this time; it is tried again.
    Retry {
        /// Not before this many milliseconds; the outbox waits longer after many tries.
        after_ms: i64,
        /// What went wrong.
        error: String,
    },
    /// It can never be done; a person must look at it.
    Failed {
        /// What went wrong.
        error: String,
    },
}

/// The pause after `attempts` earlier tries, in milliseconds: it doubles, up to a cap.
#[must_use]
pub fn pause_ms(attempts: u32, asked_ms: i64) -> i64 {
    let doubled = limits::OUTBOX_RETRY_MS.saturating_mul(1_i64 << attempts.min(30));
    doubled.min(limits::OUTBOX_RETRY_MS_MAX).max(asked_ms)
}

/// Carries out due effects until `shutdown` is ready, then finishes those on their way and returns.
///
/// It wakes at once on new effects, otherwise when the next timer is due. `clock` gives milliseconds since 1970 UTC.
pub async fn run<C: Carrier>(journal: Journal, carrier: C, clock: fn() -> i64, shutdown: impl Future<Output = ()> + Send) {
    let carrier = Arc::new(carrier);
    let mut head = journal.subscribe();
    let mut going: JoinSet<String> = JoinSet::new();
    let mut busy: HashSet<String> = HashSet::new();
    tokio::pin!(shutdown);
    loop {
        let now_ms = clock();
        // What was committed before this look is seen by it; what comes later wakes us.
        head.borrow_and_update();
        let sleep = match start_due(&journal, &carrier, clock, now_ms, &mut going, &mut busy).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::warn!(%error, "the outbox can't read what is due");
                Duration::from_millis(limits::VIEW_RETRY_MS)
            }
        };
        tokio::select! {
            () = &mut shutdown => break,
            changed = head.changed() => if changed.is_err() { break },
            Some(ended) = going.join_next() => settle(ended, &mut busy, &going),
            () = tokio::time::sleep(sleep) => {}
        }
        while let Some(ended) = going.try_join_next() {
            settle(ended, &mut busy, &going);
        }
    }
    while going.join_next().await.is_some() {}
}

/// A stream whose effect ended may go on. A carrier that panicked left no name; when nothing is on its way, nothing is busy.
fn settle(ended: Result<String, tokio::task::JoinError>, busy: &mut HashSet<String>, going: &JoinSet<String>) {
    match ended {
        Ok(stream) => _ = busy.remove(&stream),
        Err(error) => tracing::error!(%error, "an effect's task ended"),
    }
    if going.is_empty() {
        busy.clear();
    }
}

/// Starts what is due and has a place, and tells how long to sleep.
async fn start_due<C: Carrier>(
    journal: &Journal,
    carrier: &Arc<C>,
    clock: fn() -> i64,
    now_ms: i64,
    going: &mut JoinSet<String>,
    busy: &mut HashSet<String>,
) -> Result<Duration, JournalError> {
    let room = limits::OUTBOX_PARALLEL_MAX.saturating_sub(going.len());
    let until_next = |next_ms: Option<i64>| {
        let wait_ms = next_ms.map_or(limits::OUTBOX_SLEEP_MS_MAX, |next_ms| next_ms - now_ms);
        Duration::from_millis(wait_ms.clamp(1, limits::OUTBOX_SLEEP_MS_MAX) as u64)
    };
    if room == 0 {
        return Ok(until_next(None));
    }
    // At most one effect of each stream is given, so beyond the busy streams there are `room` others, if they exist.
    let due = journal.due_effects(now_ms, busy.len() + room).await?;
    for effect in due
        .into_iter()
        .filter(|effect| !busy.contains(&effect.stream))
        .take(room)
        .collect::<Vec<_>>()
    {
        busy.insert(effect.stream.clone());
        going.spawn(carry(journal.clone(), Arc::clone(carrier), clock, effect));
    }
    journal.next_due_ms(now_ms).await.map(until_next)
}

/// Carries one effect and writes down what became of it; gives back the name of its stream.
async fn carry<C: Carrier>(journal: Journal, carrier: Arc<C>, clock: fn() -> i64, effect: DueEffect) -> String {
    // A task of its own, so that a carrier that panics is a failed try and not a lost stream.
    let carried = {
        let effect = effect.clone();
        tokio::spawn(async move { carrier.carry(&effect).await }).await
    };
    let carried = carried.unwrap_or_else(|error| Carried::Retry {
        after_ms: 0,
        error: format!("the carrier broke: {error}"),
    });
    let written = match &carried {
        Carried::Done => journal.effect_done(effect.key).await,
        Carried::Retry { after_ms, error } => {
            let at_ms = clock().saturating_add(pause_ms(effect.attempts, *after_ms));
            journal.effect_retry(effect.key, at_ms, error).await
        }
        Carried::Failed { error } => {
            tracing::error!(
                position = effect.key.position,
                index = effect.key.index,
                kind = effect.kind,
                error,
                "an effect was given up"
            );
            journal.effect_failed(effect.key, error).await
        }
    };
    if let Err(error) = written {
        // The effect still waits and will be carried again under the same key, after a pause: the store is away.
        tracing::warn!(position = effect.key.position, index = effect.key.index, %error, "what became of an effect was not written");
        tokio::time::sleep(Duration::from_millis(limits::VIEW_RETRY_MS)).await;
    }
    effect.stream
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_respect_what_is_asked() {
        assert_eq!(pause_ms(0, 0), 500);
        assert_eq!(pause_ms(3, 0), 4_000);
        assert_eq!(pause_ms(3, 60_000), 60_000);
        assert_eq!(pause_ms(u32::MAX, 0), limits::OUTBOX_RETRY_MS_MAX);
    }
}
