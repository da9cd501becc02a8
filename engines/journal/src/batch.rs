//! Decides a group of appends against what the store holds, in order, before anything is written.
//!
//! Both stores use this one place, so that a conflict means the same in both. It sees the facts read inside the transaction and
//! what earlier appends of the group will have changed; a refused append leaves no trace.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::chain::{self, Link};
use crate::error::AppendError;
use crate::{Append, Appended, EffectKey, HoldChange, StoredAnswer};

/// The newest event, as the stores keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeadRow {
    pub position: u64,
    pub hash: [u8; 32],
    /// How many streams there are: the number of the newest one.
    pub streams: u64,
}

/// What the store says about everything the group asks for.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub head: HeadRow,
    /// Number and version of each stream that exists.
    pub streams: HashMap<&'a str, (u64, u64)>,
    pub holds: HashMap<(&'a str, &'a str), (String, Option<i64>)>,
    pub answers: HashMap<&'a str, StoredAnswer>,
}

/// A row of an event; the record stands with the first event of its append.
#[derive(Debug)]
pub(crate) struct EventRow<'a> {
    pub position: u64,
    pub stream: u64,
    pub version: u64,
    pub nth: u32,
    pub kind: &'a str,
    pub data: &'a [u8],
    pub at_ms: i64,
    pub hash: [u8; 32],
    pub record: Option<&'a [u8]>,
}

/// A row of an effect.
#[derive(Debug)]
pub(crate) struct EffectRow<'a> {
    pub key: EffectKey,
    pub stream: u64,
    pub kind: &'a str,
    pub data: &'a [u8],
    pub due_ms: i64,
}

/// A stream that is new or has moved.
#[derive(Debug)]
pub(crate) struct StreamRow<'a> {
    pub id: u64,
    pub name: &'a str,
    pub version: u64,
    pub new: bool,
}

/// The stream that holds a key and until when; `None` when it was given back.
pub(crate) type Held<'a> = Option<(&'a str, Option<i64>)>;

/// Space and key of a hold, and what became of it.
pub(crate) type HoldRow<'a> = ((&'a str, &'a str), Held<'a>);

/// Everything that the group writes.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub head: HeadRow,
    pub events: Vec<EventRow<'a>>,
    pub streams: Vec<StreamRow<'a>>,
    pub holds: Vec<HoldRow<'a>>,
    pub effects: Vec<EffectRow<'a>>,
    pub answers: Vec<&'a Append>,
}

impl Rows<'_> {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.answers.is_empty()
    }
}

/// The facts with what the group has changed so far.
struct Overlay<'a> {
    facts: Facts<'a>,
    moved: HashMap<&'a str, usize>,
    holds: HashMap<(&'a str, &'a str), Held<'a>>,
    answers: HashMap<&'a str, &'a Append>,
    rows: Rows<'a>,
}

/// Gives each append its answer, and the rows that make the answers true.
pub(crate) fn decide<'a>(facts: Facts<'a>, appends: impl Iterator<Item = &'a Append>) -> (Vec<Result<Appended, AppendError>>, Rows<'a>) {
    let rows = Rows {
        head: facts.head,
        events: Vec::new(),
        streams: Vec::new(),
        holds: Vec::new(),
        effects: Vec::new(),
        answers: Vec::new(),
    };
    let mut overlay = Overlay {
        facts,
        moved: HashMap::new(),
        holds: HashMap::new(),
        answers: HashMap::new(),
        rows,
    };
    let outcomes = appends.map(|append| overlay.append(append)).collect();
    overlay.rows.holds = overlay.holds.into_iter().collect();
    // One order of keys for every process: two of them never wait for each other crosswise.
    overlay.rows.holds.sort_unstable_by_key(|row| row.0);
    (outcomes, overlay.rows)
}

impl<'a> Overlay<'a> {
    fn append(&mut self, append: &'a Append) -> Result<Appended, AppendError> {
        self.not_answered(append)?;
        let version = self.version(&append.stream);
        if version != append.expected {
            return Err(AppendError::VersionConflict { actual: version });
        }
        self.holds_free(append)?;
        // Nothing is refused below this line.
        if append.answer.is_some() {
            self.rows.answers.push(append);
        }
        if let Some(answer) = &append.answer {
            self.answers.insert(&answer.key, append);
        }
        if append.events.is_empty() {
            let position = self.rows.head.position;
            return Ok(Appended {
                first_position: position,
                last_position: position,
                version,
            });
        }
        Ok(self.write(append, version))
    }

