//! The one writer of the journal in PostgreSQL: a task that commits each group in two round trips.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use super::line::{Line, Miss, NOTE};
use super::{Habit, Link, bounded};
use crate::batch::{self, Facts, HeadRow, Rows};
use crate::error::{AppendError, JournalError};
use crate::front::{EffectChange, EffectTo, Front, Reply, Work};
use crate::{Append, Appended, HoldChange, StoredAnswer, limits};

const LOCK: &str = "SELECT position, hash, streams FROM journal.head WHERE id = 1 FOR UPDATE";
const STREAMS: &str = "SELECT name, id, version FROM journal.streams WHERE name = ANY($1)";
const HOLDS: &str = "SELECT h.space, h.key, h.stream, h.until_ms FROM unnest($1::text[], $2::text[]) a(space, key)
    JOIN journal.holds h ON h.space = a.space AND h.key = a.key";
const ANSWERS: &str = "SELECT key, digest, body, at_ms FROM journal.answers WHERE key = ANY($1)";

const NEW_STREAMS: &str = "INSERT INTO journal.streams(id, name, version) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])";
const MOVED_STREAMS: &str = "UPDATE journal.streams s SET version = a.version FROM unnest($1::bigint[], $2::bigint[]) a(id, version)
    WHERE s.id = a.id";
const EVENTS: &str = "INSERT INTO journal.events(position, stream, version, nth, kind, data, at_ms, hash, record)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::bytea[], $7::bigint[], $8::bytea[], $9::bytea[])";
const TAKE: &str = "INSERT INTO journal.holds(space, key, stream, until_ms)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
    ON CONFLICT(space, key) DO UPDATE SET stream = excluded.stream, until_ms = excluded.until_ms";
const RELEASE: &str =
    "DELETE FROM journal.holds h USING unnest($1::text[], $2::text[]) a(space, key) WHERE h.space = a.space AND h.key = a.key";
const EFFECTS: &str = "INSERT INTO journal.effects(position, idx, stream, kind, data, due_ms)
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[], $5::bytea[], $6::bigint[])";
const NEW_ANSWERS: &str = "INSERT INTO journal.answers(key, digest, body, at_ms)
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bigint[])";
const CHANGE_EFFECTS: &str =
    "UPDATE journal.effects f SET state = a.state, attempts = f.attempts + 1, due_ms = coalesce(a.due_ms, f.due_ms),
    error = a.error FROM unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[], $5::text[]) a(position, idx, state, due_ms, error)
    WHERE f.position = a.position AND f.idx = a.idx AND f.state = 0";
const HEAD: &str = "UPDATE journal.head SET position = $1, hash = $2, streams = $3 WHERE id = 1";

/// Starts the writer; it ends when the queue is closed and empty, and drops `finished` then.
pub(super) async fn start(
    address: &str,
    mut front: Front<Work>,
    head: watch::Sender<u64>,
    finished: watch::Sender<()>,
) -> Result<(), JournalError> {
    let mut line = Line::open(address, Habit::Write, LOCK.to_owned()).await?;
    tokio::spawn(async move {
        while let Some(group) = front.gather().await {
            commit(&mut line, group, &head).await;
        }
        line.close().await;
        drop(finished);
    });
    Ok(())
}

#[derive(Default)]
struct Sorted {
    appends: Vec<Append>,
    replies: Vec<Reply<Appended, AppendError>>,
    effects: Vec<EffectChange>,
    effect_replies: Vec<Reply<(), JournalError>>,
}

type Outcomes = Vec<Result<Appended, AppendError>>;

