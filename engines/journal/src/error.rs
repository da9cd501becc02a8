//! What can go wrong with the journal, told apart by what the caller can do about it.

use crate::StoredAnswer;

/// A read or a command that could not be carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The store can't be reached now; trying later is right.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The disk is full; nothing was written; trying after room is made is right.
    #[error("the store is full: {0}")]
    Full(String),
    /// The address of the store can't be used.
    #[error("the store address can't be used: {0}")]
    Address(String),
    /// The store was written by a newer program.
    #[error("the store has schema {found}, this program knows up to {known}")]
    Newer {
        /// Schema of the store.
        found: i64,
        /// Newest schema known here.
        known: i64,
    },
    /// What is stored can't be what was written.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// `journal move` took the data elsewhere; what stands here is history.
    #[error("this store was moved to {0}; open that one")]
    Moved(String),
    /// A cursor that no list gave.
    #[error("the cursor is not one that a list gave")]
    Cursor,
    /// Something asked for is over a limit (see [`crate::limits`]) or can't be stored.
    #[error("this can't be stored: {0}")]
    Refused(String),
}

/// An append that was not made. Nothing of it was written, but for the one case told at `Unavailable`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The stream is not at the expected version: load it and decide again.
    #[error("the stream is at version {actual}")]
    VersionConflict {
        /// The version the stream is at.
        actual: u64,
    },
    /// A key is held by another stream.
    #[error("{key} in {space} is held by {holder}")]
    HoldConflict {
        /// Space of the hold.
        space: String,
        /// Key of the hold.
        key: String,
        /// The stream that holds it.
        holder: String,
    },
    /// The idempotency key was answered before: give this answer again.
    #[error("this request was answered before")]
    AlreadyAnswered(StoredAnswer),
    /// Over a limit of [`crate::limits`].
    #[error("the append is too large: {0}")]
    TooLarge(String),
    /// Not an append: an empty name, an effect of no event, nothing to write.
    #[error("this is not an append: {0}")]
    Malformed(String),
    /// The disk is full; nothing was written; trying after room is made is right.
    #[error("the store is full: {0}")]
    Full(String),
    /// The store is lost for now. Nothing was written, unless the text says that the outcome is unknown: then the
    /// connection died during the commit and did not come back in time. An append with an answer can simply be repeated.
    #[error("the store is not available: {0}")]
    Unavailable(String),
}

/// A write to a collection that was not made; nothing of it was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// A condition on the document's revision did not hold.
    #[error("{key} in {collection} is at revision {actual}")]
    Conflict {
        /// The collection.
        collection: String,
        /// The document.
        key: String,
        /// Its revision now; 0 when it is absent.
        actual: u64,
    },
    /// Everything else.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<JournalError> for AppendError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Full(why) => AppendError::Full(why),
            other => AppendError::Unavailable(other.to_string()),
        }
    }
}

/// What a verification found wrong.
#[derive(Debug, Clone, thiserror::Error)]
#[error("broken at position {position}: {why}")]
pub struct Broken {
    /// The first position that does not agree; 0 when it is not about one event.
    pub position: u64,
    /// What does not agree.
    pub why: String,
    /// True when nothing was proven wrong: the store could not be read to the end.
    pub unreadable: bool,
}

impl Broken {
    pub(crate) fn at(position: u64, why: impl Into<String>) -> Self {
        Broken {
            position,
            why: why.into(),
            unreadable: false,
        }
    }
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Broken {
            position: 0,
            why: error.to_string(),
            unreadable: true,
        }
    }
}
