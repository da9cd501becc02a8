//! The contract that both stores keep: every test of this suite runs over a folder and over PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails, and that is its purpose")]

mod appends;
mod collections;
mod crash;
mod faults;
mod model;
mod outbox;
mod portable;
mod proof;
mod views;

use std::time::Duration;

use journal::{Append, HoldChange, Journal, NewAnswer, NewEffect, NewEvent};
use test_support::{Folder, PrivatePostgres, postgres};

/// An empty store, opened as often as a test likes.
pub(crate) struct Place {
    pub(crate) address: String,
    _folder: Option<Folder>,
}

impl Place {
    pub(crate) fn folder() -> Self {
        let folder = Folder::new();
        Place {
            address: folder.path().join("store").display().to_string(),
            _folder: Some(folder),
        }
    }

    pub(crate) fn postgres() -> Self {
        Place {
            address: postgres().database(),
            _folder: None,
        }
    }

    pub(crate) async fn open(&self) -> Journal {
        Journal::open(&self.address).await.unwrap()
    }

    /// Changes what is stored behind the journal's back.
    pub(crate) fn tamper(&self, sql: &str) {
        match &self._folder {
            Some(_) => {
                let file = std::path::Path::new(&self.address).join("journal.db");
                rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
            }
            None => {
                let database = self.address.rsplit('/').next().unwrap();
                postgres().psql(database, &format!("SET search_path = journal; {sql}"));
            }
        }
    }
}

/// Makes a test of each store out of an async function that takes a [`Place`].
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_a_folder {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Place::folder()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Place::postgres()).await;
            })+
        }
    };
}

/// An append of some events without anything else.
pub(crate) fn append(stream: &str, expected: u64, kinds: &[&str]) -> Append {
    let event = |kind: &&str| NewEvent {
        kind: (*kind).into(),
        data: format!(r#"{{"kind":"{kind}"}}"#).into_bytes(),
    };
    Append {
        stream: stream.into(),
        expected,
        events: kinds.iter().map(event).collect(),
        at_ms: 1_000,
        ..Append::default()
    }
}

pub(crate) fn take(key: &str, until_ms: Option<i64>) -> HoldChange {
    HoldChange::Take {
        space: "name".into(),
        key: key.into(),
        until_ms,
    }
}

pub(crate) fn release(key: &str) -> HoldChange {
    HoldChange::Release {
        space: "name".into(),
        key: key.into(),
    }
}

pub(crate) fn answer(key: &str, body: &str) -> Option<NewAnswer> {
    Some(NewAnswer {
        key: key.into(),
        digest: journal::chain::digest(body.as_bytes()),
        body: body.into(),
    })
}

pub(crate) fn effect(event_index: u32, index: u32, due_ms: i64) -> NewEffect {
    NewEffect {
        event_index,
        index,
        kind: "notify".into(),
        data: b"{}".to_vec(),
        due_ms,
    }
}

/// Waits for something that another task is bringing about; fails after ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about");
}

/// Polls all futures together, each round in the order given: their first steps are taken in that order.
pub(crate) async fn in_order<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, result) in futures.iter_mut().filter(|future| future.1.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *result = Some(value);
            }
        }
        if futures.iter().all(|future| future.1.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    futures.into_iter().map(|future| future.1.unwrap()).collect()
}

/// A cluster that one test alone stops and starts.
pub(crate) fn own_postgres() -> PrivatePostgres {
    PrivatePostgres::begin()
}
