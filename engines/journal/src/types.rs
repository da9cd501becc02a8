//! The words of the journal: appends, events, holds, effects, answers.

use crate::error::AppendError;
use crate::limits;

/// One decision to be written, whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Append {
    /// The stream (one case, one account).
    pub stream: String,
    /// Version of the stream that the decision was made on; 0 for a new stream.
    pub expected: u64,
    /// What happened, in order. May be empty when there is an answer (a refusal is remembered).
    pub events: Vec<NewEvent>,
    /// JSON: input, facts and setting of the decision. May be empty; needs an event.
    pub record: Vec<u8>,
    /// Guards taken and given back with the events.
    pub holds: Vec<HoldChange>,
    /// What is to be done because of the events.
    pub effects: Vec<NewEffect>,
    /// The answer to remember under an idempotency key.
    pub answer: Option<NewAnswer>,
    /// The instant of the decision, milliseconds since 1970 UTC; also what holds expire by.
    pub at_ms: i64,
}

/// An event to be written.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Name of the event, with its version where it has one.
    pub kind: String,
    /// JSON bytes.
    pub data: Vec<u8>,
}

/// A guard taken or given back: a key that one stream holds alone, such as a reserved name.
#[derive(Debug, Clone)]
pub enum HoldChange {
    /// Hold the key. The stream that already holds it renews; an expired hold may be taken over.
    Take {
        /// What kind of key.
        space: String,
        /// The key.
        key: String,
        /// First instant at which the hold no longer counts; `None` holds for ever.
        until_ms: Option<i64>,
    },
    /// Give the key back. A stream that does not hold it changes nothing.
    Release {
        /// What kind of key.
        space: String,
        /// The key.
        key: String,
    },
}

/// Something to be done because of an event. A timer is an effect that is due later.
#[derive(Debug, Clone)]
pub struct NewEffect {
    /// Which event of the append, from 0.
    pub event_index: u32,
    /// Which effect of the event; unique within it.
    pub index: u32,
    /// What is to be done.
    pub kind: String,
    /// JSON bytes.
    pub data: Vec<u8>,
    /// Not before this instant.
    pub due_ms: i64,
}

/// An answer to remember.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// The idempotency key, made unique by its owner.
    pub key: String,
    /// SHA-256 of the request, so that one key with another request is seen.
    pub digest: [u8; 32],
    /// The answer.
    pub body: Vec<u8>,
}

/// A remembered answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The idempotency key.
    pub key: String,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
    /// The answer.
    pub body: Vec<u8>,
    /// When it was given.
    pub at_ms: i64,
}

/// A durable append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Position of the first event; without events the head at that moment.
    pub first_position: u64,
    /// Position of the last event: a view that reached it has seen this append.
    pub last_position: u64,
    /// Version of the stream after the append.
    pub version: u64,
}

/// An event as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place among all events, from 1, without gaps.
    pub position: u64,
    /// The stream.
    pub stream: String,
    /// Place in the stream, from 1, without gaps.
    pub version: u64,
    /// Name of the event.
    pub kind: String,
    /// JSON bytes.
    pub data: Vec<u8>,
    /// The instant of the decision.
    pub at_ms: i64,
    /// Chain hash up to and with this event (see [`crate::chain`]).
    pub hash: [u8; 32],
}

/// The record of one append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Position of the append's first event.
    pub first_position: u64,
    /// Version of the append's first event.
    pub first_version: u64,
    /// How many events the append had.
    pub events: u32,
    /// The instant of the decision.
    pub at_ms: i64,
    /// The bytes given as [`Append::record`].
    pub record: Vec<u8>,
}

/// The newest event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its position; 0 when there is none.
    pub position: u64,
    /// Its chain hash, lower-case hex.
    pub hash: String,
}

/// Who holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The holder.
    pub stream: String,
    /// First instant at which the hold no longer counts.
    pub until_ms: Option<i64>,
}

