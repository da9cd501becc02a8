//! A case as people see it: where it stands, who takes part, what was found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::Effect;
use crate::finding::Finding;
use crate::firm::Firm;
use crate::ids::CaseId;

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
    /// By when the agency has to be done; none if nothing is owed.
    #[serde(default)]
    pub due: Option<Due>,
    /// Cases that this one belongs to or that belong to it.
    #[serde(default)]
    pub links: Vec<Link>,
    /// What the page shows of the service's own facts; personal numbers masked.
    pub card: Value,
}

/// A deadline of the agency that handles a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The last instant; while the clock stands, where it would have been when it was stopped.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The holidays of its year are not announced yet.
    pub provisional: bool,
    /// The clock stands: papers are awaited from the applicant.
    pub paused: bool,
}

/// Another case that has to do with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The other case.
    pub case: CaseId,
    /// Its service.
    pub service: String,
    /// Working time that its agency has spent on it, in seconds; none while it runs.
    pub spent_seconds: Option<i64>,
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

/// Ties a case to the case that opened it. It stands in the first event, because only there both numbers are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    /// The case that opened this one.
    pub parent: CaseId,
    /// This case.
    pub own: CaseId,
}

impl Bond {
    /// Tells the parent how this case stands, with its `Who::System` action `report`.
    pub fn report(&self, service: &str, stage: Stage, at: Timestamp) -> Report {
        Report {
            case: self.own.clone(),
            service: service.into(),
            stage,
            at,
            due: None,
            spent_seconds: None,
            said: BTreeMap::new(),
            firm: None,
        }
    }

    /// The effect that carries a report.
    pub fn tell(&self, report: &Report) -> Effect {
        Effect::Perform {
            case: Some(self.parent.clone()),
            action: "report".into(),
            input: serde_json::to_value(report).unwrap_or_default(),
            at: None,
        }
    }
}

/// How far a matter is that another case waits for (待派 → 已派 → 受理 → 补正 → 办结 or 不予 → 送达).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 待派: nothing was opened yet.
    Waiting,
    /// 已派: a case was opened at the authority.
    Sent,
    /// 受理.
    Accepted,
    /// 补正: papers are awaited.
    Supplementing,
    /// 办结.
    Done,
    /// 不予.
    Declined,
    /// 送达: what came of it is in the applicant's hands.
    Delivered,
    /// Taken back by the applicant.
    Cancelled,
}

impl Stage {
    /// Nothing more will come of it.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Declined | Self::Delivered | Self::Cancelled)
    }
}

/// What a case tells the case that opened it. Reports may come late or twice: the later `at`, then the higher stage, counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The case that speaks.
    pub case: CaseId,
    /// Its service.
    pub service: String,
    /// How far it is.
    pub stage: Stage,
    /// When that was so.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Its deadline.
    #[serde(default)]
    pub due: Option<Due>,
    /// Working time that its agency spent on it, in seconds, once it is closed.
    #[serde(default)]
    pub spent_seconds: Option<i64>,
    /// What came of it, by name: an account number, a registration number, a reason.
    #[serde(default)]
    pub said: BTreeMap<String, String>,
    /// The firm, where it was registered or has changed.
    #[serde(default)]
    pub firm: Option<Firm>,
}
