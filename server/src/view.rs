//! A case as the portal and the command line show it: the service's outline with words, for one reader.

use jiff::Timestamp;
use kernel::setting::day_in_zone;
use kernel::{Actor, AgencyId, Bilingual, CaseId, Due, Finding, Outline, StepState, Who, Zone};
use serde::Serialize;
use serde_json::Value;

use crate::house::Desk;
use crate::portal::assignments::Colleague;

/// One line of a list of cases.
#[derive(Debug, Clone, Serialize)]
pub struct CaseLine {
    /// Case number.
    pub id: CaseId,
    /// Slug of its service.
    pub service: String,
    /// What it is about.
    pub title: String,
    /// Key of the status.
    pub status: String,
    /// The status in words.
    pub status_text: Bilingual,
    /// Nothing more can happen.
    pub closed: bool,
    /// First event.
    pub opened_at: Timestamp,
    /// Last event.
    pub updated_at: Timestamp,
    /// The case waits for the reader.
    pub awaits_me: bool,
    /// By when the agency has to be done; none if nothing is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Working days until then by the zone's calendar, negative after it; none while the clock stands and when the case is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i32>,
    /// The deadline is past, and the case is not closed.
    pub overdue: bool,
    /// The officer who has it, for readers of the agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Colleague>,
}

impl CaseLine {
    /// Counts how long there is until the deadline.
    #[must_use]
    pub fn counted(mut self, zone: &Zone, now: Timestamp) -> Self {
        let Some(due) = self.due.filter(|due| !due.paused && !self.closed) else {
            return self;
        };
        let days = zone
            .calendar
            .working_days_between(day_in_zone(now, zone), day_in_zone(due.at, zone));
        self.days_left = Some(days.value);
        self.overdue = due.at < now;
        self
    }
}

/// A whole case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    /// The line.
    #[serde(flatten)]
    pub line: CaseLine,
    /// Number of events.
    pub version: u64,
    /// The progress line.
    pub steps: Vec<StepView>,
    /// Who takes part.
    pub parties: Vec<PartyView>,
    /// What the reader may do now.
    pub actions: Vec<ActionView>,
    /// What was found.
    pub findings: Vec<FindingView>,
    /// Cases that have to do with this one.
    pub links: Vec<LinkView>,
    /// The service's own facts.
    pub card: Value,
}

/// A case that has to do with the one that is shown.
#[derive(Debug, Clone, Serialize)]
pub struct LinkView {
    /// Its number.
    pub case: CaseId,
    /// Slug of its service.
    pub service: String,
    /// Its service in words.
    pub service_name: Bilingual,
    /// The agency that handles it.
    pub agency: Bilingual,
    /// What it is about.
    pub title: String,
    /// Its status in words.
    pub status_text: Bilingual,
    /// Nothing more can happen.
    pub closed: bool,
    /// By when its agency has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Working time that its agency has spent on it, in seconds, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_seconds: Option<i64>,
}

/// A step with words.
#[derive(Debug, Clone, Serialize)]
pub struct StepView {
    /// Its key.
    pub name: String,
    /// Its words.
    pub text: Bilingual,
    /// How far it is.
    pub state: StepState,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// A party without its number.
#[derive(Debug, Clone, Serialize)]
pub struct PartyView {
    /// Name.
    pub name: String,
    /// The case waits for this person.
    pub awaited: bool,
}

/// An action that is offered.
#[derive(Debug, Clone, Serialize)]
pub struct ActionView {
    /// Its name, for the route.
    pub name: &'static str,
    /// Its words.
    pub text: Bilingual,
    /// A line of help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Bilingual>,
    /// JSON Schema of its input.
    pub schema: Value,
}

/// A finding with words.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// Element key.
    pub element: String,
    /// Element in words.
    pub element_text: Bilingual,
    /// The finding itself.
    #[serde(flatten)]
    pub finding: FindingRest,
    /// What was looked at.
    pub name: Bilingual,
    /// What was found.
    pub text: Bilingual,
    /// Legal basis.
    pub basis: Bilingual,
}

/// What a finding says besides its words.
#[derive(Debug, Clone, Serialize)]
pub struct FindingRest {
    /// Rule id.
    pub rule: String,
    /// What follows.
    pub outcome: kernel::Outcome,
    /// Part of the application.
    pub pointer: String,
    /// Values compared.
    pub evidence: std::collections::BTreeMap<String, String>,
}

/// When a case was opened and last changed, and at which version it stands.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// Number of events.
    pub version: u64,
    /// First event.
    pub opened_at: Timestamp,
    /// Last event.
    pub updated_at: Timestamp,
}

/// How a reader stands to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Opened it.
    pub owner: bool,
    /// Is named in it.
    pub party: bool,
    /// Is an officer of the agency that handles it.
    pub officer: bool,
    /// Is the machine or the operator at the console.
    pub system: bool,
}

