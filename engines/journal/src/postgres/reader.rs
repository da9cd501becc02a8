//! Reading the journal in PostgreSQL.

use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row};

use super::{Habit, Link, Postgres, told, writer};
use crate::batch::HeadRow;
use crate::error::JournalError;
use crate::verify::{Piece, RawEvent};
use crate::{DecisionRecord, DueEffect, Effect, EffectKey, EffectState, Hold, Recorded, StoredAnswer, limits};

macro_rules! recorded {
    ($rest:literal) => {
        concat!(
            "SELECT e.position, s.name, e.version, e.kind, e.data, e.at_ms, e.hash FROM journal.events e JOIN journal.streams s ON s.id = e.stream ",
            $rest
        )
    };
}
macro_rules! effects {
    ($rest:literal) => {
        concat!(
            "SELECT f.position, f.idx, s.name, f.kind, f.data, f.due_ms, f.attempts, f.state, f.error
             FROM journal.effects f JOIN journal.streams s ON s.id = f.stream ",
            $rest
        )
    };
}

const BY_STREAM: &str = recorded!("WHERE s.name = $1 AND e.version > $2 ORDER BY e.version LIMIT $3");
const BY_POSITION: &str = recorded!("WHERE e.position > $1 ORDER BY e.position LIMIT $2");
const RECORDS: &str =
    "SELECT e.position, e.version, e.nth, e.at_ms, e.record FROM journal.events e JOIN journal.streams s ON s.id = e.stream
    WHERE s.name = $1 ORDER BY e.version";
const HEAD: &str = "SELECT position, hash, streams FROM journal.head WHERE id = 1";
const HOLDER: &str = "SELECT stream, until_ms FROM journal.holds WHERE space = $1 AND key = $2";
const ANSWER: &str = "SELECT key, digest, body, at_ms FROM journal.answers WHERE key = $1";
const DUE: &str = effects!(
    "WHERE f.state = 0 AND f.due_ms <= $1 AND NOT EXISTS (SELECT 1 FROM journal.effects b WHERE b.state = 0 AND b.stream = f.stream
       AND (b.position, b.idx) < (f.position, f.idx) AND (b.due_ms <= $1 OR b.attempts > 0))
     ORDER BY f.due_ms, f.position, f.idx LIMIT $2"
);
const NEXT_DUE: &str = "SELECT min(due_ms) FROM journal.effects WHERE state = 0 AND due_ms > $1";
const OVERDUE: &str = "SELECT count(*), min(due_ms) FROM journal.effects WHERE state = 0 AND due_ms <= $1";
const EFFECTS_OF: &str = effects!(
    "WHERE f.position IN (SELECT position FROM journal.events WHERE stream = (SELECT id FROM journal.streams WHERE name = $1))
     ORDER BY f.position, f.idx"
);

fn recorded(row: &Row) -> Result<Recorded, JournalError> {
    let position = row.get::<_, i64>(0) as u64;
    let hash = <[u8; 32]>::try_from(row.get::<_, &[u8]>(6));
    Ok(Recorded {
        position,
        stream: row.get(1),
        version: row.get::<_, i64>(2) as u64,
        kind: row.get(3),
        data: row.get(4),
        at_ms: row.get(5),
        hash: hash.map_err(|_| JournalError::Damaged(format!("the hash at {position} is not 32 bytes")))?,
    })
}

fn effect(row: &Row) -> Effect {
    let effect = DueEffect {
        key: EffectKey {
            position: row.get::<_, i64>(0) as u64,
            index: row.get::<_, i32>(1) as u32,
        },
        stream: row.get(2),
        kind: row.get(3),
        data: row.get(4),
        due_ms: row.get(5),
        attempts: row.get::<_, i32>(6) as u32,
    };
    let state = match row.get::<_, i16>(7) {
        0 => EffectState::Pending,
        1 => EffectState::Done,
        _ => EffectState::Failed,
    };
    Effect {
        effect,
        state,
        error: row.get(8),
    }
}

