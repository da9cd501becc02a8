//! Collections in PostgreSQL, with a writer task of their own for each set.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use super::line::{Line, Miss, NOTE};
use super::{Habit, Link, Pool, bounded};
use crate::collections::{Cursor, Document, Listed, Order};
use crate::documents::{Final, Place, Prepared, Standing, Write, plan};
use crate::error::{JournalError, WriteError};
use crate::front::{Front, Reply};
use crate::limits;

/// A set of collections.
pub(crate) struct PostgresDocuments {
    readers: Arc<Pool>,
    kind: &'static str,
    pub finished: watch::Receiver<()>,
}

/// The statements of one set of collections.
struct Sql {
    lock: String,
    standing: String,
    remove_tags: String,
    remove: String,
    add_tags: String,
    put: String,
    revision: String,
    some: String,
}

impl Sql {
    fn new(kind: &str) -> Self {
        let place = "unnest($1::text[], $2::text[]) a(collection, key)";
        Sql {
            lock: format!("SELECT last FROM journal.{kind}_revision WHERE id = 1 FOR UPDATE"),
            standing: format!(
                "SELECT d.collection, d.key, d.revision, d.tags FROM {place}
                 JOIN journal.{kind}_documents d ON d.collection = a.collection AND d.key = a.key"
            ),
            remove_tags: format!(
                "DELETE FROM journal.{kind}_tags t USING unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) a(collection, key, tag, sort)
                 WHERE t.collection = a.collection AND t.tag = a.tag AND t.sort = a.sort AND t.key = a.key"
            ),
            remove: format!("DELETE FROM journal.{kind}_documents d USING {place} WHERE d.collection = a.collection AND d.key = a.key"),
            add_tags: format!(
                "INSERT INTO journal.{kind}_tags(collection, key, tag, sort)
                 SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])"
            ),
            put: format!(
                "INSERT INTO journal.{kind}_documents(collection, key, revision, doc, tags)
                 SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
                 ON CONFLICT(collection, key) DO UPDATE SET revision = excluded.revision, doc = excluded.doc, tags = excluded.tags"
            ),
            revision: format!("UPDATE journal.{kind}_revision SET last = $1 WHERE id = 1"),
            some: format!("SELECT collection, key, revision, tags FROM journal.{kind}_documents WHERE collection = $1 LIMIT $2"),
        }
    }
}

impl PostgresDocuments {
    /// Starts the writer of a set, `records` or `views`.
    pub async fn open(readers: &Arc<Pool>, kind: &'static str) -> Result<(Self, mpsc::Sender<Write>), JournalError> {
        let (queue, mut front) = Front::new(limits::QUEUE_WRITES_MAX, limits::GROUP_WRITES_MAX);
        let (finished_sender, finished) = watch::channel(());
        let sql = Sql::new(kind);
        let habit = if kind == "views" { Habit::WriteRebuildable } else { Habit::Write };
        let mut line = Line::open(readers.address(), habit, sql.lock.clone()).await?;
        tokio::spawn(async move {
            while let Some(group) = front.gather().await {
                commit(&mut line, &sql, group).await;
            }
            line.close().await;
            drop(finished_sender);
        });
        Ok((
            PostgresDocuments {
                readers: Arc::clone(readers),
                kind,
                finished,
            },
            queue,
        ))
    }

    async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, JournalError> {
        let read = |link: Arc<Link>| async move {
            let statement = link.prepare(sql).await?;
            link.client().query(&statement, values).await
        };
        self.readers.read(read).await
    }

    pub async fn get_many(&self, collection: String, keys: Vec<String>) -> Result<Vec<Option<Document>>, JournalError> {
        let sql = format!(
            "SELECT key, doc, revision, 0::bigint FROM journal.{}_documents WHERE collection = $1 AND key = ANY($2)",
            self.kind
        );
        let rows = self.rows(&sql, &[&collection, &keys]).await?;
        let found = rows
            .iter()
            .map(|row| Ok((row.get::<_, String>(0), listed(row)?.1)))
            .collect::<Result<HashMap<_, _>, JournalError>>()?;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
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
        let (kind, limit) = (self.kind, limit as i64);
        let rows = if tag.is_empty() {
            let from = if after.is_some() {
                format!("AND key {than} $3")
            } else {
                "AND $3 = ''".to_owned()
            };
            let sql = format!(
                "SELECT key, doc, revision, 0::bigint FROM journal.{kind}_documents WHERE collection = $1 {from} ORDER BY key {direction} LIMIT $2"
            );
            let (_, key) = after.unwrap_or_default();
            self.rows(&sql, &[&collection, &limit, &key]).await?
        } else {
            let from = if after.is_some() {
                format!("(t.sort, t.key) {than} ($4, $5)")
            } else {
                "$4 = 0::bigint AND $5 = ''".to_owned()
            };
            let sql = format!(
                "SELECT d.key, d.doc, d.revision, t.sort FROM journal.{kind}_tags t
                 JOIN journal.{kind}_documents d ON d.collection = t.collection AND d.key = t.key
                 WHERE t.collection = $1 AND t.tag = $2 AND {from} ORDER BY t.sort {direction}, t.key {direction} LIMIT $3"
            );
            let (sort, key) = after.unwrap_or_default();
            self.rows(&sql, &[&collection, &tag, &limit, &sort, &key]).await?
        };
        rows.iter().map(listed).collect()
    }

