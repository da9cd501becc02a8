//! Collections in an SQLite file, with a writer thread of their own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::{Durability, Pool, connect, off_thread, schema, told};
use crate::collections::{Cursor, Document, Listed, Order};
use crate::documents::{Final, Place, Prepared, Standing, Write, plan};
use crate::error::{JournalError, WriteError};
use crate::front::{Front, Reply};
use crate::limits;

/// A file of collections.
pub(crate) struct SqliteDocuments {
    readers: Arc<Pool>,
    pub finished: watch::Receiver<()>,
}

impl SqliteDocuments {
    /// Opens or creates the file and starts its writer.
    pub async fn open(file: PathBuf, durability: Durability) -> Result<(Self, mpsc::Sender<Write>), JournalError> {
        let (queue, mut front) = Front::new(limits::QUEUE_WRITES_MAX, limits::GROUP_WRITES_MAX);
        let (finished_sender, finished) = watch::channel(());
        let path = file.clone();
        off_thread(move || {
            let connection = connect(&path, durability)?;
            schema::migrate(&connection, schema::DOCUMENTS)?;
            let writer = move || {
                while let Some(group) = front.gather_blocking() {
                    commit(&connection, group);
                }
                drop(connection);
                drop(finished_sender);
            };
            let thread = std::thread::Builder::new().name("journal-documents".into()).spawn(writer);
            thread
                .map(drop)
                .map_err(|error| JournalError::Unavailable(format!("no thread for the writer: {error}")))
        })
        .await?;
        Ok((
            SqliteDocuments {
                readers: Pool::new(file, durability),
                finished,
            },
            queue,
        ))
    }

    pub async fn get_many(&self, collection: String, keys: Vec<String>) -> Result<Vec<Option<Document>>, JournalError> {
        let read = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("SELECT key, doc, revision, 0 FROM documents WHERE collection = ?1 AND key = ?2")?;
            let one = |key: String| Ok(statement.query_row([&collection, &key], listed).optional()?.map(|listed| listed.1));
            keys.into_iter().map(one).collect()
        };
        self.readers.point(read).await
    }

    pub async fn list(
        &self,
        collection: String,
        tag: String,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Listed, JournalError> {
        let (than, direction) = match order {
            Order::Ascending => (">", "ASC"),
            Order::Descending => ("<", "DESC"),
        };
        let from_start = after.is_none();
        let (sort, key) = after.unwrap_or_default();
        let sql = if tag.is_empty() {
            format!(
                "SELECT key, doc, revision, 0 FROM documents WHERE collection = ?1 AND ?2 = '' AND ?4 = ?4 AND (?3 OR key {than} ?5)
                 ORDER BY key {direction} LIMIT ?6"
            )
        } else {
            format!(
                "SELECT d.key, d.doc, d.revision, t.sort FROM tags t JOIN documents d ON d.collection = t.collection AND d.key = t.key
                 WHERE t.collection = ?1 AND t.tag = ?2 AND {} ORDER BY t.sort {direction}, t.key {direction} LIMIT ?6",
                if from_start {
                    "?3 AND ?4 = ?4 AND ?5 = ?5".to_owned()
                } else {
                    format!("NOT ?3 AND (t.sort, t.key) {than} (?4, ?5)")
                }
            )
        };
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            statement
                .query_map(params![collection, tag, from_start, sort, key, limit as i64], listed)?
                .collect()
        };
        self.readers.read(read).await
    }

    pub async fn count(&self, collection: String, tag: String) -> Result<u64, JournalError> {
        let sql = if tag.is_empty() {
            "SELECT count(*) FROM documents WHERE collection = ?1 AND ?2 = ''"
        } else {
            "SELECT count(*) FROM tags WHERE collection = ?1 AND tag = ?2"
        };
        let read = move |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_row([collection, tag], |row| row.get::<_, i64>(0))
        };
        Ok(self.readers.read(read).await? as u64)
    }

    pub async fn count_below(&self, collection: String, tag: String, sort: i64) -> Result<u64, JournalError> {
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT count(*) FROM tags WHERE collection = ?1 AND tag = ?2 AND sort < ?3")?
                .query_row(params![collection, tag, sort], |row| row.get::<_, i64>(0))
        };
        Ok(self.readers.read(read).await? as u64)
    }
}

fn listed(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Document)> {
    let text: String = row.get(1)?;
    let doc: Value =
        serde_json::from_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error)))?;
    Ok((
        row.get(3)?,
        Document {
            key: row.get(0)?,
            doc,
            revision: row.get::<_, i64>(2)? as u64,
        },
    ))
}

fn commit(connection: &Connection, group: Vec<Write>) {
    let mut writes: Vec<(Vec<Prepared>, Reply<u64, WriteError>)> = Vec::new();
    for write in group {
        match write {
            Write::Changes(changes, reply) => writes.push((changes, reply)),
            Write::Drop(collection, reply) => {
                // What was asked for earlier is written earlier.
                commit_changes(connection, std::mem::take(&mut writes));
                let more = inside(connection, || drop_some(connection, &collection));
                _ = reply.send(more.map_err(|error| told(&error)));
            }
            Write::Close => {}
        }
    }
    commit_changes(connection, writes);
}

