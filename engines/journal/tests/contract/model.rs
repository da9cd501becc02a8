//! Random appends, many at once, against a model that a reader can check by eye.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use journal::{Append, AppendError, HoldChange, Journal};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{Place, answer, append, in_order};

#[derive(Debug, Clone)]
struct Op {
    stream: u8,
    /// Added to the true version; mostly 0.
    off: i8,
    events: u8,
    holds: Vec<(u8, Option<i64>, bool)>,
    answer: Option<u8>,
    later_ms: i64,
}

fn op() -> impl Strategy<Value = Op> {
    let off = prop_oneof![8 => Just(0_i8), 1 => Just(1), 1 => Just(-1)];
    let hold = (0..3_u8, proptest::option::of(1..40_i64), proptest::bool::weighted(0.7));
    (
        0..4_u8,
        off,
        0..3_u8,
        proptest::collection::vec(hold, 0..3),
        proptest::option::weighted(0.3, 0..6_u8),
        0..10_i64,
    )
        .prop_map(|(stream, off, events, holds, answer, later_ms)| {
            // An append without events needs an answer and can have nothing else.
            let holds = if events == 0 { Vec::new() } else { holds };
            let answer = if events == 0 { Some(answer.unwrap_or(0)) } else { answer };
            Op {
                stream,
                off,
                events,
                holds,
                answer,
                later_ms,
            }
        })
}

#[derive(Default)]
struct Model {
    streams: HashMap<String, Vec<String>>,
    holds: HashMap<String, (String, Option<i64>)>,
    answers: HashMap<String, Vec<u8>>,
}

impl Model {
    fn version(&self, stream: &str) -> u64 {
        self.streams.get(stream).map_or(0, |events| events.len() as u64)
    }

    /// What the journal must say: a version, or the reason in a word.
    fn append(&mut self, append: &Append) -> Result<u64, String> {
        if let Some(asked) = &append.answer
            && let Some(body) = self.answers.get(&asked.key)
        {
            return Err(format!("answered {}", String::from_utf8_lossy(body)));
        }
        if self.version(&append.stream) != append.expected {
            return Err(format!("version {}", self.version(&append.stream)));
        }
        for change in &append.holds {
            if let HoldChange::Take { key, .. } = change
                && let Some((holder, until_ms)) = self.holds.get(key)
                && *holder != append.stream
                && until_ms.is_none_or(|until_ms| until_ms > append.at_ms)
            {
                return Err(format!("{key} held by {holder}"));
            }
        }
        for change in &append.holds {
            match change {
                HoldChange::Take { key, until_ms, .. } => _ = self.holds.insert(key.clone(), (append.stream.clone(), *until_ms)),
                HoldChange::Release { key, .. } if self.holds.get(key).is_some_and(|held| held.0 == append.stream) => {
                    self.holds.remove(key);
                }
                HoldChange::Release { .. } => {}
            }
        }
        if let Some(answer) = &append.answer {
            self.answers.insert(answer.key.clone(), answer.body.clone());
        }
        let events = self.streams.entry(append.stream.clone()).or_default();
        events.extend(append.events.iter().map(|event| event.kind.clone()));
        Ok(events.len() as u64)
    }
}

fn word(result: Result<journal::Appended, AppendError>) -> Result<u64, String> {
    result.map(|appended| appended.version).map_err(|error| match error {
        AppendError::VersionConflict { actual } => format!("version {actual}"),
        AppendError::HoldConflict { key, holder, .. } => format!("{key} held by {holder}"),
        AppendError::AlreadyAnswered(answer) => format!("answered {}", String::from_utf8_lossy(&answer.body)),
        other => format!("unexpected: {other}"),
    })
}

async fn play(journal: &Journal, case: u32, groups: &[Vec<Op>]) -> Result<(), TestCaseError> {
    let (mut model, mut now_ms, mut number) = (Model::default(), 1_000, 0);
    for group in groups {
        let (mut appends, mut expected) = (Vec::new(), Vec::new());
        for op in group {
            now_ms += op.later_ms;
            number += 1;
            let stream = format!("{case}/s{}", op.stream);
            let version = model.version(&stream).saturating_add_signed(op.off.into());
            let kinds: Vec<_> = (0..op.events).map(|event| format!("E{number}.{event}")).collect();
            let mut append = append(&stream, version, &kinds.iter().map(|kind| &kind[..]).collect::<Vec<_>>());
            append.at_ms = now_ms;
            let change = |(key, lasts_ms, takes): &(u8, Option<i64>, bool)| {
                let key = format!("{case}/k{key}");
                if *takes {
                    crate::take(&key, lasts_ms.map(|lasts_ms| now_ms + lasts_ms))
                } else {
                    crate::release(&key)
                }
            };
            append.holds = op.holds.iter().map(change).collect();
            append.answer = op
                .answer
                .and_then(|key| answer(&format!("{case}/a{key}"), &format!("body {number}")));
            expected.push(model.append(&append));
            appends.push(append);
        }
        let results: Vec<_> = in_order(appends.into_iter().map(|append| journal.append(append)))
            .await
            .into_iter()
            .map(word)
            .collect();
        prop_assert_eq!(results, expected);
    }
    for (stream, kinds) in &model.streams {
        let events = journal.read_stream(stream, 0, 1_000).await.unwrap();
        prop_assert_eq!(&events.iter().map(|event| event.kind.clone()).collect::<Vec<_>>(), kinds);
        prop_assert!(events.iter().map(|event| event.version).eq(1..=kinds.len() as u64));
    }
    for key in (0..3).map(|key| format!("{case}/k{key}")) {
        let held = model
            .holds
            .get(&key)
            .filter(|held| held.1.is_none_or(|until_ms| until_ms > now_ms))
            .map(|held| held.0.clone());
        prop_assert_eq!(journal.holder("name", &key, now_ms).await.unwrap().map(|hold| hold.stream), held);
    }
    for (key, body) in &model.answers {
        prop_assert_eq!(&journal.answer(key).await.unwrap().unwrap().body, body);
    }
    Ok(())
}

fn agrees_with_the_model(place: &Place) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let journal = runtime.block_on(place.open());
    let cases = AtomicU32::new(0);
    let groups = proptest::collection::vec(proptest::collection::vec(op(), 1..12), 1..8);
    let mut runner = TestRunner::new(Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&groups, |groups| {
        runtime.block_on(play(&journal, cases.fetch_add(1, Ordering::Relaxed), &groups))
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let verified = runtime.block_on(journal.verify(|_, _| ())).unwrap();
    assert!(verified.events > 500, "the cases wrote {} events", verified.events);
}

#[test]
fn a_folder_agrees_with_the_model() {
    agrees_with_the_model(&Place::folder());
}

#[test]
fn postgres_agrees_with_the_model() {
    agrees_with_the_model(&Place::postgres());
}
