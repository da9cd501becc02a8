//! The one writer of the embedded journal: a thread that commits each group with a single fsync.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;

use super::told;
use crate::batch::{self, Facts, HeadRow, Rows};
use crate::error::{AppendError, JournalError};
use crate::front::{EffectChange, EffectTo, Front, Reply, Work};
use crate::{Append, Appended, HoldChange, StoredAnswer, chain};

/// Starts the writer; it ends when the queue is closed and empty, and drops `finished` then.
pub(super) fn start(
    connection: Connection,
    mut front: Front<Work>,
    head: watch::Sender<u64>,
    finished: watch::Sender<()>,
) -> Result<(), JournalError> {
    let now = first_head(&connection).map_err(|error| told(&error))?;
    head.send_replace(now.position);
    std::thread::Builder::new()
        .name("journal-writer".into())
        .spawn(move || {
            while let Some(group) = front.gather_blocking() {
                commit(&connection, group, &head);
            }
            drop(connection);
            drop(finished);
        })
        .map(drop)
        .map_err(|error| JournalError::Unavailable(format!("no thread for the writer: {error}")))
}

fn first_head(connection: &Connection) -> rusqlite::Result<HeadRow> {
    let genesis = chain::genesis();
    connection.execute(
        "INSERT OR IGNORE INTO head(id, position, hash, streams) VALUES(1, 0, ?1, 0)",
        [&genesis[..]],
    )?;
    head_row(connection)
}

pub(super) fn head_row(connection: &Connection) -> rusqlite::Result<HeadRow> {
    connection
        .prepare_cached("SELECT position, hash, streams FROM head WHERE id = 1")?
        .query_row([], |row| {
            Ok(HeadRow {
                position: row.get::<_, i64>(0)? as u64,
                hash: row.get(1)?,
                streams: row.get::<_, i64>(2)? as u64,
            })
        })
}

/// The group, sorted by kind of work.
#[derive(Default)]
struct Sorted {
    appends: Vec<Append>,
    replies: Vec<Reply<Appended, AppendError>>,
    effects: Vec<EffectChange>,
    effect_replies: Vec<Reply<(), JournalError>>,
}

fn commit(connection: &Connection, group: Vec<Work>, head: &watch::Sender<u64>) {
    let mut sorted = Sorted::default();
    for work in group {
        match work {
            Work::Append(append, reply) => {
                sorted.appends.push(append);
                sorted.replies.push(reply);
            }
            Work::Effect(change, reply) => {
                sorted.effects.push(change);
                sorted.effect_replies.push(reply);
            }
            Work::PagesMax(pages, reply) => {
                let done = connection.pragma_update(None, "max_page_count", if pages == 0 { u32::MAX - 1 } else { pages });
                _ = reply.send(done.map_err(|error| told(&error)));
            }
            Work::Close => {}
        }
    }
    if sorted.appends.is_empty() && sorted.effects.is_empty() {
        return;
    }
    // A caller that went away does not want its answer; the append stands all the same.
    match write(connection, &sorted) {
        Ok((outcomes, position)) => {
            head.send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
            sorted
                .replies
                .into_iter()
                .zip(outcomes)
                .for_each(|(reply, outcome)| _ = reply.send(outcome));
            sorted.effect_replies.into_iter().for_each(|reply| _ = reply.send(Ok(())));
        }
        Err(error) => {
            let why = told(&error);
            sorted.replies.into_iter().for_each(|reply| _ = reply.send(Err(why.clone().into())));
            sorted.effect_replies.into_iter().for_each(|reply| _ = reply.send(Err(why.clone())));
        }
    }
}

type Outcomes = Vec<Result<Appended, AppendError>>;

fn write(connection: &Connection, sorted: &Sorted) -> rusqlite::Result<(Outcomes, u64)> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let written = write_inside(connection, sorted).and_then(|done| {
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(done)
    });
    // A full disk may or may not have ended the transaction already.
    if written.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    written
}

fn write_inside(connection: &Connection, sorted: &Sorted) -> rusqlite::Result<(Outcomes, u64)> {
    let facts = facts(connection, &sorted.appends)?;
    let (outcomes, rows) = batch::decide(facts, sorted.appends.iter());
    if !rows.is_empty() {
        write_rows(connection, &rows)?;
    }
    change_effects(connection, &sorted.effects)?;
    Ok((outcomes, rows.head.position))
}

