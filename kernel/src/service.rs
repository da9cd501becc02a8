//! A service declared as a value: its actions with who may do them, its queries, its words. One line gives the route, the JSON
//! Schema, the form, the command-line verb, the permission and the OpenAPI entry.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine::{Machine, MachineOf};
use crate::matter::Matter;
use crate::ports::Ports;
use crate::refusal::BadInput;
use crate::schema;
use crate::setting::Setting;
use crate::text::ServiceText;
use crate::zone::{Zone, ZoneError};

/// Who may do an action or ask a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Everyone, logged in or not.
    Anyone,
    /// A citizen who is logged in; the action opens a new case.
    Applicant,
    /// The citizen who opened the case.
    Owner,
    /// A citizen whom the case names as a party.
    Party,
    /// An officer of the agency that handles the service.
    Officer,
    /// The machine alone: timers and effects.
    System,
    /// Another case, through [`crate::Effect::Open`]; the action opens a new case.
    Case,
    /// An officer of the agency that handles the service; the action opens a new case, such as a stock or a list that the agency keeps.
    Clerk,
}

impl Who {
    /// The action opens a new case.
    pub fn opens(self) -> bool {
        matches!(self, Self::Applicant | Self::Case | Self::Clerk)
    }
}

/// How much weight an act has, from reading to binding oneself; who acts for another may do so much and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// 查阅: looking at cases.
    Read,
    /// 代办: handing in, adding, taking back.
    Apply,
    /// 签署: giving one's word as a party.
    Sign,
}

/// A command, with its type taken away.
pub type ErasedCommand = Box<dyn Any + Send + Sync>;
/// What was gathered, with its type taken away.
pub type ErasedFacts = Box<dyn Any + Send + Sync>;
/// A case's state, with its type taken away; shared with the cache.
pub type ErasedState = Arc<dyn Any + Send + Sync>;
/// An answer on its way.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Parse = Box<dyn Fn(Value) -> Result<ErasedCommand, BadInput> + Send + Sync>;
type Look = Box<dyn Fn(&ErasedState) -> Option<Value> + Send + Sync>;
type Reply = Box<dyn Fn(Value, Arc<Zone>, Date, Ports) -> Soon<'static, Result<Value, BadInput>> + Send + Sync>;

/// A service of the zone.
pub struct Service {
    /// Kebab-case; never changes.
    pub slug: &'static str,
    /// Goes up when rules or events change shape.
    pub version: u32,
    /// What it is a part of, if it is no reform of its own: another reform's slug, or `house`.
    pub part_of: Option<&'static str>,
    /// Its words.
    pub text: ServiceText,
    /// What can be done to a case.
    pub actions: Vec<Action>,
    /// What can be read of a case.
    pub queries: Vec<Query>,
    /// What can be asked without a case.
    pub questions: Vec<Question>,
    pub(crate) machine: Box<dyn Machine>,
}

/// Something that can be done to a case.
pub struct Action {
    /// Kebab-case verb.
    pub name: &'static str,
    /// Who may.
    pub who: Who,
    /// JSON Schema (2020-12) of the input, with the words of the service in `x-text`.
    pub schema: Value,
    parse: Parse,
}

/// Something that can be read of a case.
pub struct Query {
    /// Kebab-case noun.
    pub name: &'static str,
    /// Who may.
    pub who: Who,
    look: Look,
}

/// Something that can be asked without a case, such as whether a name is free.
pub struct Question {
    /// Kebab-case.
    pub name: &'static str,
    /// Who may.
    pub who: Who,
    /// JSON Schema of the input.
    pub schema: Value,
    reply: Reply,
}

impl Service {
    /// Begins the declaration of a service. `text` is its `text.toml`, compiled in.
    ///
    /// # Panics
    /// If the text file is malformed, which the service's own tests would show.
    pub fn of<M: Matter>(slug: &'static str, version: u32, text: &str) -> Self {
        let text = ServiceText::parse(text).unwrap_or_else(|e| panic!("text.toml of {slug}: {e}"));
        let machine = Box::new(MachineOf::<M>::new(slug, version));
        Self {
            slug,
            version,
            part_of: None,
            text,
            actions: vec![],
            queries: vec![],
            questions: vec![],
            machine,
        }
    }

    /// Says that this is no reform of its own but a part of `whole`: another reform's slug, or `house` for what serves them all.
    #[must_use]
    pub fn part_of(mut self, whole: &'static str) -> Self {
        self.part_of = Some(whole);
        self
    }

