//! What a service is made of: four functions and the types that they speak in.

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::case::Outline;
use crate::effect::Effect;
use crate::ports::Ports;
use crate::refusal::Refusal;
use crate::setting::Setting;

/// A matter (事项) that a zone handles case by case.
///
/// Commands and events are plain enums whose variants each hold one struct. An event is stored under its variant's name, so a
/// variant that was once released is never renamed; when its shape changes, the service's version goes up and `upcast` learns
/// the old shape.
pub trait Matter: Send + Sync + 'static {
    /// What is known of a case after its events.
    type State: Clone + Default + Serialize + Send + Sync + 'static;
    /// Imperative: `Apply`, `Sign`, `Withdraw`.
    type Command: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Past tense: `Applied`, `Signed`, `Withdrawn`.
    type Event: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the libraries answered, recorded beside the events.
    type Facts: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The dated parameters that the State sets, read from the zone's `parameters.toml` under the service's slug.
    type Terms: DeserializeOwned + Send + Sync + 'static;
    /// The reasons to say no, an enum of the service.
    type Refusal: Into<Refusal>;

    /// Asks the ports for the facts that a command needs; the only function of a service that waits. A library that is down is
    /// itself a fact ([`crate::ports::Answer::Down`]): what follows from it, `decide` says.
    fn gather(state: &Self::State, command: &Self::Command, setting: &Setting, ports: &Ports) -> impl Future<Output = Self::Facts> + Send;
    /// Decides. Pure: the same arguments give the same answer for ever.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
        facts: &Self::Facts,
        setting: &Setting,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;
    /// Folds an event into the state. Never fails, never looks outside.
    fn evolve(state: &mut Self::State, event: &Self::Event);
    /// What follows from an event; `state` is the one after it.
    fn react(state: &Self::State, event: &Self::Event) -> Vec<Effect>;
    /// What people see of the case.
    fn outline(state: &Self::State) -> Outline;
    /// True for an event that the machine decided by itself while it carried out a person's command, such as an automatic approval:
    /// a timeline names the machine beside it, not the person.
    fn is_by_machine(_event: &Self::Event) -> bool {
        false
    }
    /// Turns an event that an older version wrote into today's shape.
    fn upcast(_version: u32, _kind: &str, data: Value) -> Value {
        data
    }
}
