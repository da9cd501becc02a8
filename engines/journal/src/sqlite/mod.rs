//! The embedded store: SQLite files in one folder, one writer thread each, readers beside it.

mod documents;
pub(crate) mod portable;
mod reader;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, watch};

pub(crate) use documents::SqliteDocuments;

use crate::error::JournalError;
use crate::front::{Front, Tally, Work};
use crate::limits;

/// How hard a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Every commit is on the disk before it is answered.
    Full,
    /// A power cut may lose the last commits, never the file's order: for what can be rebuilt.
    Normal,
}

/// The embedded journal.
pub(crate) struct Sqlite {
    readers: Arc<Pool>,
    /// Keeps a move away while the journal is open.
    _lock: portable::Lock,
    tally: Arc<Tally>,
}

impl Sqlite {
    /// Opens or creates the journal in `folder` and starts its writer.
    pub async fn open(
        folder: PathBuf,
        head: watch::Sender<u64>,
        finished: watch::Sender<()>,
    ) -> Result<(Self, mpsc::Sender<Work>), JournalError> {
        let file = folder.join("journal.db");
        let (sender, front) = Front::new(limits::QUEUE_APPENDS_MAX, limits::GROUP_APPENDS_MAX);
        let (path, tally) = (file.clone(), front.tally());
        let lock = off_thread(move || {
            std::fs::create_dir_all(&folder).map_err(|error| JournalError::Address(format!("{}: {error}", folder.display())))?;
            let lock = portable::Lock::shared(&folder)?;
            let connection = connect(&path, Durability::Full)?;
            schema::migrate(&connection, schema::JOURNAL)?;
            portable::check_not_moved(&connection)?;
            writer::start(connection, front, head, finished)?;
            Ok(lock)
        })
        .await?;
        Ok((
            Sqlite {
                readers: Pool::new(file, Durability::Full),
                _lock: lock,
                tally,
            },
            sender,
        ))
    }

    /// What the writer has committed together.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Opens a file with the habits that all connections share.
pub(crate) fn connect(file: &Path, durability: Durability) -> Result<Connection, JournalError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_millis(limits::SQLITE_BUSY_MS_MAX))?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "NORMAL" })?;
        connection.pragma_update(None, "cache_size", -i64::from(limits::SQLITE_CACHE_KIB))?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "wal_autocheckpoint", limits::SQLITE_WAL_PAGES)?;
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(connection)
    };
    open().map_err(|error| told(&error))
}

/// Tells what an SQLite error means to the caller.
pub(crate) fn told(error: &rusqlite::Error) -> JournalError {
    use rusqlite::ErrorCode;
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::Full(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => JournalError::Damaged(text),
        _ => JournalError::Unavailable(text),
    }
}

/// Runs blocking work away from the async threads.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(JournalError::Unavailable(format!("a store thread ended: {error}"))),
    }
}

/// Read connections to one file, opened when they are first needed.
pub(crate) struct Pool {
    file: PathBuf,
    durability: Durability,
    idle: Mutex<Vec<Connection>>,
    room: Semaphore,
}

impl Pool {
    pub fn new(file: PathBuf, durability: Durability) -> Arc<Self> {
        let room = Semaphore::new(limits::SQLITE_READERS_MAX);
        Arc::new(Pool {
            file,
            durability,
            idle: Mutex::default(),
            room,
        })
    }

    /// Reads on a connection of the pool, away from the async threads.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let _room = self
            .room
            .acquire()
            .await
            .map_err(|error| JournalError::Unavailable(error.to_string()))?;
        let pool = Arc::clone(self);
        off_thread(move || {
            let connection = pool.take()?;
            let result = read(&connection).map_err(|error| told(&error));
            // A connection that erred is not used again; opening one is cheap.
            if result.is_ok() {
                pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            result
        })
        .await
    }

    /// A look-up by key, on the very thread that asks: it takes some microseconds, less than a change of threads.
    pub async fn point<T>(self: &Arc<Self>, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let _room = self
            .room
            .acquire()
            .await
            .map_err(|error| JournalError::Unavailable(error.to_string()))?;
        let connection = self.take()?;
        let result = read(&connection).map_err(|error| told(&error));
        if result.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        result
    }

    /// A connection of its own, for long work.
    pub fn take(&self) -> Result<Connection, JournalError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(
            || {
                let connection = connect(&self.file, self.durability)?;
                connection.pragma_update(None, "query_only", true).map_err(|error| told(&error))?;
                Ok(connection)
            },
            Ok,
        )
    }
}
