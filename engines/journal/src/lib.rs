//! The journal remembers every decision in order, and can prove that nothing in it was changed.
//!
//! It is the one door to durable state: events in streams, holds, effects and timers, idempotency answers; and beside them
//! collections of documents. Two stores stand behind it, a folder (SQLite) and PostgreSQL; they share the types, the decision
//! of a group and one contract suite, and no other code.

mod batch;
pub mod chain;
mod collections;
mod documents;
mod error;
mod front;
pub mod limits;
pub mod outbox;
pub mod portable;
mod postgres;
mod sqlite;
mod types;
mod verify;
pub mod views;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

pub use collections::{Change, Collections, Document, Loaded, Order};
pub use error::{AppendError, Broken, JournalError, WriteError};
pub use types::{
    Append, Appended, DecisionRecord, DueEffect, Effect, EffectKey, EffectState, Head, Hold, HoldChange, NewAnswer, NewEffect, NewEvent,
    Recorded, StoredAnswer, Verified,
};

use batch::HeadRow;
use collections::DocumentStore;
use front::{EffectChange, EffectTo, Work};
use postgres::Postgres;
use sqlite::Sqlite;

/// A handle to the journal; clones are the same journal.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    queue: mpsc::Sender<Work>,
    head: watch::Receiver<u64>,
    finished: watch::Receiver<()>,
    records: Collections,
    views: Collections,
}

enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Calls the same method of whichever store there is.
macro_rules! on_store {
    ($journal:expr, $method:ident ( $($argument:expr),* )) => {
        match &$journal.inner.store {
            Store::Sqlite(store) => store.$method($($argument),*).await,
            Store::Postgres(store) => store.$method($($argument),*).await,
        }
    };
}

impl Journal {
    /// Opens the journal at `store`: a `postgres://` address, or a folder, which is created. Its tables are brought up to date.
    ///
    /// # Errors
    /// The store can't be reached, its address can't be used, a newer program wrote it, or it was moved.
    pub async fn open(store: &str) -> Result<Journal, JournalError> {
        let (head, known) = watch::channel(0);
        let (finished_sender, finished) = watch::channel(());
        let (opened, queue, records, views) = if is_postgres(store) {
            let (opened, queue) = Postgres::open(store, head.clone(), finished_sender).await?;
            let (records, views) = (opened.documents("records").await?, opened.documents("views").await?);
            (Store::Postgres(opened), queue, records, views)
        } else {
            let folder = PathBuf::from(store);
            let (opened, queue) = Sqlite::open(folder.clone(), head.clone(), finished_sender).await?;
            let records = DocumentStore::sqlite(folder.join("records.db"), sqlite::Durability::Full).await?;
            let views = DocumentStore::sqlite(folder.join("views.db"), sqlite::Durability::Normal).await?;
            (Store::Sqlite(opened), queue, records, views)
        };
        let inner = Arc::new(Inner {
            store: opened,
            queue,
            head: known,
            finished,
            records,
            views,
        });
        watch_others(&inner, head);
        Ok(Journal { inner })
    }

