//! A matter with its types taken away, once, so that the server has one handler and not one per service.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use jiff::civil::Date;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::case::Outline;
use crate::effect::Effect;
use crate::limits;
use crate::matter::Matter;
use crate::ports::Ports;
use crate::refusal::{Problem, Refusal};
use crate::service::{ErasedCommand, ErasedFacts, ErasedState, Soon};
use crate::setting::Setting;
use crate::zone::{Zone, ZoneError};

/// What came of a decision.
pub struct Decided {
    /// The events, as they are stored.
    pub events: Vec<DecidedEvent>,
    /// The state after them.
    pub state: ErasedState,
}

/// One event, ready for the journal.
pub struct DecidedEvent {
    /// `slug/version/Variant`.
    pub kind: String,
    /// JSON of what the variant holds.
    pub data: Vec<u8>,
    /// What follows from it.
    pub effects: Vec<Effect>,
}

/// Why a decision gave no events.
#[derive(Debug)]
pub enum Stop {
    /// The service says no.
    Refusal(Refusal),
    /// The service is at fault.
    Problem(Problem),
}

/// A stored event that today's service can't read; its case is set aside, and nothing else stops.
#[derive(Debug, Clone, thiserror::Error)]
#[error("event {kind} can't be read: {why}")]
pub struct Unreadable {
    /// The stored kind.
    pub kind: String,
    /// What the reader said.
    pub why: String,
}

/// The functions of a [`Matter`] over erased values.
pub trait Machine: Send + Sync {
    /// The state of a case without events.
    fn blank(&self) -> ErasedState;
    /// Folds stored events (kind, JSON) into a state.
    fn fold(&self, state: &ErasedState, events: &[(&str, &[u8])]) -> Result<ErasedState, Unreadable>;
    /// Asks the ports.
    fn gather<'a>(
        &'a self,
        state: &'a ErasedState,
        command: &'a ErasedCommand,
        setting: &'a Setting,
        ports: &'a Ports,
    ) -> Soon<'a, ErasedFacts>;
    /// Decides, folds and reacts.
    fn decide(&self, state: &ErasedState, command: &ErasedCommand, facts: &ErasedFacts, setting: &Setting) -> Result<Decided, Stop>;
    /// What people see of the case.
    fn outline(&self, state: &ErasedState) -> Outline;
    /// See [`Matter::is_by_machine`]; false for an event that can't be read.
    fn is_by_machine(&self, kind: &str, data: &[u8]) -> bool;
    /// A command as JSON, for the record.
    fn command_to_json(&self, command: &ErasedCommand) -> Result<Box<RawValue>, Problem>;
    /// A recorded command.
    fn command_from_json(&self, json: &RawValue) -> Result<ErasedCommand, Problem>;
    /// Facts as JSON, for the record.
    fn facts_to_json(&self, facts: &ErasedFacts) -> Result<Box<RawValue>, Problem>;
    /// Recorded facts.
    fn facts_from_json(&self, json: &RawValue) -> Result<ErasedFacts, Problem>;
    /// The parameters in force on a day.
    fn terms(&self, zone: &Zone, day: Date) -> Result<Arc<dyn Any + Send + Sync>, ZoneError>;
}

/// Terms with the digest of the pack and the day that they hold for.
type TermsOfDay<T> = (String, Date, Arc<T>);

pub(crate) struct MachineOf<M: Matter> {
    slug: &'static str,
    version: u32,
    /// The last terms that were read: most decisions of a day share them.
    terms: Mutex<Option<TermsOfDay<M::Terms>>>,
    matter: PhantomData<fn() -> M>,
}

impl<M: Matter> MachineOf<M> {
    pub(crate) fn new(slug: &'static str, version: u32) -> Self {
        Self {
            slug,
            version,
            terms: Mutex::new(None),
            matter: PhantomData,
        }
    }

    fn state<'a>(&self, state: &'a ErasedState) -> &'a M::State {
        state.downcast_ref().expect("a state goes back to the service that it came from")
    }

    fn command<'a>(&self, command: &'a ErasedCommand) -> &'a M::Command {
        command
            .downcast_ref()
            .expect("a command goes to the service whose action parsed it")
    }

    fn store(&self, event: &M::Event, state: &M::State) -> Result<DecidedEvent, Problem> {
        let tagged = serde_json::to_vec(event).map_err(|e| Problem::during("an event is written", e))?;
        let (variant, data) =
            untag(&tagged).ok_or_else(|| Problem(format!("{}: an event is an enum whose variants hold one struct", self.slug)))?;
        Ok(DecidedEvent {
            kind: format!("{}/{}/{variant}", self.slug, self.version),
            data: data.to_vec(),
            effects: M::react(state, event),
        })
    }

    fn read(&self, kind: &str, data: &[u8]) -> Result<M::Event, Unreadable> {
        let unreadable = |why: String| Unreadable { kind: kind.into(), why };
        let mut parts = kind.splitn(3, '/');
        let (Some(slug), Some(version), Some(variant)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(unreadable("not slug/version/Variant".into()));
        };
        let version: u32 = version.parse().map_err(|_| unreadable("version is no number".into()))?;
        if slug != self.slug || version > self.version {
            return Err(unreadable(format!("this is {} version {}", self.slug, self.version)));
        }
        if version == self.version {
            return serde_json::from_slice(&tag(variant, data)).map_err(|e| unreadable(e.to_string()));
        }
        let old: Value = serde_json::from_slice(data).map_err(|e| unreadable(e.to_string()))?;
        let tagged = Value::Object([(variant.to_string(), M::upcast(version, variant, old))].into_iter().collect());
        serde_json::from_value(tagged).map_err(|e| unreadable(e.to_string()))
    }
}

