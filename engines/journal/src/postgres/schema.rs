//! The tables in PostgreSQL, and the steps from one version of them to the next.

use tokio_postgres::Client;

use super::{Link, bounded, told};
use crate::chain;
use crate::error::JournalError;

/// Each step brings the schema from its number to the next; steps are only ever added.
const STEPS: &[&str] = &[
    r#"
    CREATE TABLE journal.head(id INT PRIMARY KEY CHECK (id = 1), position BIGINT NOT NULL, hash BYTEA NOT NULL, streams BIGINT NOT NULL);
    CREATE SEQUENCE journal.writer;
    CREATE TABLE journal.writers(writer BIGINT PRIMARY KEY, batch BIGINT NOT NULL);
    CREATE TABLE journal.streams(id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE, version BIGINT NOT NULL);
    CREATE TABLE journal.events(position BIGINT PRIMARY KEY, stream BIGINT NOT NULL, version BIGINT NOT NULL, nth INT NOT NULL,
        kind TEXT NOT NULL, data BYTEA NOT NULL, at_ms BIGINT NOT NULL, hash BYTEA NOT NULL, record BYTEA, UNIQUE(stream, version));
    CREATE TABLE journal.holds(space TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, stream TEXT NOT NULL, until_ms BIGINT,
        PRIMARY KEY(space, key));
    CREATE TABLE journal.effects(position BIGINT NOT NULL, idx INT NOT NULL, stream BIGINT NOT NULL, kind TEXT NOT NULL, data BYTEA NOT NULL,
        due_ms BIGINT NOT NULL, attempts INT NOT NULL DEFAULT 0, state SMALLINT NOT NULL DEFAULT 0, error TEXT, PRIMARY KEY(position, idx));
    CREATE INDEX effects_due ON journal.effects(due_ms, position, idx) WHERE state = 0;
    CREATE INDEX effects_waiting ON journal.effects(stream, position, idx) WHERE state = 0;
    CREATE TABLE journal.answers(key TEXT COLLATE "C" PRIMARY KEY, digest BYTEA NOT NULL, body BYTEA NOT NULL, at_ms BIGINT NOT NULL);
    CREATE TABLE journal.records_revision(id INT PRIMARY KEY CHECK (id = 1), last BIGINT NOT NULL);
    INSERT INTO journal.records_revision VALUES(1, 0);
    CREATE TABLE journal.records_documents(collection TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, revision BIGINT NOT NULL,
        doc TEXT NOT NULL, tags TEXT NOT NULL, PRIMARY KEY(collection, key));
    CREATE TABLE journal.records_tags(collection TEXT COLLATE "C" NOT NULL, tag TEXT COLLATE "C" NOT NULL, sort BIGINT NOT NULL,
        key TEXT COLLATE "C" NOT NULL, PRIMARY KEY(collection, tag, sort, key));
    CREATE TABLE journal.views_revision(LIKE journal.records_revision INCLUDING ALL);
    INSERT INTO journal.views_revision VALUES(1, 0);
    CREATE TABLE journal.views_documents(LIKE journal.records_documents INCLUDING ALL);
    CREATE TABLE journal.views_tags(LIKE journal.records_tags INCLUDING ALL);
"#,
    r#"
    CREATE TABLE journal.moved(id INT PRIMARY KEY CHECK (id = 1), destination TEXT NOT NULL, at_ms BIGINT NOT NULL);
"#,
];

/// Checks that the tables can be read as they are.
pub(super) async fn check(client: &Client) -> Result<(), JournalError> {
    let row = bounded(client.query_opt("SELECT version FROM journal.schema", &[])).await?;
    let (found, known) = (row.map_or(0, |row| row.get::<_, i64>(0)), STEPS.len() as i64);
    match found {
        0 => Err(JournalError::Damaged("the journal has no tables".into())),
        _ if found > known => Err(JournalError::Newer { found, known }),
        _ => Ok(()),
    }
}

/// Brings the database to the newest version; two processes may do it at once.
pub(super) async fn migrate(link: &Link) -> Result<(), JournalError> {
    let found = steps(link).await.map_err(|error| told(&error))?;
    let known = STEPS.len() as i64;
    if found > known {
        Err(JournalError::Newer { found, known })
    } else {
        Ok(())
    }
}

async fn steps(link: &Link) -> Result<i64, tokio_postgres::Error> {
    let client = link.client();
    // The number only has to be one that nothing else in this database locks.
    client
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7191840330165523001)")
        .await?;
    client
        .batch_execute("CREATE SCHEMA IF NOT EXISTS journal; CREATE TABLE IF NOT EXISTS journal.schema(version BIGINT NOT NULL)")
        .await?;
    let found = client
        .query_opt("SELECT version FROM journal.schema", &[])
        .await?
        .map_or(0, |row| row.get::<_, i64>(0));
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        client.batch_execute(step).await?;
    }
    if found == 0 {
        let genesis = chain::genesis();
        client
            .execute("INSERT INTO journal.head VALUES(1, 0, $1, 0)", &[&&genesis[..]])
            .await?;
        client
            .execute("INSERT INTO journal.schema VALUES($1)", &[&(STEPS.len() as i64)])
            .await?;
    } else if found < STEPS.len() as i64 {
        client
            .execute("UPDATE journal.schema SET version = $1", &[&(STEPS.len() as i64)])
            .await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(found)
}