    fn write(&mut self, append: &'a Append, version: u64) -> Appended {
        let first_position = self.rows.head.position + 1;
        let after = version + append.events.len() as u64;
        let stream = self.advance(&append.stream, after);
        let record = chain::digest(&append.record);
        for (nth, event) in (0_u32..).zip(&append.events) {
            let (position, version) = (first_position + u64::from(nth), version + 1 + u64::from(nth));
            let link = Link {
                position,
                stream: &append.stream,
                version,
                nth,
                kind: &event.kind,
                at_ms: append.at_ms,
                data: &event.data,
                record: &record,
            };
            let hash = chain::next(&self.rows.head.hash, &link);
            self.rows.head.position = position;
            self.rows.head.hash = hash;
            self.rows.events.push(EventRow {
                position,
                stream,
                version,
                nth,
                kind: &event.kind,
                data: &event.data,
                at_ms: append.at_ms,
                hash,
                record: (nth == 0).then_some(&append.record[..]),
            });
        }
        for effect in &append.effects {
            let key = EffectKey {
                position: first_position + u64::from(effect.event_index),
                index: effect.index,
            };
            let (kind, data) = (&effect.kind[..], &effect.data[..]);
            self.rows.effects.push(EffectRow {
                key,
                stream,
                kind,
                data,
                due_ms: effect.due_ms,
            });
        }
        self.change_holds(append);
        Appended {
            first_position,
            last_position: self.rows.head.position,
            version: after,
        }
    }

    fn not_answered(&self, append: &Append) -> Result<(), AppendError> {
        let Some(asked) = &append.answer else { return Ok(()) };
        if let Some(stored) = self.facts.answers.get(&asked.key[..]) {
            return Err(AppendError::AlreadyAnswered(stored.clone()));
        }
        match self
            .answers
            .get(&asked.key[..])
            .and_then(|first| Some((first, first.answer.as_ref()?)))
        {
            Some((first, answer)) => Err(AppendError::AlreadyAnswered(StoredAnswer {
                key: answer.key.clone(),
                digest: answer.digest,
                body: answer.body.clone(),
                at_ms: first.at_ms,
            })),
            None => Ok(()),
        }
    }

    fn version(&self, stream: &str) -> u64 {
        match self.moved.get(stream) {
            Some(&row) => self.rows.streams[row].version,
            None => self.facts.streams.get(stream).map_or(0, |known| known.1),
        }
    }

    /// Sets the stream's version and gives its number.
    fn advance(&mut self, name: &'a str, version: u64) -> u64 {
        match self.moved.entry(name) {
            Entry::Occupied(row) => {
                let row = &mut self.rows.streams[*row.get()];
                row.version = version;
                row.id
            }
            Entry::Vacant(place) => {
                let known = self.facts.streams.get(name).map(|known| known.0);
                let id = known.unwrap_or_else(|| {
                    self.rows.head.streams += 1;
                    self.rows.head.streams
                });
                place.insert(self.rows.streams.len());
                self.rows.streams.push(StreamRow {
                    id,
                    name,
                    version,
                    new: known.is_none(),
                });
                id
            }
        }
    }

    fn holder(&self, space: &'a str, key: &'a str) -> Option<(&str, Option<i64>)> {
        match self.holds.get(&(space, key)) {
            Some(changed) => *changed,
            None => self.facts.holds.get(&(space, key)).map(|hold| (&hold.0[..], hold.1)),
        }
    }

    fn holds_free(&self, append: &'a Append) -> Result<(), AppendError> {
        for change in &append.holds {
            let HoldChange::Take { space, key, .. } = change else { continue };
            let Some((holder, until_ms)) = self.holder(space, key) else {
                continue;
            };
            if holder != append.stream && until_ms.is_none_or(|until_ms| until_ms > append.at_ms) {
                let (space, key, holder) = (space.clone(), key.clone(), holder.to_owned());
                return Err(AppendError::HoldConflict { space, key, holder });
            }
        }
        Ok(())
    }

    fn change_holds(&mut self, append: &'a Append) {
        for change in &append.holds {
            match change {
                HoldChange::Take { space, key, until_ms } => {
                    self.holds.insert((space, key), Some((&append.stream, *until_ms)));
                }
                HoldChange::Release { space, key } => {
                    if self.holder(space, key).is_some_and(|held| held.0 == append.stream) {
                        self.holds.insert((space, key), None);
                    }
                }
            }
        }
    }
}
