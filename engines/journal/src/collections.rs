//! Collections: JSON documents under keys, with tags to list them by.

use std::path::PathBuf;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::documents::{Prepared, Write};
use crate::error::{JournalError, WriteError};
use crate::postgres::PostgresDocuments;
use crate::sqlite::{Durability, SqliteDocuments};
use crate::{closed, limits};

/// A document that stands in a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its key.
    pub key: String,
    /// The document.
    pub doc: Value,
    /// Number of the write that made it; grows over all documents and never comes back.
    pub revision: u64,
}

/// One change of one document.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Writes a document, whatever stood there. A tag is a name to list by and a number to sort by.
    Put {
        /// The collection.
        collection: String,
        /// The document's key.
        key: String,
        /// The document.
        doc: Value,
        /// Its tags; they replace the earlier ones.
        tags: Vec<(String, i64)>,
    },
    /// Writes a document if the one that stands has this revision (0: if none stands).
    PutIf {
        /// The collection.
        collection: String,
        /// The document's key.
        key: String,
        /// The document.
        doc: Value,
        /// Its tags.
        tags: Vec<(String, i64)>,
        /// The revision that must stand.
        revision: u64,
    },
    /// Removes a document, if it stands.
    Delete {
        /// The collection.
        collection: String,
        /// The document's key.
        key: String,
    },
}

impl Change {
    /// [`Change::Put`] in one line.
    pub fn put(collection: impl Into<String>, key: impl Into<String>, doc: Value, tags: Vec<(String, i64)>) -> Self {
        Change::Put {
            collection: collection.into(),
            key: key.into(),
            doc,
            tags,
        }
    }

    /// Writes a document only where none stands.
    pub fn put_if_absent(collection: impl Into<String>, key: impl Into<String>, doc: Value, tags: Vec<(String, i64)>) -> Self {
        Change::PutIf {
            collection: collection.into(),
            key: key.into(),
            doc,
            tags,
            revision: 0,
        }
    }

    /// [`Change::Delete`] in one line.
    pub fn delete(collection: impl Into<String>, key: impl Into<String>) -> Self {
        Change::Delete {
            collection: collection.into(),
            key: key.into(),
        }
    }
}

/// A document of a bulk load.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its key.
    pub key: String,
    /// The document.
    pub doc: Value,
    /// Its tags.
    pub tags: Vec<(String, i64)>,
}

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest sort number first.
    Ascending,
    /// The greatest sort number first.
    Descending,
}

/// A set of collections with one durability.
pub struct Collections {
    store: DocumentStore,
    queue: mpsc::Sender<Write>,
}

pub(crate) enum DocumentStore {
    Sqlite(SqliteDocuments),
    Postgres(PostgresDocuments),
}

impl DocumentStore {
    pub async fn sqlite(file: PathBuf, durability: Durability) -> Result<Collections, JournalError> {
        let (store, queue) = SqliteDocuments::open(file, durability).await?;
        Ok(Collections {
            store: DocumentStore::Sqlite(store),
            queue,
        })
    }

    pub fn postgres(store: PostgresDocuments, queue: mpsc::Sender<Write>) -> Collections {
        Collections {
            store: DocumentStore::Postgres(store),
            queue,
        }
    }
}

/// Where a list goes on: the sort number and key of the last document given.
pub(crate) type Cursor = (i64, String);

/// What a store gives for a list: the documents with their sort numbers.
pub(crate) type Listed = Vec<(i64, Document)>;