fn facts<'a>(connection: &Connection, appends: &'a [Append]) -> rusqlite::Result<Facts<'a>> {
    let mut facts = Facts {
        head: head_row(connection)?,
        streams: HashMap::with_capacity(appends.len()),
        holds: HashMap::new(),
        answers: HashMap::new(),
    };
    let mut stream = connection.prepare_cached("SELECT id, version FROM streams WHERE name = ?1")?;
    let mut hold = connection.prepare_cached("SELECT stream, until_ms FROM holds WHERE space = ?1 AND key = ?2")?;
    let mut answer = connection.prepare_cached("SELECT digest, body, at_ms FROM answers WHERE key = ?1")?;
    for append in appends {
        let name = &append.stream[..];
        let row = stream
            .query_row([name], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64)))
            .optional()?;
        row.and_then(|row| facts.streams.insert(name, row));
        for change in &append.holds {
            let (HoldChange::Take { space, key, .. } | HoldChange::Release { space, key }) = change;
            let row = hold.query_row([space, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            row.and_then(|row| facts.holds.insert((space, key), row));
        }
        if let Some(asked) = &append.answer {
            let stored = answer.query_row([&asked.key], |row| {
                Ok(StoredAnswer {
                    key: asked.key.clone(),
                    digest: row.get(0)?,
                    body: row.get(1)?,
                    at_ms: row.get(2)?,
                })
            });
            stored.optional()?.and_then(|stored| facts.answers.insert(&asked.key, stored));
        }
    }
    Ok(facts)
}

fn write_rows(connection: &Connection, rows: &Rows<'_>) -> rusqlite::Result<()> {
    let mut new = connection.prepare_cached("INSERT INTO streams(id, name, version) VALUES(?1, ?2, ?3)")?;
    let mut moved = connection.prepare_cached("UPDATE streams SET version = ?2 WHERE id = ?1")?;
    for row in &rows.streams {
        if row.new {
            new.execute(params![row.id as i64, row.name, row.version as i64])?;
        } else {
            moved.execute([row.id as i64, row.version as i64])?;
        }
    }
    let mut event = connection.prepare_cached("INSERT INTO events VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for row in &rows.events {
        let (position, stream, version) = (row.position as i64, row.stream as i64, row.version as i64);
        event.execute(params![
            position,
            stream,
            version,
            row.nth,
            row.kind,
            row.data,
            row.at_ms,
            &row.hash[..],
            row.record
        ])?;
    }
    let mut take = connection.prepare_cached("INSERT OR REPLACE INTO holds VALUES(?1, ?2, ?3, ?4)")?;
    let mut release = connection.prepare_cached("DELETE FROM holds WHERE space = ?1 AND key = ?2")?;
    for ((space, key), held) in &rows.holds {
        match held {
            Some((stream, until_ms)) => take.execute(params![space, key, stream, until_ms])?,
            None => release.execute([space, key])?,
        };
    }
    let mut effect =
        connection.prepare_cached("INSERT INTO effects(position, idx, stream, kind, data, due_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
    for row in &rows.effects {
        effect.execute(params![
            row.key.position as i64,
            row.key.index,
            row.stream as i64,
            row.kind,
            row.data,
            row.due_ms
        ])?;
    }
    let mut answer = connection.prepare_cached("INSERT INTO answers(key, digest, body, at_ms) VALUES(?1, ?2, ?3, ?4)")?;
    for (row, at_ms) in rows
        .answers
        .iter()
        .filter_map(|append| Some((append.answer.as_ref()?, append.at_ms)))
    {
        answer.execute(params![row.key, &row.digest[..], row.body, at_ms])?;
    }
    let head = &rows.head;
    connection
        .prepare_cached("UPDATE head SET position = ?1, hash = ?2, streams = ?3 WHERE id = 1")?
        .execute(params![head.position as i64, &head.hash[..], head.streams as i64])?;
    Ok(())
}

fn change_effects(connection: &Connection, changes: &[EffectChange]) -> rusqlite::Result<()> {
    let mut done = connection.prepare_cached(
        "UPDATE effects SET state = 1, attempts = attempts + 1, error = NULL WHERE position = ?1 AND idx = ?2 AND state = 0",
    )?;
    let mut retry = connection.prepare_cached(
        "UPDATE effects SET attempts = attempts + 1, due_ms = ?3, error = ?4 WHERE position = ?1 AND idx = ?2 AND state = 0",
    )?;
    let mut failed = connection.prepare_cached(
        "UPDATE effects SET state = 2, attempts = attempts + 1, error = ?3 WHERE position = ?1 AND idx = ?2 AND state = 0",
    )?;
    for EffectChange { key, to } in changes {
        let position = key.position as i64;
        match to {
            EffectTo::Done => done.execute(params![position, key.index])?,
            EffectTo::Retry { at_ms, error } => retry.execute(params![position, key.index, at_ms, error])?,
            EffectTo::Failed { error } => failed.execute(params![position, key.index, error])?,
        };
    }
    Ok(())
}