impl Standing {
    /// Of this actor to a case with this outline, whose owner is the person who opened it.
    pub fn of(actor: &Actor, owner: Option<&str>, outline: &Outline, agency: &AgencyId) -> Self {
        let person = actor.person();
        Self {
            owner: person.is_some() && person == owner,
            party: person.is_some_and(|p| outline.parties.iter().any(|party| party.person == p)),
            officer: matches!(actor, Actor::Officer { agency: theirs, .. } if theirs == agency),
            system: matches!(actor, Actor::System),
        }
    }

    /// May do or read what is `who`'s.
    pub fn may(self, who: Who) -> bool {
        match who {
            Who::Anyone => true,
            Who::Applicant | Who::Case | Who::Clerk => false,
            Who::Owner => self.owner,
            Who::Party => self.party,
            Who::Officer => self.officer,
            Who::System => self.system,
        }
    }

    /// May see the case at all.
    pub fn may_see(self) -> bool {
        self.owner || self.party || self.officer || self.system
    }
}

/// The line of a case for a reader.
pub fn line(desk: &Desk, id: &CaseId, outline: &Outline, stamp: Stamp, actor: &Actor) -> CaseLine {
    let awaited = |p: &kernel::Party| p.awaited && actor.person() == Some(p.person.as_str());
    let officer = matches!(actor, Actor::Officer { agency, .. } if *agency == desk.agency);
    let for_officer = || {
        let of_officer = |a: &&kernel::service::Action| a.who == Who::Officer && outline.actions.iter().any(|n| n == a.name);
        desk.service.actions.iter().any(|a| of_officer(&a))
    };
    CaseLine {
        id: id.clone(),
        service: desk.service.slug.to_string(),
        title: outline.title.clone(),
        status: outline.status.clone(),
        status_text: desk.service.text.status.get(&outline.status).cloned().unwrap_or_default(),
        closed: outline.closed,
        opened_at: stamp.opened_at,
        updated_at: stamp.updated_at,
        awaits_me: outline.parties.iter().any(awaited) || (officer && for_officer()),
        due: outline.due,
        days_left: None,
        overdue: false,
        assigned: None,
    }
}

/// The whole case for a reader who may see it.
pub fn case(desk: &Desk, id: &CaseId, outline: Outline, stamp: Stamp, actor: &Actor, standing: Standing) -> CaseView {
    let line = line(desk, id, &outline, stamp, actor);
    let text = &desk.service.text;
    let actions = desk.service.actions.iter();
    let offered = actions
        .filter(|a| outline.actions.iter().any(|n| n == a.name))
        .filter(|a| standing.may(a.who));
    // Who has signed is not asked to sign again.
    let offered = offered.filter(|a| a.who != Who::Party || standing.system || line.awaits_me);
    let action = |a: &kernel::service::Action| {
        let words = text.action.get(a.name);
        ActionView {
            name: a.name,
            text: words.map(|w| Bilingual::new(&w.zh, &w.en)).unwrap_or_default(),
            help: words.and_then(|w| w.help.clone()),
            schema: a.schema.clone(),
        }
    };
    CaseView {
        version: stamp.version,
        steps: outline
            .steps
            .iter()
            .map(|s| StepView {
                name: s.name.clone(),
                text: text.step.get(&s.name).cloned().unwrap_or_default(),
                state: s.state,
                at: s.at,
            })
            .collect(),
        parties: outline
            .parties
            .iter()
            .filter(|p| !p.name.is_empty())
            .map(|p| PartyView {
                name: p.name.clone(),
                awaited: p.awaited,
            })
            .collect(),
        actions: offered.map(action).collect(),
        findings: outline.findings.iter().map(|f| finding(desk, f)).collect(),
        links: vec![],
        card: outline.card,
        line,
    }
}

fn finding(desk: &Desk, finding: &Finding) -> FindingView {
    let text = &desk.service.text;
    let words = text.rule.get(&finding.rule);
    let element_text = text.element.get(&finding.element).cloned().unwrap_or_default();
    let said = match (&finding.words, words) {
        (Some(own), _) => (element_text.clone(), own.text.clone(), own.basis.clone()),
        (None, Some(words)) => {
            let template = if finding.outcome == kernel::Outcome::Pass {
                &words.pass
            } else {
                &words.fail
            };
            (words.name.clone(), template.fill(&finding.evidence), words.basis.clone())
        }
        (None, None) => (
            element_text.clone(),
            Bilingual::new(&finding.rule, &finding.rule),
            Bilingual::default(),
        ),
    };
    FindingView {
        element: finding.element.clone(),
        element_text,
        finding: FindingRest {
            rule: finding.rule.clone(),
            outcome: finding.outcome,
            pointer: finding.pointer.clone(),
            evidence: finding.evidence.clone(),
        },
        name: said.0,
        text: said.1,
        basis: said.2,
    }
}