    /// Writes one decision; it is durable when this returns.
    ///
    /// Dropping the future does not take the append back.
    ///
    /// # Errors
    /// See [`AppendError`]; an append that is refused leaves no trace.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        append.check()?;
        let (reply, answer) = oneshot::channel();
        let gone = |_| AppendError::Unavailable("the journal is closed".into());
        self.inner
            .queue
            .send(Work::Append(append, reply))
            .await
            .map_err(|error| gone(error.to_string()))?;
        answer.await.map_err(|error| gone(error.to_string()))?
    }

    /// Up to `limit` events of a stream after `after_version`, in order of version.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn read_stream(&self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        on_store!(
            self,
            read_stream(stream.to_owned(), after_version, limit.min(limits::READ_ROWS_MAX))
        )
    }

    /// Up to `limit` events of all streams after `after_position`, in order of position.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn read_from(&self, after_position: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        on_store!(self, read_from(after_position, limit.min(limits::READ_ROWS_MAX)))
    }

    /// The decision record of each append of a stream, in order; the bytes are empty where none was given.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn records_of(&self, stream: &str) -> Result<Vec<DecisionRecord>, JournalError> {
        on_store!(self, records_of(stream.to_owned()))
    }

    /// Watches the newest committed position; appends of other processes show within [`limits::HEAD_POLL_MS`].
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.head.clone()
    }

    /// The newest event's position and chain hash, as committed now.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn head(&self) -> Result<Head, JournalError> {
        let head: HeadRow = on_store!(self, head())?;
        Ok(Head {
            position: head.position,
            hash: hex::encode(head.hash),
        })
    }

    /// Who holds a key at `now_ms`; an expired hold is as if absent. Read from the store each time.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn holder(&self, space: &str, key: &str, now_ms: i64) -> Result<Option<Hold>, JournalError> {
        let hold: Option<Hold> = on_store!(self, holder(space.to_owned(), key.to_owned()))?;
        Ok(hold.filter(|hold| hold.until_ms.is_none_or(|until_ms| until_ms > now_ms)))
    }

    /// The answer remembered under an idempotency key.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, JournalError> {
        on_store!(self, answer(key.to_owned()))
    }

    /// Effects to be carried out now, the longest due first, at most one of each stream: a stream's effects go in order of their
    /// key, and one that waits for its next try holds up the later ones; timers that are not due hold up nothing.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn due_effects(&self, now_ms: i64, limit: usize) -> Result<Vec<DueEffect>, JournalError> {
        on_store!(self, due_effects(now_ms, limit.min(limits::READ_ROWS_MAX)))
    }

    /// The next instant after `after_ms` at which a waiting effect becomes due.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn next_due_ms(&self, after_ms: i64) -> Result<Option<i64>, JournalError> {
        on_store!(self, next_due(after_ms))
    }

    /// How many waiting effects are due at `now_ms`, and since when the first of them, in milliseconds since 1970.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn overdue(&self, now_ms: i64) -> Result<(u64, Option<i64>), JournalError> {
        let (count, since): (i64, Option<i64>) = on_store!(self, overdue(now_ms))?;
        Ok((count.unsigned_abs(), since))
    }

    /// Commits of this process since it opened the journal, and the appends and changes of effects in all of them.
    #[must_use]
    pub fn groups(&self) -> (u64, u64) {
        match &self.inner.store {
            Store::Sqlite(store) => store.tally().read(),
            Store::Postgres(store) => store.tally().read(),
        }
    }

    /// Marks a waiting effect as carried out.
    ///
    /// # Errors
    /// The store can't be written; the effect still waits.
    pub async fn effect_done(&self, key: EffectKey) -> Result<(), JournalError> {
        self.change_effect(key, EffectTo::Done).await
    }

    /// Counts a try of a waiting effect and lets it wait until `at_ms`.
    ///
    /// # Errors
    /// The store can't be written; the effect still waits.
    pub async fn effect_retry(&self, key: EffectKey, at_ms: i64, error: &str) -> Result<(), JournalError> {
        self.change_effect(
            key,
            EffectTo::Retry {
                at_ms,
                error: stored_text(error),
            },
        )
        .await
    }

    /// Gives a waiting effect up; a person must look at it.
    ///
    /// # Errors
    /// The store can't be written; the effect still waits.
    pub async fn effect_failed(&self, key: EffectKey, error: &str) -> Result<(), JournalError> {
        self.change_effect(key, EffectTo::Failed { error: stored_text(error) }).await
    }

    async fn change_effect(&self, key: EffectKey, to: EffectTo) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        self.inner
            .queue
            .send(Work::Effect(EffectChange { key, to }, reply))
            .await
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// All effects of a stream with their state, in order of their key.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn effects_of(&self, stream: &str) -> Result<Vec<Effect>, JournalError> {
        on_store!(self, effects_of(stream.to_owned()))
    }

    /// Reads the whole journal as it stands at one moment and proves it: no gap in positions or versions, every hash, the streams'
    /// versions, the head, and that every effect belongs to an event. `progress` is told events checked and events in all.
    ///
    /// # Errors
    /// The first thing that does not agree, or that the store could not be read.
    pub async fn verify(&self, mut progress: impl FnMut(u64, u64) + Send) -> Result<Verified, Broken> {
        let (sender, mut pieces) = mpsc::channel(4);
        let check = async move {
            let mut checker = verify::Checker::new();
            while let Some(piece) = pieces.recv().await {
                // An error drops the receiver, which tells the reader to stop.
                checker.take(piece)?;
                let (done, all) = checker.progress();
                progress(done, all);
            }
            Ok::<_, Broken>(checker)
        };
        let read = async { on_store!(self, snapshot(sender)) };
        let (checked, read) = tokio::join!(check, read);
        let checker = checked?;
        read?;
        checker.finish()
    }

    /// Durable documents: accounts, sessions, registers.
    #[must_use]
    pub fn records(&self) -> &Collections {
        &self.inner.records
    }

    /// Documents that can be rebuilt from the journal.
    #[must_use]
    pub fn views(&self) -> &Collections {
        &self.inner.views
    }

    /// Finishes what was accepted and stops, for all clones. Later appends are refused.
    pub async fn close(self) {
        // A closed queue means that another clone was quicker.
        _ = self.inner.queue.send(Work::Close).await;
        let mut finished = self.inner.finished.clone();
        while finished.changed().await.is_ok() {}
        self.inner.records.close().await;
        self.inner.views.close().await;
    }

    /// Bounds an embedded store's file, so that a test can fill it; 0 lifts the bound.
    #[doc(hidden)]
    pub async fn bound_pages(&self, pages: u32) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        self.inner.queue.send(Work::PagesMax(pages, reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// Looks for appends of other processes as long as a handle lives.
fn watch_others(inner: &Arc<Inner>, head: watch::Sender<u64>) {
    let inner = Arc::downgrade(inner);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(limits::HEAD_POLL_MS)).await;
            let Some(inner) = inner.upgrade() else { return };
            if inner.queue.is_closed() {
                return;
            }
            // While the store is away there is nothing new to tell; the next look tells it.
            let Ok(found) = on_store!(Journal { inner }, head()) else {
                continue;
            };
            head.send_if_modified(|known| std::mem::replace(known, found.position.max(*known)) < found.position);
        }
    });
}

/// True for the address of a PostgreSQL database; everything else is a folder.
fn is_postgres(store: &str) -> bool {
    store.starts_with("postgres://") || store.starts_with("postgresql://")
}

pub(crate) fn closed() -> JournalError {
    JournalError::Unavailable("the journal is closed".into())
}

/// PostgreSQL keeps no NUL in text, and an error needs no more than a screen.
fn stored_text(text: &str) -> String {
    text.chars().filter(|letter| *letter != '\0').take(2_000).collect()
}
