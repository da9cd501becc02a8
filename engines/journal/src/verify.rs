//! Proves that the journal is what was written: the hash chain, the numbering, the streams, the effects.

use std::collections::HashMap;

use crate::batch::HeadRow;
use crate::chain::{self, Link};
use crate::error::Broken;
use crate::{Head, Verified};

/// A piece of the store as one moment saw it.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Comes first: the head that the rest must lead to.
    Head(HeadRow),
    /// Events in order of position.
    Events(Vec<RawEvent>),
    /// Number and version of streams.
    Streams(Vec<(u64, u64)>),
    /// Comes last, with the position of an effect that belongs to no event.
    End { orphan: Option<u64> },
}

/// An event's row as it stands in the store.
#[derive(Debug)]
pub(crate) struct RawEvent {
    pub position: u64,
    pub stream: u64,
    pub name: Option<String>,
    pub version: u64,
    pub nth: u32,
    pub kind: String,
    pub data: Vec<u8>,
    pub at_ms: i64,
    pub hash: Vec<u8>,
    pub record: Option<Vec<u8>>,
}

/// Checks pieces in the order they come.
pub(crate) struct Checker {
    head: HeadRow,
    at: HeadRow,
    versions: HashMap<u64, u64>,
    streams_seen: u64,
    /// Stream, place and record digest of the newest event.
    append: Option<(u64, u32, [u8; 32])>,
    ended: bool,
}

impl Checker {
    pub fn new() -> Self {
        let start = HeadRow {
            position: 0,
            hash: chain::genesis(),
            streams: 0,
        };
        Checker {
            head: start,
            at: start,
            versions: HashMap::new(),
            streams_seen: 0,
            append: None,
            ended: false,
        }
    }

    /// How far it is, and how far it goes.
    pub fn progress(&self) -> (u64, u64) {
        (self.at.position, self.head.position)
    }

    pub fn take(&mut self, piece: Piece) -> Result<(), Broken> {
        match piece {
            Piece::Head(head) => self.head = head,
            Piece::Events(events) => events.iter().try_for_each(|event| self.event(event))?,
            Piece::Streams(streams) => {
                self.reached_head()?;
                streams.iter().try_for_each(|stream| self.stream(*stream))?;
            }
            Piece::End { orphan: Some(position) } => return Err(Broken::at(position, "an effect belongs to no event of its stream")),
            Piece::End { orphan: None } => self.ended = true,
        }
        Ok(())
    }

    fn event(&mut self, event: &RawEvent) -> Result<(), Broken> {
        let position = self.at.position + 1;
        let broken = |why: String| Err(Broken::at(position, why));
        if event.position != position {
            return broken(format!("the next event is at {}", event.position));
        }
        let Some(name) = &event.name else {
            return broken("its stream is missing".into());
        };
        let version = self.versions.entry(event.stream).or_insert(0);
        *version += 1;
        if event.version != *version {
            return broken(format!("{name} has version {} where {version} is next", event.version));
        }
        let record = match (event.nth, &self.append) {
            (0, _) => chain::digest(event.record.as_deref().unwrap_or_default()),
            (nth, Some((stream, last, record))) if *stream == event.stream && nth == last + 1 && event.record.is_none() => *record,
            _ => return broken("it does not follow the event of its append".into()),
        };
        self.append = Some((event.stream, event.nth, record));
        let link = Link {
            position,
            stream: name,
            version: event.version,
            nth: event.nth,
            kind: &event.kind,
            at_ms: event.at_ms,
            data: &event.data,
            record: &record,
        };
        let hash = chain::next(&self.at.hash, &link);
        if event.hash != hash {
            return broken("the event, its record or an earlier one was changed: the hash is another".into());
        }
        self.at.position = position;
        self.at.hash = hash;
        Ok(())
    }

    /// The events are over: they must have led to the head.
    fn reached_head(&self) -> Result<(), Broken> {
        if (self.at.position, self.at.hash) != (self.head.position, self.head.hash) {
            return Err(Broken::at(self.at.position, "the chain does not end where the head says"));
        }
        Ok(())
    }

    fn stream(&mut self, (id, version): (u64, u64)) -> Result<(), Broken> {
        self.streams_seen += 1;
        let events = self.versions.get(&id).copied().unwrap_or(0);
        if events != version {
            return Err(Broken::at(
                0,
                format!("stream number {id} says version {version} and has {events} events"),
            ));
        }
        Ok(())
    }

    /// The verdict, after the last piece.
    pub fn finish(self) -> Result<Verified, Broken> {
        if !self.ended {
            return Err(Broken {
                position: self.at.position,
                why: "the store stopped answering".into(),
                unreadable: true,
            });
        }
        self.reached_head()?;
        if self.streams_seen != self.versions.len() as u64 || self.streams_seen != self.head.streams {
            let seen = self.streams_seen;
            return Err(Broken::at(
                0,
                format!("{seen} streams stand where the events have {}", self.versions.len()),
            ));
        }
        let head = Head {
            position: self.at.position,
            hash: hex::encode(self.at.hash),
        };
        Ok(Verified {
            events: self.at.position,
            streams: self.streams_seen,
            head,
        })
    }
}
