//! The state of a delegation and its four functions: gather, decide, evolve, react.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::case::Outline;
use kernel::registers::IdentityRow;
use kernel::{Actor, Answer, Deed, Effect, Finding, Firm, Matter, Ports, Setting};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::grant::{self, Mandate, Whom};
use super::{Command, Decide, Event, Granted, No, outline};

/// What the zone sets for delegations.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Terms {
    /// Longest time of a delegation in months.
    pub months_max: u32,
}

/// What the libraries said, as far as the command needed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Of the register of identities: who grants, then the ward if there is one.
    pub identities: Option<Answer<Vec<Option<IdentityRow>>>>,
    /// The firm, if its licence was issued here.
    pub firm: Option<Answer<Option<Firm>>>,
}

/// Where a delegation stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing was granted.
    #[default]
    Draft,
    /// 转人工.
    Referred,
    /// 待受托人接受.
    Offered,
    /// 生效.
    Active,
    /// 不予确认.
    Refused,
    /// 委托人取消.
    Revoked,
    /// 受托人辞去.
    Resigned,
    /// An officer ended it.
    Ended,
    /// 期限届满.
    Lapsed,
}

/// A delegation as its events have made it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Delegation {
    pub(super) stage: Stage,
    pub(super) granted: Option<Box<Granted>>,
    pub(super) findings: Vec<Finding>,
    pub(super) referred: bool,
    pub(super) examined_at: Option<Timestamp>,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) officer: Option<String>,
    pub(super) reason: Option<String>,
}

impl Delegation {
    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Who, for whom, how far, how long; none before it was granted.
    pub fn granted(&self) -> Option<&Granted> {
        self.granted.as_deref()
    }

    /// The same, if it is in force at this instant; its end counts by the clock, whether or not the timer has run.
    pub fn in_force(&self, now: Timestamp) -> Option<&Granted> {
        self.granted()
            .filter(|granted| self.stage == Stage::Active && now < granted.ends_at)
    }

    /// The same, for this agent alone.
    pub fn entrusted_to(&self, agent: &str, now: Timestamp) -> Option<&Granted> {
        self.in_force(now).filter(|granted| granted.agent.person == agent)
    }

    /// Whether `agent` may do this with a case of that service at this instant.
    pub fn allows(&self, agent: &str, service: &str, deed: Deed, now: Timestamp) -> bool {
        self.entrusted_to(agent, now)
            .is_some_and(|granted| granted.scope.covers(service, deed))
    }

    pub(super) fn status(&self) -> &'static str {
        match self.stage {
            Stage::Draft => "draft",
            Stage::Referred => "referred",
            Stage::Offered => "offered",
            Stage::Active => "active",
            Stage::Refused => "refused",
            Stage::Revoked => "revoked",
            Stage::Resigned => "resigned",
            Stage::Ended => "ended",
            Stage::Lapsed => "lapsed",
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Referred | Stage::Offered | Stage::Active)
    }

    /// What was granted, if the case still stands open at this instant; else that it is too late.
    fn open_at(&self, now: Timestamp) -> Result<&Granted, No> {
        let too_late = No::TooLate { status: self.status() };
        let granted = self.granted().filter(|_| self.is_open()).ok_or(too_late)?;
        if now < granted.ends_at {
            Ok(granted)
        } else {
            Err(No::TooLate { status: "lapsed" })
        }
    }

    fn at_stage(&self, stage: Stage, now: Timestamp) -> Result<&Granted, No> {
        let granted = self.open_at(now)?;
        if self.stage == stage {
            Ok(granted)
        } else {
            Err(No::TooLate { status: self.status() })
        }
    }
}

impl Matter for Delegation {
    type State = Self;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;
    type Terms = Terms;
    type Refusal = No;

    async fn gather(_state: &Self, command: &Command, setting: &Setting, ports: &Ports) -> Facts {
        let Command::Grant(grant) = command else {
            return Facts::default();
        };
        let people = grant::people(grant, &setting.actor);
        let firm = match &grant.whom {
            Whom::Firm { unified_code, .. } => Some(ports.firms.firm(unified_code.as_str(), setting.now).await),
            Whom::Myself { .. } | Whom::Ward { .. } => None,
        };
        Facts {
            identities: Some(ports.registers.identities(&people).await),
            firm,
        }
    }

    fn decide(state: &Self, command: &Command, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
        let at = setting.now;
        match command {
            Command::Grant(grant) => match state.stage {
                Stage::Draft => grant::decide(grant, facts, setting),
                _ => Err(No::TooLate { status: state.status() }),
            },
            Command::Accept(_) => {
                is_agent(state.at_stage(Stage::Offered, at)?, &setting.actor)?;
                Ok(vec![Event::Accepted { at }])
            }
            Command::Resign(why) => {
                let granted = state.open_at(at)?;
                is_agent(granted, &setting.actor)?;
                let reason = why.reason.clone();
                Ok(vec![Event::Resigned { reason, at }])
            }
            Command::Revoke(why) => {
                state.open_at(at)?;
                no_chain(&setting.actor)?;
                let reason = why.reason.clone();
                Ok(vec![Event::Revoked { reason, at }])
            }
            Command::Decide(decision) => officer_decides(state, decision, setting),
            Command::End(end) => {
                state.at_stage(Stage::Active, at)?;
                let (officer, reason) = (officer(state, &setting.actor)?, end.reason.clone());
                Ok(vec![Event::Ended { officer, reason, at }])
            }
            Command::Lapse(_) => match state.granted() {
                Some(granted) if state.is_open() && granted.ends_at <= at => Ok(vec![Event::Lapsed { at }]),
                _ => Err(No::TooLate { status: state.status() }),
            },
        }
    }

