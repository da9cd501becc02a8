//! 变更登记: a registered firm takes another name or legal representative. The same checks as at its foundation decide.

use jiff::Timestamp;
use kernel::papers::Paper;
use kernel::{Actor, Outcome, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::{Apply, Kind, Officer, Role};
use super::checks;
use super::decide::{Registration, Stage};
use super::facts::{Facts, name_keys};
use super::licence::{self, Licence};
use super::{Event, No};

/// What is to be another from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The new name; none if it stays.
    #[serde(default)]
    #[schemars(length(min = 2, max = 100))]
    pub name: Option<String>,
    /// The new legal representative; none if it stays.
    #[serde(default)]
    pub representative: Option<Representative>,
    /// The resolution that it rests on, told to the applicant.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// A new legal representative, who also takes the office that the old one acted in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
}

/// A change that was entered.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Changed {
    /// The application as it would read today.
    pub application: Apply,
    /// The new licence, under the old unified code.
    pub licence: Licence,
    /// Keys under which the name is held from now on.
    pub name_keys: Vec<String>,
    /// Keys of the former name.
    pub former_keys: Vec<String>,
    /// Until when the former name stays protected.
    pub former_until: Timestamp,
    /// The resolution.
    pub reason: String,
    /// The officer who entered it.
    pub officer: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Change {
    /// The application as it would read with this change.
    pub fn applied_to(&self, application: &Apply) -> Apply {
        let mut changed = application.clone();
        if let Some(name) = &self.name {
            changed.name.clone_from(name);
        }
        if let Some(next) = &self.representative {
            replace_representative(&mut changed, next);
        }
        changed
    }
}

/// The new one takes over every office of the old one, for he has to be director or manager (公司法 2023 art. 10).
fn replace_representative(application: &mut Apply, next: &Representative) {
    let Some((old, _)) = application.legal_representative() else {
        return;
    };
    let taken_over = |officer: &Officer| officer.paper.key() == old && officer.role != Role::Supervisor;
    for officer in application.officers.iter_mut().filter(|o| taken_over(o)) {
        officer.name.clone_from(&next.name);
        officer.paper = next.paper.clone();
    }
    if application.kind == Kind::SoleProprietor
        && let Some(operator) = application.holders.first_mut()
    {
        operator.name.clone_from(&next.name);
        operator.paper = next.paper.clone();
    }
}

pub(super) fn decide(state: &Registration, change: &Change, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let (Stage::Issued | Stage::Archived, Some(applied), Some(old)) = (state.stage, state.applied.as_deref(), state.licence.as_deref())
    else {
        return Err(state.too_late());
    };
    let application = change.applied_to(&applied.application);
    if application == applied.application {
        return Err(No::NothingChanges);
    }
    let findings = checks::review(&application, facts, true, setting);
    let gravest = findings.iter().max_by_key(|f| f.outcome);
    match gravest {
        Some(f) if f.outcome == Outcome::Block => return Err(No::RuleForbids { rule: f.rule.clone() }),
        Some(f) if f.outcome == Outcome::Unknown => {
            return Err(No::LibraryDown {
                library: f.evidence.get("library").cloned().unwrap_or_default(),
            });
        }
        _ => {}
    }
    let renamed = application.name != applied.application.name;
    let report = facts.name.as_ref().and_then(kernel::Answer::given);
    let keys = report.map(|r| name_keys(r, &application)).filter(|_| renamed);
    let licence = Licence {
        established_on: old.established_on,
        ..licence::issue(&application, &old.address, old.unified_code.clone(), setting)
    };
    let terms: &checks::Terms = setting.terms();
    let officer = match &setting.actor {
        Actor::Officer { name, .. } => Some(name.clone()),
        Actor::Person { .. } | Actor::System => None,
    };
    Ok(vec![Event::Changed(Box::new(Changed {
        licence,
        former_keys: if renamed { applied.name_keys.clone() } else { vec![] },
        name_keys: keys.unwrap_or_else(|| applied.name_keys.clone()),
        former_until: kernel::setting::end_of_day(setting.months_from_today(terms.cancelled_name_months), setting.zone.time_zone()),
        application,
        reason: change.reason.clone(),
        officer,
        at: setting.now,
    }))])
}

pub(super) fn evolve(state: &mut Registration, changed: &Changed) {
    if let Some(applied) = &mut state.applied {
        applied.application = changed.application.clone();
        applied.name_keys.clone_from(&changed.name_keys);
    }
    state.licence = Some(Box::new(changed.licence.clone()));
}