impl Postgres {
    async fn rows(&self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, JournalError> {
        let read = |link: std::sync::Arc<Link>| async move {
            let statement = link.prepare(sql).await?;
            link.client().query(&statement, values).await
        };
        self.readers.read(read).await
    }

    pub async fn read_stream(&self, stream: String, after: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        self.rows(BY_STREAM, &[&stream, &(after as i64), &(limit as i64)])
            .await?
            .iter()
            .map(recorded)
            .collect()
    }

    pub async fn read_from(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        self.rows(BY_POSITION, &[&(after as i64), &(limit as i64)])
            .await?
            .iter()
            .map(recorded)
            .collect()
    }

    pub async fn records_of(&self, stream: String) -> Result<Vec<DecisionRecord>, JournalError> {
        let mut records: Vec<DecisionRecord> = Vec::new();
        for row in &self.rows(RECORDS, &[&stream]).await? {
            match records.last_mut() {
                Some(record) if row.get::<_, i32>(2) > 0 => record.events += 1,
                _ => records.push(DecisionRecord {
                    first_position: row.get::<_, i64>(0) as u64,
                    first_version: row.get::<_, i64>(1) as u64,
                    events: 1,
                    at_ms: row.get(3),
                    record: row.get::<_, Option<Vec<u8>>>(4).unwrap_or_default(),
                }),
            }
        }
        Ok(records)
    }

    pub async fn head(&self) -> Result<HeadRow, JournalError> {
        let rows = self.rows(HEAD, &[]).await?;
        rows.first()
            .map(writer::head_row)
            .ok_or_else(|| JournalError::Damaged("the head is missing".into()))
    }

    pub async fn holder(&self, space: String, key: String) -> Result<Option<Hold>, JournalError> {
        let rows = self.rows(HOLDER, &[&space, &key]).await?;
        Ok(rows.first().map(|row| Hold {
            stream: row.get(0),
            until_ms: row.get(1),
        }))
    }

    pub async fn answer(&self, key: String) -> Result<Option<StoredAnswer>, JournalError> {
        Ok(self.rows(ANSWER, &[&key]).await?.first().map(writer::answer_row))
    }

    pub async fn due_effects(&self, now_ms: i64, limit: usize) -> Result<Vec<DueEffect>, JournalError> {
        Ok(self
            .rows(DUE, &[&now_ms, &(limit as i64)])
            .await?
            .iter()
            .map(|row| effect(row).effect)
            .collect())
    }

    pub async fn next_due(&self, after_ms: i64) -> Result<Option<i64>, JournalError> {
        Ok(self.rows(NEXT_DUE, &[&after_ms]).await?.first().and_then(|row| row.get(0)))
    }

    pub async fn overdue(&self, now_ms: i64) -> Result<(i64, Option<i64>), JournalError> {
        let rows = self.rows(OVERDUE, &[&now_ms]).await?;
        Ok(rows.first().map_or((0, None), |row| (row.get(0), row.get(1))))
    }

    pub async fn effects_of(&self, stream: String) -> Result<Vec<Effect>, JournalError> {
        Ok(self.rows(EFFECTS_OF, &[&stream]).await?.iter().map(effect).collect())
    }

    /// Sends the whole journal as one moment saw it, piece by piece, on a connection of its own.
    pub async fn snapshot(&self, pieces: mpsc::Sender<Piece>) -> Result<(), JournalError> {
        let link = Link::connect(self.readers.address(), Habit::Read).await?;
        let sent = async {
            let client = link.client();
            client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            send(client, &pieces).await?;
            client.batch_execute("ROLLBACK").await
        };
        sent.await.map_err(|error| told(&error))
    }
}

/// Sends what the transaction of this connection sees. Stops without an error when nobody listens any more: the verification has
/// found what is wrong.
pub(super) async fn send(client: &Client, pieces: &mpsc::Sender<Piece>) -> Result<(), Error> {
    let step = limits::VERIFY_ROWS as i64;
    let head = writer::head_row(&client.query_one(HEAD, &[]).await?);
    let mut going = pieces.send(Piece::Head(head)).await.is_ok();
    let events = client
        .prepare(
            "SELECT e.position, e.stream, s.name, e.version, e.nth, e.kind, e.data, e.at_ms, e.hash, e.record
             FROM journal.events e LEFT JOIN journal.streams s ON s.id = e.stream WHERE e.position > $1 ORDER BY e.position LIMIT $2",
        )
        .await?;
    let mut last = 0_i64;
    while going {
        let rows = client.query(&events, &[&last, &step]).await?;
        let Some(end) = rows.last() else { break };
        last = end.get(0);
        going = pieces.send(Piece::Events(rows.iter().map(raw_event).collect())).await.is_ok();
    }
    let streams = client
        .prepare("SELECT id, version FROM journal.streams WHERE id > $1 ORDER BY id LIMIT $2")
        .await?;
    let mut last = i64::MIN;
    while going {
        let rows = client.query(&streams, &[&last, &step]).await?;
        let Some(end) = rows.last() else { break };
        last = end.get(0);
        let piece = rows
            .iter()
            .map(|row| (row.get::<_, i64>(0) as u64, row.get::<_, i64>(1) as u64))
            .collect();
        going = pieces.send(Piece::Streams(piece)).await.is_ok();
    }
    let orphan = "SELECT f.position FROM journal.effects f LEFT JOIN journal.events e ON e.position = f.position
        WHERE e.stream IS DISTINCT FROM f.stream LIMIT 1";
    let orphan = client.query_opt(orphan, &[]).await?.map(|row| row.get::<_, i64>(0) as u64);
    if going {
        // The listener may have found a fault in the last piece and left.
        _ = pieces.send(Piece::End { orphan }).await;
    }
    Ok(())
}

fn raw_event(row: &Row) -> RawEvent {
    RawEvent {
        position: row.get::<_, i64>(0) as u64,
        stream: row.get::<_, i64>(1) as u64,
        name: row.get(2),
        version: row.get::<_, i64>(3) as u64,
        nth: row.get::<_, i32>(4) as u32,
        kind: row.get(5),
        data: row.get(6),
        at_ms: row.get(7),
        hash: row.get(8),
        record: row.get(9),
    }
}
