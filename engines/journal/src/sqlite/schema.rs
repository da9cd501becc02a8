//! The tables of the embedded store, and the steps from one version of them to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::told;
use crate::error::JournalError;

/// Each step brings a file from its number to the next; steps are only ever added.
pub(super) const JOURNAL: &[&str] = &["
    CREATE TABLE head(id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, hash BLOB NOT NULL, streams INTEGER NOT NULL);
    CREATE TABLE streams(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL);
    CREATE TABLE events(position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, nth INTEGER NOT NULL,
        kind TEXT NOT NULL, data BLOB NOT NULL, at_ms INTEGER NOT NULL, hash BLOB NOT NULL, record BLOB);
    CREATE UNIQUE INDEX events_stream ON events(stream, version);
    CREATE TABLE holds(space TEXT NOT NULL, key TEXT NOT NULL, stream TEXT NOT NULL, until_ms INTEGER,
        PRIMARY KEY(space, key)) WITHOUT ROWID;
    CREATE TABLE effects(position INTEGER NOT NULL, idx INTEGER NOT NULL, stream INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL,
        due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, error TEXT,
        PRIMARY KEY(position, idx)) WITHOUT ROWID;
    CREATE INDEX effects_due ON effects(due_ms, position, idx) WHERE state = 0;
    CREATE INDEX effects_waiting ON effects(stream, position, idx) WHERE state = 0;
    CREATE TABLE answers(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, body BLOB NOT NULL, at_ms INTEGER NOT NULL);
", "
    CREATE TABLE moved(id INTEGER PRIMARY KEY CHECK (id = 1), destination TEXT NOT NULL, at_ms INTEGER NOT NULL);
"];

/// The tables of a file of collections.
pub(super) const DOCUMENTS: &[&str] = &["
    CREATE TABLE revision(id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
    INSERT INTO revision VALUES(1, 0);
    CREATE TABLE documents(id INTEGER PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,
        doc TEXT NOT NULL, tags TEXT NOT NULL);
    CREATE UNIQUE INDEX documents_key ON documents(collection, key);
    CREATE TABLE tags(collection TEXT NOT NULL, tag TEXT NOT NULL, sort INTEGER NOT NULL, key TEXT NOT NULL,
        PRIMARY KEY(collection, tag, sort, key)) WITHOUT ROWID;
"];

/// The version that can say that the data was moved.
pub(super) const MOVED_SINCE: i64 = 2;

/// The version of a file that is to be read as it is.
pub(super) fn check(connection: &Connection, steps: &[&str]) -> Result<i64, JournalError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    let (found, known) = (version.map_err(|error| told(&error))?, steps.len() as i64);
    match found {
        0 => Err(JournalError::Damaged("the file has no tables".into())),
        _ if found > known => Err(JournalError::Newer { found, known }),
        _ => Ok(found),
    }
}

/// Brings a file to the newest version; two processes may do it at once.
pub(super) fn migrate(connection: &Connection, steps: &[&str]) -> Result<(), JournalError> {
    let version = |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    let known = steps.len() as i64;
    let run = || -> rusqlite::Result<i64> {
        if version(connection)? == known {
            return Ok(known);
        }
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let found = version(&transaction)?;
        for (number, step) in (1_i64..).zip(steps).skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
        transaction.commit()?;
        Ok(found)
    };
    let found = run().map_err(|error| told(&error))?;
    if found > known {
        Err(JournalError::Newer { found, known })
    } else {
        Ok(())
    }
}