    /// Adds an action; a tuple variant of the command is the function that it wants.
    #[must_use]
    pub fn action<P, C>(mut self, name: &'static str, who: Who, command: fn(P) -> C) -> Self
    where
        P: DeserializeOwned + JsonSchema + 'static,
        C: Send + Sync + 'static,
    {
        let parse: Parse = Box::new(move |value| Ok(Box::new(command(schema::read(value)?)) as ErasedCommand));
        self.actions.push(Action {
            name,
            who,
            schema: schema::with_words::<P>(&self.text),
            parse,
        });
        self
    }

    /// Adds a query of a case; `None` means that the case has no such thing (yet).
    #[must_use]
    pub fn query<S: 'static, R: Serialize + 'static>(mut self, name: &'static str, who: Who, look: fn(&S) -> Option<R>) -> Self {
        let look: Look = Box::new(move |state| {
            let state = state.downcast_ref::<S>()?;
            look(state).and_then(|r| serde_json::to_value(r).ok())
        });
        self.queries.push(Query { name, who, look });
        self
    }

    /// Adds a question that needs no case.
    #[must_use]
    pub fn question<Q, R, F>(mut self, name: &'static str, who: Who, reply: fn(Q, Arc<Zone>, Date, Ports) -> F) -> Self
    where
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + 'static,
        F: Future<Output = R> + Send + 'static,
    {
        let erased: Reply = Box::new(move |value, zone, today, ports| {
            Box::pin(async move {
                let answer = reply(schema::read(value)?, zone, today, ports).await;
                serde_json::to_value(answer).map_err(|e| BadInput::at("", "unanswerable", "无法给出答复", e.to_string()))
            })
        });
        self.questions.push(Question {
            name,
            who,
            schema: schema::with_words::<Q>(&self.text),
            reply: erased,
        });
        self
    }

    /// The action with this name.
    pub fn find_action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|a| a.name == name)
    }

    /// The first action with which a citizen opens a case.
    pub fn opening_action(&self) -> Option<&Action> {
        self.actions.iter().find(|a| a.who == Who::Applicant)
    }

    /// The actions that open a case, of whomever.
    pub fn opening_actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|a| a.who.opens())
    }

    /// Checks that the zone has every parameter that this service needs, on that day.
    pub fn check_zone(&self, zone: &Zone, day: Date) -> Result<(), ZoneError> {
        self.terms(zone, day).map(|_| ())
    }

    /// The service's parameters in force on that day, for [`Setting::new`].
    pub fn terms(&self, zone: &Zone, day: Date) -> Result<Arc<dyn Any + Send + Sync>, ZoneError> {
        self.machine.terms(zone, day)
    }

    /// The engine room: fold, gather, decide, react, without types.
    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }
}

impl Action {
    /// What it means to do this with that input. A party's action is the party's word; so is a form in which a field `sign` is true.
    pub fn deed(&self, input: &Value) -> Deed {
        if self.who == Who::Party || signs(input) {
            Deed::Sign
        } else {
            Deed::Apply
        }
    }
    /// Reads an input into a command.
    pub fn parse(&self, input: Value) -> Result<ErasedCommand, BadInput> {
        (self.parse)(input)
    }
}

/// Whether a field `sign` is true anywhere in a form: a form may hold another one.
fn signs(input: &Value) -> bool {
    match input {
        Value::Object(map) => map.get("sign") == Some(&Value::Bool(true)) || map.values().any(signs),
        Value::Array(items) => items.iter().any(signs),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

impl Query {
    /// Looks at a state.
    pub fn look(&self, state: &ErasedState) -> Option<Value> {
        (self.look)(state)
    }
}

impl Question {
    /// Answers a question.
    pub fn reply(&self, input: Value, zone: Arc<Zone>, today: Date, ports: Ports) -> Soon<'static, Result<Value, BadInput>> {
        (self.reply)(input, zone, today, ports)
    }
}

/// Puts a [`Setting`] together for a service on the day of the instant.
pub fn setting_for(
    service: &Service,
    case: crate::CaseId,
    now: jiff::Timestamp,
    actor: crate::Actor,
    seed: u64,
    zone: Arc<Zone>,
) -> Result<Setting, ZoneError> {
    let terms = service.terms(&zone, crate::setting::day_in_zone(now, &zone))?;
    Ok(Setting::new(case, now, actor, seed, zone, terms))
}