fn commit_changes(connection: &Connection, writes: Vec<(Vec<Prepared>, Reply<u64, WriteError>)>) {
    if writes.is_empty() {
        return;
    }
    match inside(connection, || change(connection, &writes)) {
        Ok(outcomes) => writes
            .into_iter()
            .zip(outcomes)
            .for_each(|(write, outcome)| _ = write.1.send(outcome)),
        Err(error) => {
            let why = told(&error);
            writes.into_iter().for_each(|write| _ = write.1.send(Err(why.clone().into())));
        }
    }
}

fn inside<T>(connection: &Connection, work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let done = work().and_then(|done| connection.prepare_cached("COMMIT")?.execute([]).map(|_| done));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done
}

type Outcomes = Vec<Result<u64, WriteError>>;

fn change(connection: &Connection, writes: &[(Vec<Prepared>, Reply<u64, WriteError>)]) -> rusqlite::Result<Outcomes> {
    let last: i64 = connection
        .prepare_cached("SELECT last FROM revision WHERE id = 1")?
        .query_row([], |row| row.get(0))?;
    let mut standing = HashMap::new();
    let mut known = connection.prepare_cached("SELECT revision, tags FROM documents WHERE collection = ?1 AND key = ?2")?;
    for change in writes.iter().flat_map(|write| &write.0) {
        let row = known.query_row([&change.collection, &change.key], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        });
        if let Some((revision, tags)) = row.optional()? {
            let tags = serde_json::from_str(&tags).unwrap_or_default();
            standing.insert(
                change.place(),
                Standing {
                    revision: revision as u64,
                    tags,
                },
            );
        }
    }
    let (outcomes, finals, newest) = plan(&standing, last as u64, writes.iter().map(|write| &write.0[..]));
    finals
        .iter()
        .try_for_each(|document| store(connection, document, standing.get(&document.place)))?;
    if newest != last as u64 {
        connection
            .prepare_cached("UPDATE revision SET last = ?1 WHERE id = 1")?
            .execute([newest as i64])?;
    }
    Ok(outcomes)
}

fn store(connection: &Connection, document: &Final<'_>, standing: Option<&Standing>) -> rusqlite::Result<()> {
    let (collection, key): Place<'_> = document.place;
    let tags = document.doc.map_or(&[][..], |doc| &doc.tags[..]);
    let before = standing.map_or(&[][..], |standing| &standing.tags[..]);
    if before != tags {
        let mut remove = connection.prepare_cached("DELETE FROM tags WHERE collection = ?1 AND tag = ?2 AND sort = ?3 AND key = ?4")?;
        for (tag, sort) in before.iter().filter(|tag| !tags.contains(tag)) {
            remove.execute(params![collection, tag, sort, key])?;
        }
        let mut add = connection.prepare_cached("INSERT INTO tags(collection, tag, sort, key) VALUES(?1, ?2, ?3, ?4)")?;
        for (tag, sort) in tags.iter().filter(|tag| !before.contains(tag)) {
            add.execute(params![collection, tag, sort, key])?;
        }
    }
    match document.doc {
        Some(doc) => connection
            .prepare_cached(
                "INSERT INTO documents(collection, key, revision, doc, tags) VALUES(?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT(collection, key) DO UPDATE SET revision = excluded.revision, doc = excluded.doc, tags = excluded.tags",
            )?
            .execute(params![
                collection,
                key,
                document.revision as i64,
                doc.text,
                serde_json::json!(tags).to_string()
            ])?,
        None => connection
            .prepare_cached("DELETE FROM documents WHERE collection = ?1 AND key = ?2")?
            .execute([collection, key])?,
    };
    Ok(())
}

/// Removes some documents, each with its tags.
fn drop_some(connection: &Connection, collection: &str) -> rusqlite::Result<bool> {
    let mut find = connection.prepare_cached("SELECT id, key, tags FROM documents WHERE collection = ?1 LIMIT ?2")?;
    let found = find.query_map(params![collection, limits::DROP_DOCUMENTS as i64], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let found: Vec<(i64, String, String)> = found.collect::<rusqlite::Result<_>>()?;
    let mut remove_tag = connection.prepare_cached("DELETE FROM tags WHERE collection = ?1 AND tag = ?2 AND sort = ?3 AND key = ?4")?;
    let mut remove = connection.prepare_cached("DELETE FROM documents WHERE id = ?1")?;
    for (id, key, tags) in &found {
        let tags: Vec<(String, i64)> = serde_json::from_str(tags).unwrap_or_default();
        for (tag, sort) in &tags {
            remove_tag.execute(params![collection, tag, sort, key])?;
        }
        remove.execute([id])?;
    }
    Ok(found.len() == limits::DROP_DOCUMENTS)
}
