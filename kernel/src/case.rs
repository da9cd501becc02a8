//! A case as people see it: where it stands, who takes part, what was found.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::Finding;

/// What lists and pages show of a case; a service derives it from its state, and nothing of it is stored in events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outline {
    /// A key of `[status]` in the service's texts.
    pub status: String,
    /// What the case is about, in the applicant's words: the company's name.
    pub title: String,
    /// No further action is possible.
    pub closed: bool,
    /// The progress line.
    pub steps: Vec<Step>,
    /// Everyone who may see the case and may be asked to act.
    pub parties: Vec<Party>,
    /// Actions that make sense now; the server offers of these what the reader may do.
    pub actions: Vec<String>,
    /// Libraries whose silence holds the case up, each with the `Who::System` action to perform when it returns.
    pub waits: Vec<Wait>,
    /// Each rule that was applied, for the page *why*.
    pub findings: Vec<Finding>,
    /// What the page shows of the service's own facts; personal numbers masked.
    pub card: Value,
}

/// A library that a case waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// As [`crate::ports::Down::library`] names it.
    pub library: String,
    /// The action that goes on, without input.
    pub action: String,
}

/// One step of the progress line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// A key of `[step]` in the service's texts.
    pub name: String,
    /// Done, current, still to come, or where it ended.
    pub state: StepState,
    /// When it was done.
    pub at: Option<Timestamp>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Behind us.
    Done,
    /// Being worked on.
    Current,
    /// Still to come.
    Ahead,
    /// The case ended here without success.
    Stopped,
}

/// A person who takes part in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// [`crate::papers::Paper::key`].
    pub person: String,
    /// As written in the application.
    pub name: String,
    /// The case waits for this person.
    pub awaited: bool,
}
