//! Reading the embedded journal.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::mpsc;

use super::{Sqlite, off_thread, told, writer};
use crate::batch::HeadRow;
use crate::error::JournalError;
use crate::verify::{Piece, RawEvent};
use crate::{DecisionRecord, DueEffect, Effect, EffectKey, EffectState, Hold, Recorded, StoredAnswer, limits};

const RECORDED: &str =
    "SELECT e.position, s.name, e.version, e.kind, e.data, e.at_ms, e.hash FROM events e JOIN streams s ON s.id = e.stream";

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        position: row.get::<_, i64>(0)? as u64,
        stream: row.get(1)?,
        version: row.get::<_, i64>(2)? as u64,
        kind: row.get(3)?,
        data: row.get(4)?,
        at_ms: row.get(5)?,
        hash: row.get(6)?,
    })
}

const DUE: &str = "SELECT f.position, f.idx, s.name, f.kind, f.data, f.due_ms, f.attempts, f.state, f.error FROM effects f JOIN streams s ON s.id = f.stream";

fn effect(row: &Row<'_>) -> rusqlite::Result<Effect> {
    let effect = DueEffect {
        key: EffectKey {
            position: row.get::<_, i64>(0)? as u64,
            index: row.get(1)?,
        },
        stream: row.get(2)?,
        kind: row.get(3)?,
        data: row.get(4)?,
        due_ms: row.get(5)?,
        attempts: row.get(6)?,
    };
    let state = match row.get::<_, i64>(7)? {
        0 => EffectState::Pending,
        1 => EffectState::Done,
        _ => EffectState::Failed,
    };
    Ok(Effect {
        effect,
        state,
        error: row.get(8)?,
    })
}

impl Sqlite {
    pub async fn read_stream(&self, stream: String, after: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        let read = move |connection: &Connection| {
            let sql = format!("{RECORDED} WHERE s.name = ?1 AND e.version > ?2 ORDER BY e.version LIMIT ?3");
            connection
                .prepare_cached(&sql)?
                .query_map(params![stream, after as i64, limit as i64], recorded)?
                .collect()
        };
        self.readers.point(read).await
    }

    pub async fn read_from(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        let read = move |connection: &Connection| {
            let sql = format!("{RECORDED} WHERE e.position > ?1 ORDER BY e.position LIMIT ?2");
            connection
                .prepare_cached(&sql)?
                .query_map([after as i64, limit as i64], recorded)?
                .collect()
        };
        self.readers.read(read).await
    }

    pub async fn records_of(&self, stream: String) -> Result<Vec<DecisionRecord>, JournalError> {
        let sql = "SELECT e.position, e.version, e.nth, e.at_ms, e.record FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ?1 ORDER BY e.version";
        let read = move |connection: &Connection| {
            let mut records: Vec<DecisionRecord> = Vec::new();
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([stream])?;
            while let Some(row) = rows.next()? {
                match records.last_mut() {
                    Some(record) if row.get::<_, i64>(2)? > 0 => record.events += 1,
                    _ => records.push(DecisionRecord {
                        first_position: row.get::<_, i64>(0)? as u64,
                        first_version: row.get::<_, i64>(1)? as u64,
                        events: 1,
                        at_ms: row.get(3)?,
                        record: row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
                    }),
                }
            }
            Ok(records)
        };
        self.readers.read(read).await
    }

    pub async fn head(&self) -> Result<HeadRow, JournalError> {
        self.readers.read(writer::head_row).await
    }