    pub async fn count(&self, collection: String, tag: String) -> Result<u64, JournalError> {
        let kind = self.kind;
        let rows = if tag.is_empty() {
            self.rows(
                &format!("SELECT count(*) FROM journal.{kind}_documents WHERE collection = $1"),
                &[&collection],
            )
            .await?
        } else {
            let sql = format!("SELECT count(*) FROM journal.{kind}_tags WHERE collection = $1 AND tag = $2");
            self.rows(&sql, &[&collection, &tag]).await?
        };
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0) as u64))
    }

    pub async fn count_below(&self, collection: String, tag: String, sort: i64) -> Result<u64, JournalError> {
        let sql = format!(
            "SELECT count(*) FROM journal.{}_tags WHERE collection = $1 AND tag = $2 AND sort < $3",
            self.kind
        );
        let rows = self.rows(&sql, &[&collection, &tag, &sort]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0) as u64))
    }
}

fn listed(row: &Row) -> Result<(i64, Document), JournalError> {
    let key: String = row.get(0);
    let doc = serde_json::from_str(row.get(1)).map_err(|error| JournalError::Damaged(format!("document {key}: {error}")))?;
    Ok((
        row.get(3),
        Document {
            key,
            doc,
            revision: row.get::<_, i64>(2) as u64,
        },
    ))
}

type Waiting = Vec<(Vec<Prepared>, Reply<u64, WriteError>)>;

async fn commit(line: &mut Line, sql: &Sql, group: Vec<Write>) {
    let mut writes: Waiting = Vec::new();
    for write in group {
        match write {
            Write::Changes(changes, reply) => writes.push((changes, reply)),
            Write::Drop(collection, reply) => {
                // What was asked for earlier is written earlier.
                commit_changes(line, sql, std::mem::take(&mut writes)).await;
                _ = reply.send(drop_some(line, sql, &collection).await);
            }
            Write::Close => {}
        }
    }
    commit_changes(line, sql, writes).await;
}

async fn commit_changes(line: &mut Line, sql: &Sql, writes: Waiting) {
    if writes.is_empty() {
        return;
    }
    match write(line, sql, &writes).await {
        Ok(outcomes) => writes
            .into_iter()
            .zip(outcomes)
            .for_each(|(write, outcome)| _ = write.1.send(outcome)),
        Err(why) => writes.into_iter().for_each(|write| _ = write.1.send(Err(why.clone().into()))),
    }
}

type Outcomes = Vec<Result<u64, WriteError>>;

/// Writes the group; begins once more when the connection turned out to be lost and nothing was written.
async fn write(line: &mut Line, sql: &Sql, writes: &Waiting) -> Result<Outcomes, JournalError> {
    let mut again = true;
    loop {
        line.batch += 1;
        let note = (line.writer, line.batch);
        let link = line.link().await?;
        let (standing, last) = match bounded(standing(link, sql, writes)).await {
            Ok(standing) => standing,
            Err(why) => {
                let lost = link.client().is_closed();
                line.drop_link();
                if lost && std::mem::take(&mut again) {
                    continue;
                }
                return Err(why);
            }
        };
        let (outcomes, finals, newest) = plan(&standing, last, writes.iter().map(|write| &write.0[..]));
        let limit = std::time::Duration::from_millis(limits::POSTGRES_ANSWER_MS_MAX);
        let miss = match tokio::time::timeout(limit, store(link, sql, &standing, &finals, newest, note)).await {
            Ok(Ok(())) => return Ok(outcomes),
            Ok(Err(error)) => line.doubt(&error),
            Err(_) => Miss::Doubt(JournalError::Unavailable("PostgreSQL does not answer".into())),
        };
        match miss {
            Miss::Nothing(why) => {
                line.drop_link();
                return Err(why);
            }
            Miss::Doubt(why) => {
                if line.landed().await? {
                    return Ok(outcomes);
                }
                if !std::mem::take(&mut again) {
                    return Err(why);
                }
            }
        }
    }
}

type AllStanding<'a> = HashMap<Place<'a>, Standing>;

/// Takes the lock and reads what stands, in one round trip.
async fn standing<'a>(link: &Link, sql: &Sql, writes: &'a Waiting) -> Result<(AllStanding<'a>, u64), Error> {
    let places = writes
        .iter()
        .flat_map(|write| &write.0)
        .map(|change| (change.place(), change.place()));
    let places: HashMap<Place<'_>, Place<'a>> = places.collect();
    let (collections, keys): (Vec<&str>, Vec<&str>) = places.keys().copied().unzip();
    let (lock, known) = (link.prepare(&sql.lock).await?, link.prepare(&sql.standing).await?);
    let client = link.client();
    let (begun, last, rows) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        client.query_one(&lock, &[]),
        async { client.query(&known, &[&collections, &keys]).await },
    );
    begun?;
    let (last, rows) = (last?.get::<_, i64>(0), rows?);
    let mut standing = HashMap::new();
    for row in &rows {
        if let Some(place) = places.get(&(row.get::<_, &str>(0), row.get::<_, &str>(1))) {
            standing.insert(*place, standing_row(row));
        }
    }
    Ok((standing, last as u64))
}