async fn commit(line: &mut Line, group: Vec<Work>, head: &watch::Sender<u64>) {
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
            Work::PagesMax(_, reply) => _ = reply.send(Err(JournalError::Refused("PostgreSQL's files are its own".into()))),
            Work::Close => {}
        }
    }
    if sorted.appends.is_empty() && sorted.effects.is_empty() {
        return;
    }
    // A caller that went away does not want its answer; the append stands all the same.
    match write(line, &sorted).await {
        Ok((outcomes, position)) => {
            head.send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
            sorted
                .replies
                .into_iter()
                .zip(outcomes)
                .for_each(|(reply, outcome)| _ = reply.send(outcome));
            sorted.effect_replies.into_iter().for_each(|reply| _ = reply.send(Ok(())));
        }
        Err(why) => {
            sorted.replies.into_iter().for_each(|reply| _ = reply.send(Err(why.clone().into())));
            sorted.effect_replies.into_iter().for_each(|reply| _ = reply.send(Err(why.clone())));
        }
    }
}

/// Writes the group; begins once more when the connection turned out to be lost before anything was written.
async fn write(line: &mut Line, sorted: &Sorted) -> Result<(Outcomes, u64), JournalError> {
    let mut again = true;
    loop {
        line.batch += 1;
        let (writer, batch) = (line.writer, line.batch);
        let link = line.link().await?;
        let facts = match bounded(facts(link, &sorted.appends)).await {
            Ok(facts) => facts,
            Err(why) => {
                let lost = link.client().is_closed();
                line.drop_link();
                if lost && std::mem::take(&mut again) {
                    continue;
                }
                return Err(why);
            }
        };
        let (outcomes, rows) = batch::decide(facts, sorted.appends.iter());
        let position = rows.head.position;
        let limit = Duration::from_millis(limits::POSTGRES_ANSWER_MS_MAX);
        let miss = match tokio::time::timeout(limit, write_rows(link, &rows, &sorted.effects, (writer, batch))).await {
            Ok(Ok(())) => return Ok((outcomes, position)),
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
                    return Ok((outcomes, position));
                }
                if !std::mem::take(&mut again) {
                    return Err(why);
                }
            }
        }
    }
}

pub(super) fn head_row(row: &Row) -> HeadRow {
    let hash: &[u8] = row.get(1);
    // A hash of another length can't be continued or proven; verification tells where it broke.
    let hash = <[u8; 32]>::try_from(hash).unwrap_or_default();
    HeadRow {
        position: row.get::<_, i64>(0) as u64,
        hash,
        streams: row.get::<_, i64>(2) as u64,
    }
}

/// Takes the lock and reads everything that the group asks for, in one round trip.
async fn facts<'a>(link: &Link, appends: &'a [Append]) -> Result<Facts<'a>, Error> {
    let streams: HashMap<&str, &'a str> = appends.iter().map(|append| (&append.stream[..], &append.stream[..])).collect();
    let holds: HashMap<(&str, &str), (&'a str, &'a str)> = appends
        .iter()
        .flat_map(|append| &append.holds)
        .map(|change| match change {
            HoldChange::Take { space, key, .. } | HoldChange::Release { space, key } => ((&space[..], &key[..]), (&space[..], &key[..])),
        })
        .collect();
    let answers: HashMap<&str, &'a str> = appends
        .iter()
        .filter_map(|append| Some(&append.answer.as_ref()?.key[..]))
        .map(|key| (key, key))
        .collect();
    let (spaces, keys): (Vec<&str>, Vec<&str>) = holds.keys().copied().unzip();
    let (names, asked): (Vec<&str>, Vec<&str>) = (streams.keys().copied().collect(), answers.keys().copied().collect());

    let lock = link.prepare(LOCK).await?;
    let (by_name, by_hold, by_answer) = (
        link.prepare(STREAMS).await?,
        link.prepare(HOLDS).await?,
        link.prepare(ANSWERS).await?,
    );
    let client = link.client();
    let (begun, head, stream_rows, hold_rows, answer_rows) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        client.query_one(&lock, &[]),
        async { if names.is_empty() { Ok(Vec::new()) } else { client.query(&by_name, &[&names]).await } },
        async { if spaces.is_empty() { Ok(Vec::new()) } else { client.query(&by_hold, &[&spaces, &keys]).await } },
        async { if asked.is_empty() { Ok(Vec::new()) } else { client.query(&by_answer, &[&asked]).await } },
    );
    begun?;
    let (stream_rows, hold_rows, answer_rows) = (stream_rows?, hold_rows?, answer_rows?);
    let mut facts = Facts {
        head: head_row(&head?),
        streams: HashMap::new(),
        holds: HashMap::new(),
        answers: HashMap::new(),
    };
    for row in &stream_rows {
        if let Some(name) = streams.get(row.get::<_, &str>(0)) {
            facts
                .streams
                .insert(name, (row.get::<_, i64>(1) as u64, row.get::<_, i64>(2) as u64));
        }
    }
    for row in &hold_rows {
        if let Some(place) = holds.get(&(row.get::<_, &str>(0), row.get::<_, &str>(1))) {
            facts.holds.insert(*place, (row.get(2), row.get(3)));
        }
    }
    for row in &answer_rows {
        if let Some(key) = answers.get(row.get::<_, &str>(0)) {
            facts.answers.insert(key, answer_row(row));
        }
    }
    Ok(facts)
}