/// Names an effect for ever: what it does happens once, because its receiver is given this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectKey {
    /// Position of the event.
    pub position: u64,
    /// Which effect of the event.
    pub index: u32,
}

/// An effect that is to be carried out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEffect {
    /// Its name.
    pub key: EffectKey,
    /// The stream of its event.
    pub stream: String,
    /// What is to be done.
    pub kind: String,
    /// JSON bytes.
    pub data: Vec<u8>,
    /// Since when it is due.
    pub due_ms: i64,
    /// How often it was tried before.
    pub attempts: u32,
}

/// How far an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// Waits for its instant or its next try.
    Pending,
    /// Carried out.
    Done,
    /// Given up; a person must look at it.
    Failed,
}

/// An effect with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The effect.
    pub effect: DueEffect,
    /// How far it is.
    pub state: EffectState,
    /// What went wrong last.
    pub error: Option<String>,
}

/// What a verification has proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events checked.
    pub events: u64,
    /// Streams checked.
    pub streams: u64,
    /// Where the chain ends.
    pub head: Head,
}

fn name(what: &str, text: &str) -> Result<(), AppendError> {
    if text.is_empty() || text.contains('\0') {
        return Err(AppendError::Malformed(format!("{what} is empty or has a NUL")));
    }
    if text.len() > limits::NAME_BYTES_MAX {
        return Err(AppendError::TooLarge(format!("{what} is over {} bytes", limits::NAME_BYTES_MAX)));
    }
    Ok(())
}

fn at_most(what: &str, count: usize, max: usize) -> Result<(), AppendError> {
    if count > max {
        return Err(AppendError::TooLarge(format!("{count} {what}, at most {max}")));
    }
    Ok(())
}

impl Append {
    /// Bytes that the append carries.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let events: usize = self.events.iter().map(|event| event.kind.len() + event.data.len()).sum();
        let effects: usize = self.effects.iter().map(|effect| effect.kind.len() + effect.data.len()).sum();
        let answer = self.answer.as_ref().map_or(0, |answer| answer.key.len() + answer.body.len());
        self.stream.len() + self.record.len() + events + effects + answer
    }

    /// What no store needs to be asked for.
    pub(crate) fn check(&self) -> Result<(), AppendError> {
        let malformed = |why: &str| Err(AppendError::Malformed(why.into()));
        name("the stream", &self.stream)?;
        at_most("events", self.events.len(), limits::APPEND_EVENTS_MAX)?;
        at_most("hold changes", self.holds.len(), limits::APPEND_HOLDS_MAX)?;
        at_most("effects", self.effects.len(), limits::APPEND_EFFECTS_MAX)?;
        at_most("bytes", self.bytes(), limits::APPEND_BYTES_MAX)?;
        if self.expected > i64::MAX as u64 / 2 {
            return malformed("no stream has such a version");
        }
        if self.events.is_empty() {
            if self.answer.is_none() {
                return malformed("it has neither events nor an answer");
            }
            if !self.holds.is_empty() || !self.effects.is_empty() || !self.record.is_empty() {
                return malformed("holds, effects and a record need an event");
            }
        }
        for event in &self.events {
            name("an event's kind", &event.kind)?;
            at_most("bytes in an event", event.data.len(), limits::EVENT_BYTES_MAX)?;
        }
        for hold in &self.holds {
            let (HoldChange::Take { space, key, .. } | HoldChange::Release { space, key }) = hold;
            name("a hold's space", space)?;
            name("a hold's key", key)?;
        }
        if let Some(answer) = &self.answer {
            name("the answer's key", &answer.key)?;
        }
        let mut keys: Vec<_> = self.effects.iter().map(|effect| (effect.event_index, effect.index)).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return malformed("two effects have one key");
        }
        if keys.last().is_some_and(|last| last.0 as usize >= self.events.len()) {
            return malformed("an effect belongs to no event");
        }
        self.effects.iter().try_for_each(|effect| name("an effect's kind", &effect.kind))
    }
}