/// Takes `{"Variant":data}` apart without reading `data`: an event is written once, not as a tree and then as text.
fn untag(tagged: &[u8]) -> Option<(&str, &[u8])> {
    let rest = tagged.strip_prefix(b"{\"")?.strip_suffix(b"}")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let variant = std::str::from_utf8(&rest[..end]).ok()?;
    Some((variant, rest[end + 1..].strip_prefix(b":")?))
}

/// The way back.
fn tag(variant: &str, data: &[u8]) -> Vec<u8> {
    [b"{\"", variant.as_bytes(), b"\":", data, b"}"].concat()
}

impl<M: Matter> Machine for MachineOf<M> {
    fn blank(&self) -> ErasedState {
        Arc::new(M::State::default())
    }

    fn fold(&self, state: &ErasedState, events: &[(&str, &[u8])]) -> Result<ErasedState, Unreadable> {
        let mut state = self.state(state).clone();
        for (kind, data) in events {
            M::evolve(&mut state, &self.read(kind, data)?);
        }
        Ok(Arc::new(state))
    }

    fn gather<'a>(
        &'a self,
        state: &'a ErasedState,
        command: &'a ErasedCommand,
        setting: &'a Setting,
        ports: &'a Ports,
    ) -> Soon<'a, ErasedFacts> {
        let (state, command) = (self.state(state), self.command(command));
        Box::pin(async move { Box::new(M::gather(state, command, setting, ports).await) as ErasedFacts })
    }

    fn decide(&self, state: &ErasedState, command: &ErasedCommand, facts: &ErasedFacts, setting: &Setting) -> Result<Decided, Stop> {
        let facts = facts.downcast_ref().expect("facts go to the service that gathered them");
        let mut after = self.state(state).clone();
        let events = M::decide(&after, self.command(command), facts, setting).map_err(|r| Stop::Refusal(r.into()))?;
        if events.len() > limits::EVENTS_PER_DECISION_MAX {
            return Err(Stop::Problem(Problem(format!(
                "{}: {} events from one decision",
                self.slug,
                events.len()
            ))));
        }
        let mut stored = Vec::with_capacity(events.len());
        for event in &events {
            M::evolve(&mut after, event);
            stored.push(self.store(event, &after).map_err(Stop::Problem)?);
        }
        Ok(Decided {
            events: stored,
            state: Arc::new(after),
        })
    }

    fn outline(&self, state: &ErasedState) -> Outline {
        M::outline(self.state(state))
    }

    fn is_by_machine(&self, kind: &str, data: &[u8]) -> bool {
        self.read(kind, data).is_ok_and(|event| M::is_by_machine(&event))
    }

    fn command_to_json(&self, command: &ErasedCommand) -> Result<Box<RawValue>, Problem> {
        to_raw_value(self.command(command)).map_err(|e| Problem::during("a command is written", e))
    }

    fn command_from_json(&self, json: &RawValue) -> Result<ErasedCommand, Problem> {
        let command: M::Command = serde_json::from_str(json.get()).map_err(|e| Problem::during("a recorded command is read", e))?;
        Ok(Box::new(command))
    }

    fn facts_to_json(&self, facts: &ErasedFacts) -> Result<Box<RawValue>, Problem> {
        let facts: &M::Facts = facts.downcast_ref().expect("facts go to the service that gathered them");
        to_raw_value(facts).map_err(|e| Problem::during("facts are written", e))
    }

    fn facts_from_json(&self, json: &RawValue) -> Result<ErasedFacts, Problem> {
        let facts: M::Facts = serde_json::from_str(json.get()).map_err(|e| Problem::during("recorded facts are read", e))?;
        Ok(Box::new(facts))
    }

    fn terms(&self, zone: &Zone, day: Date) -> Result<Arc<dyn Any + Send + Sync>, ZoneError> {
        let mut last = self.terms.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((digest, on, terms)) = &*last
            && *digest == zone.digest
            && *on == day
        {
            return Ok(terms.clone());
        }
        let json = zone.terms_on(self.slug, day)?;
        let terms: M::Terms = serde_json::from_value(json).map_err(|e| ZoneError::new("parameters.toml", format!("{}: {e}", self.slug)))?;
        let terms = Arc::new(terms);
        *last = Some((zone.digest.clone(), day, terms.clone()));
        Ok(terms)
    }
}