    fn evolve(state: &mut Self, event: &Event) {
        match event {
            Event::Granted(granted) => state.granted = Some(granted.clone()),
            Event::Referred { findings, .. } => {
                state.stage = Stage::Referred;
                state.referred = true;
                state.findings = findings.clone();
            }
            Event::Offered { .. } => state.stage = Stage::Offered,
            Event::Approved { officer, reason, at } => {
                state.examined_at = Some(*at);
                state.officer = Some(officer.clone());
                state.reason = Some(reason.clone());
            }
            Event::Refused { officer, reason, at } => state.end(Stage::Refused, Some(officer), reason, *at),
            Event::Accepted { at } => {
                state.stage = Stage::Active;
                state.accepted_at = Some(*at);
            }
            Event::Revoked { reason, at } => state.end(Stage::Revoked, None, reason, *at),
            Event::Resigned { reason, at } => state.end(Stage::Resigned, None, reason, *at),
            Event::Ended { officer, reason, at } => state.end(Stage::Ended, Some(officer), reason, *at),
            Event::Lapsed { at } => {
                state.stage = Stage::Lapsed;
                state.ended_at = Some(*at);
            }
        }
    }

    fn react(state: &Self, event: &Event) -> Vec<Effect> {
        let Some(granted) = state.granted() else { return vec![] };
        let (owner, agent) = (&granted.owner, &granted.agent.person);
        let to = |people: &[&String], notice: &str| people.iter().map(|person| notify(person, notice, granted)).collect();
        match event {
            Event::Granted(granted) => vec![Effect::Perform {
                case: None,
                action: "lapse".into(),
                input: json!({}),
                at: Some(granted.ends_at),
            }],
            Event::Referred { .. } => to(&[owner], "referred"),
            Event::Offered { .. } => to(&[agent], "please-accept"),
            Event::Refused { .. } => to(&[owner], "refused"),
            Event::Accepted { .. } => to(&[owner], "accepted"),
            Event::Revoked { .. } => to(&[agent], "revoked"),
            Event::Resigned { .. } => to(&[owner], "resigned"),
            Event::Ended { .. } if owner == agent => to(&[owner], "ended"),
            Event::Ended { .. } => to(&[owner, agent], "ended"),
            Event::Lapsed { .. } if owner == agent => to(&[owner], "lapsed"),
            Event::Lapsed { .. } => to(&[owner, agent], "lapsed"),
            Event::Approved { .. } => vec![],
        }
    }

    fn is_by_machine(event: &Event) -> bool {
        match event {
            Event::Referred { .. } | Event::Offered { .. } | Event::Lapsed { .. } => true,
            Event::Granted(_)
            | Event::Approved { .. }
            | Event::Refused { .. }
            | Event::Accepted { .. }
            | Event::Revoked { .. }
            | Event::Resigned { .. }
            | Event::Ended { .. } => false,
        }
    }

    fn outline(state: &Self) -> Outline {
        outline::of(state)
    }
}

impl Delegation {
    fn end(&mut self, stage: Stage, officer: Option<&String>, reason: &str, at: Timestamp) {
        self.stage = stage;
        self.ended_at = Some(at);
        if officer.is_some() {
            self.officer = officer.cloned();
        }
        self.reason = Some(reason.to_string()).filter(|reason| !reason.is_empty());
    }
}

fn officer_decides(state: &Delegation, decision: &Decide, setting: &Setting) -> Result<Vec<Event>, No> {
    let at = setting.now;
    let granted = state.at_stage(Stage::Referred, at)?;
    let (officer, reason) = (officer(state, &setting.actor)?, decision.reason.clone());
    if !decision.approve {
        return Ok(vec![Event::Refused { officer, reason, at }]);
    }
    // A guardian asked for it himself; an agent is asked now.
    let next = match granted.mandate {
        Mandate::ByGuardian => Event::Accepted { at },
        Mandate::ByPerson | Mandate::ByFirm => Event::Offered { at },
    };
    Ok(vec![Event::Approved { officer, reason, at }, next])
}

fn officer(state: &Delegation, actor: &Actor) -> Result<String, No> {
    match actor {
        Actor::Officer { name, .. } => Ok(name.clone()),
        Actor::Person { .. } | Actor::System => Err(No::TooLate { status: state.status() }),
    }
}

fn is_agent(granted: &Granted, actor: &Actor) -> Result<(), No> {
    no_chain(actor)?;
    if actor.person() == Some(granted.agent.person.as_str()) {
        Ok(())
    } else {
        Err(No::NotTheAgent)
    }
}

/// Who acts for another neither takes on nor gives up anything in that other's name here.
fn no_chain(actor: &Actor) -> Result<(), No> {
    if actor.agent().is_some() { Err(No::Chained) } else { Ok(()) }
}

fn notify(person: &str, notice: &str, granted: &Granted) -> Effect {
    let with = BTreeMap::from([
        ("principal".to_string(), granted.principal.name.clone()),
        ("agent".to_string(), granted.agent.name.clone()),
        ("until".to_string(), granted.until.to_string()),
    ]);
    Effect::Notify {
        person: person.into(),
        notice: notice.into(),
        with,
    }
}