    pub async fn holder(&self, space: String, key: String) -> Result<Option<Hold>, JournalError> {
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT stream, until_ms FROM holds WHERE space = ?1 AND key = ?2")?
                .query_row([space, key], |row| {
                    Ok(Hold {
                        stream: row.get(0)?,
                        until_ms: row.get(1)?,
                    })
                })
                .optional()
        };
        self.readers.point(read).await
    }

    pub async fn answer(&self, key: String) -> Result<Option<StoredAnswer>, JournalError> {
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT key, digest, body, at_ms FROM answers WHERE key = ?1")?
                .query_row([key], |row| {
                    Ok(StoredAnswer {
                        key: row.get(0)?,
                        digest: row.get(1)?,
                        body: row.get(2)?,
                        at_ms: row.get(3)?,
                    })
                })
                .optional()
        };
        self.readers.point(read).await
    }

    pub async fn due_effects(&self, now_ms: i64, limit: usize) -> Result<Vec<DueEffect>, JournalError> {
        let read = move |connection: &Connection| {
            let sql = format!(
                "{DUE} WHERE f.state = 0 AND f.due_ms <= ?1 AND NOT EXISTS (SELECT 1 FROM effects b WHERE b.state = 0 AND b.stream = f.stream
                    AND (b.position, b.idx) < (f.position, f.idx) AND (b.due_ms <= ?1 OR b.attempts > 0))
                 ORDER BY f.due_ms, f.position, f.idx LIMIT ?2"
            );
            connection
                .prepare_cached(&sql)?
                .query_map([now_ms, limit as i64], |row| Ok(effect(row)?.effect))?
                .collect()
        };
        self.readers.read(read).await
    }

    pub async fn next_due(&self, after_ms: i64) -> Result<Option<i64>, JournalError> {
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT min(due_ms) FROM effects WHERE state = 0 AND due_ms > ?1")?
                .query_row([after_ms], |row| row.get(0))
        };
        self.readers.read(read).await
    }

    pub async fn overdue(&self, now_ms: i64) -> Result<(i64, Option<i64>), JournalError> {
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT count(*), min(due_ms) FROM effects WHERE state = 0 AND due_ms <= ?1")?
                .query_row([now_ms], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        self.readers.read(read).await
    }

    pub async fn effects_of(&self, stream: String) -> Result<Vec<Effect>, JournalError> {
        let read = move |connection: &Connection| {
            let sql = format!(
                "{DUE} WHERE f.position IN (SELECT position FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?1))
                 ORDER BY f.position, f.idx"
            );
            connection.prepare_cached(&sql)?.query_map([stream], effect)?.collect()
        };
        self.readers.read(read).await
    }

    /// Sends the whole journal as one moment saw it, piece by piece.
    pub async fn snapshot(&self, pieces: mpsc::Sender<Piece>) -> Result<(), JournalError> {
        let pool = self.readers.clone();
        off_thread(move || {
            let connection = pool.take()?;
            connection.execute_batch("BEGIN").map_err(|error| told(&error))?;
            let sent = send(&connection, &pieces).map_err(|error| told(&error));
            connection.execute_batch("ROLLBACK").map_err(|error| told(&error))?;
            sent
        })
        .await
    }
}

/// Stops without an error when nobody listens any more: the verification has found what is wrong.
pub(super) fn send(connection: &Connection, pieces: &mpsc::Sender<Piece>) -> rusqlite::Result<()> {
    let head = writer::head_row(connection)?;
    let mut going = pieces.blocking_send(Piece::Head(head)).is_ok();
    let mut last = 0;
    let mut statement = connection.prepare(
        "SELECT e.position, e.stream, s.name, e.version, e.nth, e.kind, e.data, e.at_ms, e.hash, e.record
         FROM events e LEFT JOIN streams s ON s.id = e.stream WHERE e.position > ?1 ORDER BY e.position LIMIT ?2",
    )?;
    while going {
        let rows = statement
            .query_map([last, limits::VERIFY_ROWS as i64], raw_event)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let Some(end) = rows.last() else { break };
        last = end.position as i64;
        going = pieces.blocking_send(Piece::Events(rows)).is_ok();
    }
    let mut statement = connection.prepare("SELECT id, version FROM streams WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut last = i64::MIN;
    while going {
        let rows = statement.query_map([last, limits::VERIFY_ROWS as i64], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let Some(end) = rows.last() else { break };
        last = end.0;
        going = pieces
            .blocking_send(Piece::Streams(rows.iter().map(|row| (row.0 as u64, row.1 as u64)).collect()))
            .is_ok();
    }
    let orphan = connection
        .query_row(
            "SELECT f.position FROM effects f LEFT JOIN events e ON e.position = f.position WHERE e.stream IS NOT f.stream LIMIT 1",
            [],
            |row| row.get::<_, i64>(0),
        )
        .optional()?;
    if going {
        _ = pieces.blocking_send(Piece::End {
            orphan: orphan.map(|position| position as u64),
        });
    }
    Ok(())
}

fn raw_event(row: &Row<'_>) -> rusqlite::Result<RawEvent> {
    Ok(RawEvent {
        position: row.get::<_, i64>(0)? as u64,
        stream: row.get::<_, i64>(1)? as u64,
        name: row.get(2)?,
        version: row.get::<_, i64>(3)? as u64,
        nth: row.get(4)?,
        kind: row.get(5)?,
        data: row.get(6)?,
        at_ms: row.get(7)?,
        hash: row.get(8)?,
        record: row.get(9)?,
    })
}
