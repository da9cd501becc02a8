//! The PostgreSQL store: one writer connection that commits groups, a few connections that read, all of them reconnecting.

mod documents;
mod line;
pub(crate) mod portable;
mod reader;
mod schema;
mod writer;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc, watch};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls, Statement};

pub(crate) use documents::PostgresDocuments;

use crate::collections::{Collections, DocumentStore};
use crate::error::JournalError;
use crate::front::{Front, Tally, Work};
use crate::limits;

/// The journal in PostgreSQL.
pub(crate) struct Postgres {
    readers: Arc<Pool>,
    tally: Arc<Tally>,
}

impl Postgres {
    /// Connects, brings the tables up to date and starts the writer.
    pub async fn open(
        address: &str,
        head: watch::Sender<u64>,
        finished: watch::Sender<()>,
    ) -> Result<(Self, mpsc::Sender<Work>), JournalError> {
        let link = Link::connect(address, Habit::Read).await?;
        schema::migrate(&link).await?;
        let readers = Pool::new(address);
        let (sender, front) = Front::new(limits::QUEUE_APPENDS_MAX, limits::GROUP_APPENDS_MAX);
        let opened = Postgres {
            readers,
            tally: front.tally(),
        };
        head.send_replace(opened.head().await?.position);
        writer::start(address, front, head, finished).await?;
        Ok((opened, sender))
    }

    /// What the writer has committed together.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The collections `records` or `views`.
    pub async fn documents(&self, kind: &'static str) -> Result<Collections, JournalError> {
        let (store, queue) = PostgresDocuments::open(&self.readers, kind).await?;
        Ok(DocumentStore::postgres(store, queue))
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    Read,
    Write,
    /// Writes what can be rebuilt: a crash of the server may lose the last commits.
    WriteRebuildable,
}

/// One connection with the statements prepared on it.
pub(crate) struct Link {
    client: Client,
    /// Behind a lock that never yields: statements that are sent together must leave in the order of the code.
    statements: std::sync::Mutex<HashMap<String, Statement>>,
}

impl Link {
    pub async fn connect(address: &str, habit: Habit) -> Result<Link, JournalError> {
        let mut config: tokio_postgres::Config = address.parse().map_err(|error: Error| JournalError::Address(error.to_string()))?;
        config
            .connect_timeout(Duration::from_millis(limits::POSTGRES_CONNECT_MS_MAX))
            .application_name("qianhai-journal");
        let connect = async {
            let (client, connection) = config.connect(NoTls).await?;
            // The driver ends with the connection; its error shows in every call that waits.
            tokio::spawn(async move { _ = connection.await });
            // The writer's statements are all look-ups by key: a plan made while the tables were small must not scan them later.
            client
                .batch_execute(match habit {
                    Habit::Read => "SET jit = off",
                    Habit::Write | Habit::WriteRebuildable => {
                        "SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
                         SET enable_mergejoin = off; SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '15s'"
                    }
                })
                .await?;
            if habit == Habit::WriteRebuildable {
                client.batch_execute("SET synchronous_commit = off").await?;
            }
            Ok::<_, Error>(Link {
                client,
                statements: std::sync::Mutex::default(),
            })
        };
        let link = match tokio::time::timeout(Duration::from_millis(limits::POSTGRES_CONNECT_MS_MAX), connect).await {
            Ok(link) => link.map_err(|error| told(&error))?,
            Err(_) => return Err(JournalError::Unavailable("PostgreSQL does not answer".into())),
        };
        if habit != Habit::Read {
            portable::enter(&link.client).await?;
        }
        Ok(link)
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The statement, prepared once on this connection.
    pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Waits for PostgreSQL no longer than the limit.
pub(crate) async fn bounded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, JournalError> {
    match tokio::time::timeout(Duration::from_millis(limits::POSTGRES_ANSWER_MS_MAX), work).await {
        Ok(result) => result.map_err(|error| told(&error)),
        Err(_) => Err(JournalError::Unavailable("PostgreSQL does not answer".into())),
    }
}

/// Tells what an error of PostgreSQL means to the caller.
pub(crate) fn told(error: &Error) -> JournalError {
    let text = match error.as_db_error() {
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    };
    match error.code() {
        Some(code) if *code == SqlState::DISK_FULL => JournalError::Full(text),
        Some(code) if code.code().starts_with("28") || *code == SqlState::INVALID_CATALOG_NAME => JournalError::Address(text),
        Some(code) if code.code().starts_with("XX") => JournalError::Damaged(text),
        _ => JournalError::Unavailable(text),
    }
}

/// A few connections that carry many reads each; a lost one is replaced when it is next needed.
pub(crate) struct Pool {
    address: String,
    slots: Vec<Mutex<Slot>>,
    turn: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    link: Option<Arc<Link>>,
    failed: Option<(Instant, JournalError)>,
}

impl Pool {
    fn new(address: &str) -> Arc<Self> {
        let slots = (0..limits::POSTGRES_READERS).map(|_| Mutex::default()).collect();
        Arc::new(Pool {
            address: address.to_owned(),
            slots,
            turn: AtomicUsize::new(0),
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Reads; once more on a fresh connection when the first one turned out to be lost.
    pub async fn read<T, F>(&self, read: impl Fn(Arc<Link>) -> F) -> Result<T, JournalError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let slot = self.turn.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let link = self.link(slot).await?;
        match bounded(read(Arc::clone(&link))).await {
            Err(_) if link.client.is_closed() => bounded(read(self.link(slot).await?)).await,
            result => result,
        }
    }

    async fn link(&self, slot: usize) -> Result<Arc<Link>, JournalError> {
        let mut slot = self.slots[slot].lock().await;
        if let Some(link) = slot.link.as_ref().filter(|link| !link.client.is_closed()) {
            return Ok(Arc::clone(link));
        }
        // Everyone who waited for this try takes its result; else a hundred readers would try one after another.
        if let Some((at, error)) = &slot.failed
            && at.elapsed() < Duration::from_millis(limits::POSTGRES_RETRY_MS)
        {
            return Err(error.clone());
        }
        match Link::connect(&self.address, Habit::Read).await {
            Ok(link) => {
                let link = Arc::new(link);
                *slot = Slot {
                    link: Some(Arc::clone(&link)),
                    failed: None,
                };
                Ok(link)
            }
            Err(error) => {
                *slot = Slot {
                    link: None,
                    failed: Some((Instant::now(), error.clone())),
                };
                Err(error)
            }
        }
    }
}