pub(super) fn answer_row(row: &Row) -> StoredAnswer {
    let digest = <[u8; 32]>::try_from(row.get::<_, &[u8]>(1)).unwrap_or_default();
    StoredAnswer {
        key: row.get(0),
        digest,
        body: row.get(2),
        at_ms: row.get(3),
    }
}

/// Runs a statement unless it has no rows to write.
async fn execute(link: &Link, rows: usize, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<(), Error> {
    if rows == 0 {
        return Ok(());
    }
    let statement = link.prepare(sql).await?;
    link.client().execute(&statement, values).await.map(drop)
}

/// Writes everything and commits. The statements are sent together: PostgreSQL works on one while the next are on their way,
/// and an error in one of them turns the commit into a rollback.
async fn write_rows(link: &Link, rows: &Rows<'_>, changes: &[EffectChange], note: (i64, i64)) -> Result<(), Error> {
    for sql in [
        EVENTS,
        NEW_STREAMS,
        MOVED_STREAMS,
        TAKE,
        RELEASE,
        EFFECTS,
        NEW_ANSWERS,
        CHANGE_EFFECTS,
        HEAD,
        NOTE,
    ] {
        link.prepare(sql).await?;
    }
    let head = (rows.head.position as i64, &rows.head.hash[..], rows.head.streams as i64);
    let changed = usize::from(!rows.is_empty());
    let (streams, events, holds, effects, answers, changes, head, noted, committed) = tokio::join!(
        biased;
        write_streams(link, rows),
        write_events(link, rows),
        write_holds(link, rows),
        write_effects(link, rows),
        write_answers(link, rows),
        change_effects(link, changes),
        async { execute(link, changed, HEAD, &[&head.0, &head.1, &head.2]).await },
        async { execute(link, 1, NOTE, &[&note.0, &note.1]).await },
        link.client().batch_execute("COMMIT"),
    );
    streams
        .and(events)
        .and(holds)
        .and(effects)
        .and(answers)
        .and(changes)
        .and(head)
        .and(noted)?;
    committed
}

async fn write_streams(link: &Link, rows: &Rows<'_>) -> Result<(), Error> {
    let mut new = (Vec::new(), Vec::new(), Vec::new());
    let mut moved = (Vec::new(), Vec::new());
    for row in &rows.streams {
        if row.new {
            new.0.push(row.id as i64);
            new.1.push(row.name);
            new.2.push(row.version as i64);
        } else {
            moved.0.push(row.id as i64);
            moved.1.push(row.version as i64);
        }
    }
    let (new, moved) = tokio::join!(
        biased;
        async { execute(link, new.0.len(), NEW_STREAMS, &[&new.0, &new.1, &new.2]).await },
        async { execute(link, moved.0.len(), MOVED_STREAMS, &[&moved.0, &moved.1]).await },
    );
    new.and(moved)
}

async fn write_events(link: &Link, rows: &Rows<'_>) -> Result<(), Error> {
    let events = &rows.events;
    let positions: Vec<_> = events.iter().map(|row| row.position as i64).collect();
    let streams: Vec<_> = events.iter().map(|row| row.stream as i64).collect();
    let versions: Vec<_> = events.iter().map(|row| row.version as i64).collect();
    let nths: Vec<_> = events.iter().map(|row| row.nth as i32).collect();
    let kinds: Vec<_> = events.iter().map(|row| row.kind).collect();
    let data: Vec<_> = events.iter().map(|row| row.data).collect();
    let instants: Vec<_> = events.iter().map(|row| row.at_ms).collect();
    let hashes: Vec<_> = events.iter().map(|row| &row.hash[..]).collect();
    let records: Vec<_> = events.iter().map(|row| row.record).collect();
    let values: [&(dyn ToSql + Sync); 9] = [&positions, &streams, &versions, &nths, &kinds, &data, &instants, &hashes, &records];
    execute(link, events.len(), EVENTS, &values).await
}

async fn write_holds(link: &Link, rows: &Rows<'_>) -> Result<(), Error> {
    let mut taken = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut released = (Vec::new(), Vec::new());
    for ((space, key), held) in &rows.holds {
        if let Some((stream, until_ms)) = held {
            taken.0.push(*space);
            taken.1.push(*key);
            taken.2.push(*stream);
            taken.3.push(*until_ms);
        } else {
            released.0.push(*space);
            released.1.push(*key);
        }
    }
    let (taken, released) = tokio::join!(
        biased;
        async { execute(link, taken.0.len(), TAKE, &[&taken.0, &taken.1, &taken.2, &taken.3]).await },
        async { execute(link, released.0.len(), RELEASE, &[&released.0, &released.1]).await },
    );
    taken.and(released)
}

async fn write_effects(link: &Link, rows: &Rows<'_>) -> Result<(), Error> {
    let effects = &rows.effects;
    let positions: Vec<_> = effects.iter().map(|row| row.key.position as i64).collect();
    let indexes: Vec<_> = effects.iter().map(|row| row.key.index as i32).collect();
    let streams: Vec<_> = effects.iter().map(|row| row.stream as i64).collect();
    let kinds: Vec<_> = effects.iter().map(|row| row.kind).collect();
    let data: Vec<_> = effects.iter().map(|row| row.data).collect();
    let due: Vec<_> = effects.iter().map(|row| row.due_ms).collect();
    execute(link, effects.len(), EFFECTS, &[&positions, &indexes, &streams, &kinds, &data, &due]).await
}

async fn write_answers(link: &Link, rows: &Rows<'_>) -> Result<(), Error> {
    let answers: Vec<_> = rows
        .answers
        .iter()
        .filter_map(|append| Some((append.answer.as_ref()?, append.at_ms)))
        .collect();
    let keys: Vec<_> = answers.iter().map(|row| &row.0.key[..]).collect();
    let digests: Vec<_> = answers.iter().map(|row| &row.0.digest[..]).collect();
    let bodies: Vec<_> = answers.iter().map(|row| &row.0.body[..]).collect();
    let instants: Vec<_> = answers.iter().map(|row| row.1).collect();
    execute(link, answers.len(), NEW_ANSWERS, &[&keys, &digests, &bodies, &instants]).await
}

async fn change_effects(link: &Link, changes: &[EffectChange]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    // One row can be changed once in a statement; the outbox never sends two for one effect.
    let changes: Vec<_> = changes.iter().filter(|change| seen.insert(change.key)).collect();
    let positions: Vec<_> = changes.iter().map(|change| change.key.position as i64).collect();
    let indexes: Vec<_> = changes.iter().map(|change| change.key.index as i32).collect();
    let (mut states, mut due, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for change in &changes {
        let (state, at_ms, error) = match &change.to {
            EffectTo::Done => (1_i16, None, None),
            EffectTo::Retry { at_ms, error } => (0, Some(*at_ms), Some(&error[..])),
            EffectTo::Failed { error } => (2, None, Some(&error[..])),
        };
        states.push(state);
        due.push(at_ms);
        errors.push(error);
    }
    execute(link, changes.len(), CHANGE_EFFECTS, &[&positions, &indexes, &states, &due, &errors]).await
}