fn standing_row(row: &Row) -> Standing {
    Standing {
        revision: row.get::<_, i64>(2) as u64,
        tags: serde_json::from_str(row.get(3)).unwrap_or_default(),
    }
}

/// Columns of tags: collection, key, tag, sort.
#[derive(Default)]
struct TagColumns<'a>(Vec<&'a str>, Vec<&'a str>, Vec<&'a str>, Vec<i64>);

impl<'a> TagColumns<'a> {
    fn extend(&mut self, place: Place<'a>, tags: impl Iterator<Item = &'a (String, i64)>) {
        for (tag, sort) in tags {
            self.0.push(place.0);
            self.1.push(place.1);
            self.2.push(tag);
            self.3.push(*sort);
        }
    }
}

async fn execute(link: &Link, rows: usize, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<(), Error> {
    if rows == 0 {
        return Ok(());
    }
    let statement = link.prepare(sql).await?;
    link.client().execute(&statement, values).await.map(drop)
}

/// Writes what the group leaves, and commits, in one round trip.
async fn store(
    link: &Link,
    sql: &Sql,
    standing: &AllStanding<'_>,
    finals: &[Final<'_>],
    newest: u64,
    note: (i64, i64),
) -> Result<(), Error> {
    let (mut off, mut on) = (TagColumns::default(), TagColumns::default());
    let mut removed = (Vec::new(), Vec::new());
    let mut put = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for document in finals {
        let before = standing.get(&document.place).map_or(&[][..], |standing| &standing.tags[..]);
        let tags = document.doc.map_or(&[][..], |doc| &doc.tags[..]);
        off.extend(document.place, before.iter().filter(|tag| !tags.contains(tag)));
        on.extend(document.place, tags.iter().filter(|tag| !before.contains(tag)));
        let (collection, key) = document.place;
        match document.doc {
            Some(doc) => {
                put.0.push(collection);
                put.1.push(key);
                put.2.push(document.revision as i64);
                put.3.push(&doc.text[..]);
                put.4.push(serde_json::json!(tags).to_string());
            }
            None => {
                removed.0.push(collection);
                removed.1.push(key);
            }
        }
    }
    for text in [&sql.remove_tags, &sql.remove, &sql.put, &sql.add_tags, &sql.revision, NOTE] {
        link.prepare(text).await?;
    }
    let newest = newest as i64;
    let (tags_off, gone, stored, tags_on, revision, noted, committed) = tokio::join!(
        biased;
        async { execute(link, off.0.len(), &sql.remove_tags, &[&off.0, &off.1, &off.2, &off.3]).await },
        async { execute(link, removed.0.len(), &sql.remove, &[&removed.0, &removed.1]).await },
        async { execute(link, put.0.len(), &sql.put, &[&put.0, &put.1, &put.2, &put.3, &put.4]).await },
        async { execute(link, on.0.len(), &sql.add_tags, &[&on.0, &on.1, &on.2, &on.3]).await },
        async { execute(link, 1, &sql.revision, &[&newest]).await },
        async { execute(link, 1, NOTE, &[&note.0, &note.1]).await },
        link.client().batch_execute("COMMIT"),
    );
    tags_off.and(gone).and(stored).and(tags_on).and(revision).and(noted)?;
    committed
}

/// Removes some documents, each with its tags; tells whether there may be more. Repeating it does no harm, so doubt needs no look.
async fn drop_some(line: &mut Line, sql: &Sql, collection: &str) -> Result<bool, JournalError> {
    let link = line.link().await?;
    let step = async {
        let client = link.client();
        client.batch_execute("BEGIN").await?;
        client.query(&sql.lock, &[]).await?;
        let found = client.query(&sql.some, &[&collection, &(limits::DROP_DOCUMENTS as i64)]).await?;
        let standing: Vec<_> = found.iter().map(|row| (row.get::<_, &str>(1), standing_row(row))).collect();
        let mut tags = TagColumns::default();
        standing
            .iter()
            .for_each(|(key, standing)| tags.extend((collection, key), standing.tags.iter()));
        let keys: Vec<_> = standing.iter().map(|row| row.0).collect();
        execute(link, tags.0.len(), &sql.remove_tags, &[&tags.0, &tags.1, &tags.2, &tags.3]).await?;
        execute(link, keys.len(), &sql.remove, &[&vec![collection; keys.len()], &keys]).await?;
        client.batch_execute("COMMIT").await?;
        Ok(found.len() == limits::DROP_DOCUMENTS)
    };
    let more = bounded(step).await;
    if more.is_err() {
        line.drop_link();
    }
    more
}