impl Collections {
    /// The document under a key.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn get(&self, collection: &str, key: &str) -> Result<Option<Document>, JournalError> {
        Ok(self.get_many(collection, &[key]).await?.pop().flatten())
    }

    /// The documents under some keys, in the order of the keys.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn get_many<K: AsRef<str> + Sync>(&self, collection: &str, keys: &[K]) -> Result<Vec<Option<Document>>, JournalError> {
        let (collection, keys) = (
            collection.to_owned(),
            keys.iter().map(|key| key.as_ref().to_owned()).collect::<Vec<_>>(),
        );
        match &self.store {
            DocumentStore::Sqlite(store) => store.get_many(collection, keys).await,
            DocumentStore::Postgres(store) => store.get_many(collection, keys).await,
        }
    }

    /// Makes all changes or none, and gives the revision of the documents written.
    ///
    /// # Errors
    /// A [`WriteError::Conflict`] when a condition does not hold; otherwise what keeps the store from writing.
    pub async fn write(&self, changes: Vec<Change>) -> Result<u64, WriteError> {
        if changes.len() > limits::WRITE_CHANGES_MAX {
            return Err(JournalError::Refused(format!("{} changes in one write", changes.len())).into());
        }
        let changes = changes.into_iter().map(Prepared::new).collect::<Result<Vec<_>, _>>()?;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Write::Changes(changes, reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Up to `limit` documents with a tag, by sort number and then key, after `cursor`, and the cursor for the next ones.
    /// The empty tag lists all documents of the collection by key.
    ///
    /// # Errors
    /// The store can't be read, or the cursor is not one that a list gave.
    pub async fn list(
        &self,
        collection: &str,
        tag: &str,
        order: Order,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Document>, Option<String>), JournalError> {
        let limit = limit.clamp(1, limits::READ_ROWS_MAX);
        let after = cursor.map(read_cursor).transpose()?;
        let (collection, tag) = (collection.to_owned(), tag.to_owned());
        // One more than asked for tells whether there is a next page.
        let mut listed = match &self.store {
            DocumentStore::Sqlite(store) => store.list(collection, tag, order, after, limit + 1).await?,
            DocumentStore::Postgres(store) => store.list(collection, tag, order, after, limit + 1).await?,
        };
        let more = listed.len() > limit;
        listed.truncate(limit);
        let next = listed.last().filter(|_| more).map(|(sort, last)| format!("{sort}.{}", last.key));
        Ok((listed.into_iter().map(|listed| listed.1).collect(), next))
    }

    /// How many documents have a tag; the empty tag counts the collection.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn count(&self, collection: &str, tag: &str) -> Result<u64, JournalError> {
        let (collection, tag) = (collection.to_owned(), tag.to_owned());
        match &self.store {
            DocumentStore::Sqlite(store) => store.count(collection, tag).await,
            DocumentStore::Postgres(store) => store.count(collection, tag).await,
        }
    }

    /// How many documents have a tag with a sort number less than `sort`.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn count_below(&self, collection: &str, tag: &str, sort: i64) -> Result<u64, JournalError> {
        let (collection, tag) = (collection.to_owned(), tag.to_owned());
        match &self.store {
            DocumentStore::Sqlite(store) => store.count_below(collection, tag, sort).await,
            DocumentStore::Postgres(store) => store.count_below(collection, tag, sort).await,
        }
    }

    /// Removes a whole collection, step by step, so that other writers are not held up; a crash may leave a part of it.
    ///
    /// # Errors
    /// The store can't be written.
    pub async fn drop_collection(&self, collection: &str) -> Result<(), JournalError> {
        loop {
            let (reply, answer) = oneshot::channel();
            self.queue
                .send(Write::Drop(collection.to_owned(), reply))
                .await
                .map_err(|_| closed())?;
            if !answer.await.map_err(|_| closed())?? {
                return Ok(());
            }
        }
    }

    /// Loads many documents step by step, tells `progress` how many stand, and gives the number loaded. A crash may leave a part:
    /// who needs all or nothing loads into a new collection and then points to it.
    ///
    /// # Errors
    /// The store can't be written, or a document is over a limit.
    pub async fn load<I>(&self, collection: &str, documents: I, mut progress: impl FnMut(u64) + Send) -> Result<u64, JournalError>
    where
        I: IntoIterator<Item = Loaded>,
        I::IntoIter: Send,
    {
        let mut documents = documents.into_iter();
        let mut loaded = 0;
        loop {
            let step = documents.by_ref().take(limits::LOAD_DOCUMENTS);
            let step: Vec<_> = step
                .map(|Loaded { key, doc, tags }| Change::put(collection, key, doc, tags))
                .collect();
            if step.is_empty() {
                return Ok(loaded);
            }
            loaded += step.len() as u64;
            self.write(step).await.map_err(|error| match error {
                WriteError::Journal(error) => error,
                conflict @ WriteError::Conflict { .. } => JournalError::Damaged(conflict.to_string()),
            })?;
            progress(loaded);
        }
    }

    /// Finishes what was accepted and stops.
    pub(crate) async fn close(&self) {
        // A closed queue means that it was closed before.
        _ = self.queue.send(Write::Close).await;
        let mut finished = match &self.store {
            DocumentStore::Sqlite(store) => store.finished.clone(),
            DocumentStore::Postgres(store) => store.finished.clone(),
        };
        while finished.changed().await.is_ok() {}
    }
}

fn read_cursor(cursor: &str) -> Result<Cursor, JournalError> {
    let (sort, key) = cursor.split_once('.').ok_or(JournalError::Cursor)?;
    if key.contains('\0') {
        return Err(JournalError::Cursor);
    }
    Ok((sort.parse().map_err(|_| JournalError::Cursor)?, key.to_owned()))
}
