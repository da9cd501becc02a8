//! A store as one file, and a store as another store: backup, restore, move.
//!
//! A backup is a line `qianhai backup 1`, then frames, then the SHA-256 of everything before it. A frame is its kind (`H`, `R`, `E`),
//! a table, a number of rows, two lengths and its content packed with zlib. The one header `H` tells format, instant, head position and
//! chain hash; each `R` holds rows of one table (see [`tables`]); the one end `E` tells rows and SHA-256 of each table.
//!
//! It is one moment of the store. In PostgreSQL one snapshot sees the journal and the records. In a folder they are two files: both
//! write locks are held, for as long as it takes to begin reading both, so that no commit of either lies between. Without this a
//! document could tell of a case that the journal does not have yet, or an effect be done whose notice is not there. Views are left
//! out: they are rebuilt.
//!
//! A copy is proven where it stands before it counts: every table is read back and must have the rows and the digest of the source, and
//! the hash chain is verified. Until then nothing shows: a folder is filled beside its name, PostgreSQL in one transaction.
//!
//! Sources and copies are joined by a short queue, so that memory holds a few batches; only the versions of streams, 16 bytes each,
//! grow with the store while its chain is verified.

pub(crate) mod file;
pub(crate) mod tables;

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::error::{Broken, JournalError};
use crate::postgres::portable as postgres;
use crate::sqlite::portable as sqlite;
use crate::{Head, limits};
use file::Label;
use tables::{Moment, Part, TABLES, Totals};

/// The format of backup files that is written and read.
pub const FORMAT: u32 = 1;

/// A copy that was not made; there is nothing where it would have been, and the source is as it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CopyError {
    /// A store can't be used.
    #[error(transparent)]
    Store(#[from] JournalError),
    /// There is a file of this name.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A file can't be read or written.
    #[error("{0}")]
    File(String),
    /// There is no room for the copy.
    #[error("there is no room: {0}")]
    Full(String),
    /// The file is no backup.
    #[error("this is not a backup of this program")]
    NotABackup,
    /// The file was written by a newer program.
    #[error("the backup has format {found}, this program knows {known}")]
    Newer {
        /// Format of the file.
        found: u32,
        /// The format known here.
        known: u32,
    },
    /// The file, or the copy, is not what was written.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
    /// What was copied does not verify: the source was changed behind its back.
    #[error("what was copied does not verify: {0}")]
    Broken(Broken),
    /// The place of the copy holds something.
    #[error("{0} is not empty")]
    NotEmpty(String),
    /// Another program works on the store.
    #[error("{0} is in use by another program")]
    InUse(String),
    /// The copy stands and is whole, but the source could not be marked as moved.
    #[error("the copy stands, but {store} could not be marked as moved: {why}")]
    Unmarked {
        /// The source.
        store: String,
        /// The reason.
        why: String,
    },
    /// The other end of the copy ended; it tells why.
    #[error("the copy was broken off")]
    Stopped,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The newest event.
    pub head: Head,
    /// Rows of each table.
    pub rows: Vec<(&'static str, u64)>,
    /// Size of the backup file; 0 when there is none.
    pub bytes: u64,
}

/// How a backup is made.
#[derive(Debug, Clone, Default)]
pub struct Backup {
    /// Collections that it is without.
    pub leave_out: Vec<String>,
    /// Now, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Writes over an earlier file.
    pub force: bool,
}

/// A store by its address.
#[derive(Debug, Clone)]
enum Address {
    Folder(PathBuf),
    Postgres(String),
}

impl Address {
    fn of(store: &str) -> Self {
        if crate::is_postgres(store) {
            Address::Postgres(store.to_owned())
        } else {
            Address::Folder(store.into())
        }
    }

    /// Sends a store, as one moment sees it.
    async fn read(&self, leave_out: Vec<String>, parts: mpsc::Sender<Part>) -> Result<(), CopyError> {
        match self.clone() {
            Address::Folder(folder) => blocking(move || sqlite::read(&folder, &leave_out, &parts)).await,
            Address::Postgres(address) => postgres::read(&address, &leave_out, &parts).await,
        }
    }

    /// Fills an empty store.
    async fn fill(&self, parts: mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
        match self.clone() {
            Address::Folder(folder) => blocking(move || sqlite::fill(&folder, parts)).await,
            Address::Postgres(address) => postgres::fill(&address, parts).await,
        }
    }
}

/// Keeps every other program off a store.
enum Lease {
    Folder(PathBuf, sqlite::Lock),
    Postgres(postgres::Lease),
}

impl Lease {
    async fn take(address: &Address) -> Result<Self, CopyError> {
        match address.clone() {
            Address::Folder(folder) => {
                let lock = sqlite::Lock::alone(&folder)?;
                Ok(Lease::Folder(folder, lock))
            }
            Address::Postgres(address) => Ok(Lease::Postgres(postgres::Lease::take(&address).await?)),
        }
    }

    /// Lets other programs in.
    async fn give_back(self) {
        match self {
            Lease::Folder(_, lock) => drop(lock),
            Lease::Postgres(lease) => lease.give_back().await,
        }
    }

    async fn mark(self, destination: String, at_ms: i64) -> Result<(), JournalError> {
        match self {
            Lease::Folder(folder, lock) => {
                let mark = move || sqlite::mark(&folder, &destination, at_ms).map_err(CopyError::Store);
                let marked = blocking(mark).await;
                drop(lock);
                marked.map_err(|error| JournalError::Unavailable(error.to_string()))
            }
            Lease::Postgres(lease) => lease.mark(&destination, at_ms).await,
        }
    }
}

/// Writes everything durable into a file, while programs may go on writing to the store.
///
/// # Errors
/// See [`CopyError`]; there is no new file then.
pub async fn backup(store: &str, path: &Path, how: Backup) -> Result<Copied, CopyError> {
    let label = Label {
        made_at_ms: how.at_ms,
        left_out: how.leave_out.clone(),
    };
    let (path, force) = (path.to_owned(), how.force);
    let (sender, receiver) = mpsc::channel(limits::COPY_BATCHES_AHEAD);
    let source = Address::of(store);
    let read = source.read(how.leave_out, sender);
    let write = blocking(move || file::write(&path, force, &label, receiver));
    let (read, written) = tokio::join!(read, write);
    one_of(read, written)
}

/// Fills an empty store from a backup: a folder that is absent or empty, or a PostgreSQL database without a journal.
///
/// # Errors
/// See [`CopyError`]; the store is as empty as it was then.
pub async fn restore(path: &Path, store: &str) -> Result<Copied, CopyError> {
    let (path, destination) = (path.to_owned(), Address::of(store));
    let (sender, receiver) = mpsc::channel(limits::COPY_BATCHES_AHEAD);
    let read = blocking(move || file::read(&path, &sender));
    let (read, filled) = tokio::join!(read, destination.fill(receiver));
    one_of(read, filled)
}

/// Copies a store into an empty one of either kind, and marks the source as moved unless it is to be kept. No program may have the
/// source open.
///
/// # Errors
/// See [`CopyError`]; but for [`CopyError::Unmarked`] the destination is as empty as it was then.
pub async fn move_to(store: &str, destination: &str, keep: bool, at_ms: i64) -> Result<Copied, CopyError> {
    let (source, target) = (Address::of(store), Address::of(destination));
    let lease = Lease::take(&source).await?;
    let (sender, receiver) = mpsc::channel(limits::COPY_BATCHES_AHEAD);
    let (read, filled) = tokio::join!(source.read(vec![], sender), target.fill(receiver));
    let copied = match one_of(read, filled) {
        Ok(copied) => copied,
        Err(error) => {
            lease.give_back().await;
            return Err(error);
        }
    };
    if keep {
        lease.give_back().await;
    } else {
        lease
            .mark(without_password(destination), at_ms)
            .await
            .map_err(|error| CopyError::Unmarked {
                store: without_password(store),
                why: error.to_string(),
            })?;
    }
    Ok(copied)
}

/// The address of a store as it may be shown and kept.
#[must_use]
pub fn without_password(store: &str) -> String {
    let parts = store.split_once("://").and_then(|(scheme, rest)| {
        let (login, place) = rest.split_once('@')?;
        Some((scheme, login.split_once(':')?.0, place))
    });
    match parts {
        Some((scheme, user, place)) if crate::is_postgres(store) => format!("{scheme}://{user}@{place}"),
        _ => store.to_owned(),
    }
}

impl Copied {
    pub(crate) fn of(moment: &Moment, totals: &Totals, bytes: u64) -> Self {
        Copied {
            head: Head {
                position: moment.head.position,
                hash: hex::encode(moment.head.hash),
            },
            rows: TABLES.iter().zip(&totals.0).map(|(table, total)| (table.name, total.0)).collect(),
            bytes,
        }
    }
}

/// Runs blocking work away from the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, CopyError> + Send + 'static) -> Result<T, CopyError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(JournalError::Unavailable(format!("a copying thread ended: {error}")).into()),
    }
}

/// The result of both ends; of two errors the one that was first.
fn one_of(read: Result<(), CopyError>, written: Result<Copied, CopyError>) -> Result<Copied, CopyError> {
    match (read, written) {
        (Err(error), Err(CopyError::Stopped)) | (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
        (Ok(()), Ok(copied)) => Ok(copied),
    }
}

/// Hands a part over, from a thread.
pub(crate) fn send(parts: &mpsc::Sender<Part>, part: Part) -> Result<(), CopyError> {
    parts.blocking_send(part).map_err(|_| CopyError::Stopped)
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            without_password("postgres://zone:secret@db:5432/qianhai"),
            "postgres://zone@db:5432/qianhai"
        );
        assert_eq!(without_password("postgres://zone@db/qianhai"), "postgres://zone@db/qianhai");
        assert_eq!(without_password("./a:b@c"), "./a:b@c");
    }
}
