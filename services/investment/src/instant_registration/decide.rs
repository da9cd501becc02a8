//! The state of a registration and its four functions: gather, decide, evolve, react.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kernel::case::Outline;
use kernel::registers::IdentityRow;
use kernel::setting::end_of_day;
use kernel::{Actor, Answer, Bond, Effect, Finding, Matter, Outcome, Ports, Setting};
use serde::{Deserialize, Serialize};

use super::application::Apply;
use super::checks::{self, Terms};
use super::facts::{Facts, gather_all, name_keys};
use super::licence::{self, Licence};
use super::outline;
use super::{Applied, Command, Commission, Event, No, change, consequences, preview};

/// Times that the pause before a silent library is asked again doubles: with twenty seconds, up to some twenty minutes.
const RETRY_DOUBLINGS_MAX: u32 = 6;

/// Where a registration stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing was handed in.
    #[default]
    Draft,
    /// 待核身 or 待签署; which of them follows from the signers.
    Signing,
    /// 自动审查, held up by a silent library.
    Pending,
    /// 转人工.
    Referred,
    /// 准予, licence issued.
    Issued,
    /// 归档.
    Archived,
    /// 驳回.
    Rejected,
    /// Taken back.
    Withdrawn,
    /// Not signed in time.
    Lapsed,
}

/// Someone who has to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// As in the application.
    pub name: String,
    /// The identity was found verified.
    pub verified: bool,
    /// When they signed.
    pub signed_at: Option<Timestamp>,
}

/// A registration as its events have made it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Registration {
    pub(super) stage: Stage,
    pub(super) applied: Option<Box<Applied>>,
    pub(super) signers: BTreeMap<String, Signer>,
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) archived_at: Option<Timestamp>,
    pub(super) waiting_for: Vec<String>,
    pub(super) attempts: u32,
    pub(super) findings: Vec<Finding>,
    pub(super) officer: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) licence: Option<Box<Licence>>,
    /// Other cases that want to know what becomes of this firm.
    pub(super) watchers: Vec<Bond>,
}

impl Registration {
    /// The licence, once issued.
    pub fn licence(&self) -> Option<Licence> {
        self.licence.as_deref().cloned()
    }

    pub(super) fn status(&self) -> &'static str {
        match self.stage {
            Stage::Draft => "draft",
            Stage::Signing if self.signers.values().any(|s| s.signed_at.is_none() && !s.verified) => "awaiting-identity",
            Stage::Signing => "awaiting-signatures",
            Stage::Pending => "pending",
            Stage::Referred => "referred",
            Stage::Issued => "issued",
            Stage::Archived => "archived",
            Stage::Rejected => "rejected",
            Stage::Withdrawn => "withdrawn",
            Stage::Lapsed => "lapsed",
        }
    }

    pub(super) fn too_late(&self) -> No {
        No::TooLate { status: self.status() }
    }

    fn application(&self) -> Option<&Apply> {
        self.applied.as_deref().map(|a| &a.application)
    }
}

impl Matter for Registration {
    type State = Self;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;
    type Terms = Terms;
    type Refusal = No;

    async fn gather(state: &Self, command: &Command, setting: &Setting, ports: &Ports) -> Facts {
        match command {
            Command::Apply(application) => gather_all(application, setting, ports).await,
            Command::Commission(given) => gather_all(&given.application, setting, ports).await,
            Command::Change(change) => match state.application() {
                Some(application) => gather_all(&change.applied_to(application), setting, ports).await,
                None => Facts::default(),
            },
            Command::Sign(_) | Command::Decide(_) | Command::Review(_) => match state.application() {
                Some(application) => gather_all(application, setting, ports).await,
                None => Facts::default(),
            },
            Command::Withdraw(_) | Command::Cancel(_) | Command::Watch(_) | Command::Lapse(_) | Command::Archive(_) => Facts::default(),
        }
    }

    fn decide(state: &Self, command: &Command, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
        match command {
            Command::Apply(application) => apply(state, application, &Hand::of(setting), facts, setting),
            Command::Commission(given) => apply(state, &given.application, &Hand::of_case(given, setting), facts, setting),
            Command::Change(change) => change::decide(state, change, facts, setting),
            Command::Sign(_) => sign(state, facts, setting),
            Command::Withdraw(why) => match state.stage {
                Stage::Signing | Stage::Pending | Stage::Referred => Ok(vec![Event::Withdrawn {
                    reason: why.reason.clone(),
                    at: setting.now,
                }]),
                _ => Err(state.too_late()),
            },
            Command::Decide(decision) => officer_decides(state, decision, facts, setting),
            Command::Review(_) => match (state.stage, state.applied.as_deref()) {
                (Stage::Pending, Some(applied)) => Ok(conclude(applied, facts, state.attempts, setting)),
                _ => Err(state.too_late()),
            },
            Command::Cancel(_) => match state.stage {
                Stage::Signing | Stage::Pending | Stage::Referred => Ok(vec![Event::Withdrawn {
                    reason: String::new(),
                    at: setting.now,
                }]),
                _ => Err(state.too_late()),
            },
            Command::Watch(watch) => Ok(vec![Event::Watched {
                bond: Bond {
                    parent: watch.parent.clone(),
                    own: setting.case.clone(),
                },
            }]),
            Command::Lapse(_) => match state.stage {
                Stage::Signing => Ok(vec![Event::Lapsed { at: setting.now }]),
                _ => Err(state.too_late()),
            },
            Command::Archive(_) => match state.stage {
                Stage::Issued => Ok(vec![Event::Archived { at: setting.now }]),
                _ => Err(state.too_late()),
            },
        }
    }

    fn evolve(state: &mut Self, event: &Event) {
        match event {
            Event::Applied(applied) => {
                state.stage = Stage::Signing;
                let signer = |name: &String| Signer {
                    name: name.clone(),
                    verified: false,
                    signed_at: None,
                };
                state.signers = applied
                    .signers
                    .iter()
                    .map(|(person, name)| (person.clone(), signer(name)))
                    .collect();
                state.findings = applied.findings.clone();
                state.watchers.extend(applied.bond.clone());
                state.applied = Some(applied.clone());
            }
            Event::IdentityConfirmed { person, .. } => {
                if let Some(signer) = state.signers.get_mut(person) {
                    signer.verified = true;
                }
            }
            Event::Signed { person, at, .. } => {
                if let Some(signer) = state.signers.get_mut(person) {
                    signer.signed_at = Some(*at);
                }
            }
            Event::Submitted { at } => state.submitted_at = Some(*at),
            Event::ReviewPending {
                waiting_for,
                findings,
                attempt,
                ..
            } => {
                state.stage = Stage::Pending;
                state.waiting_for = waiting_for.clone();
                state.findings = findings.clone();
                state.attempts = *attempt;
            }
            Event::Referred { findings, .. } => {
                state.stage = Stage::Referred;
                state.waiting_for.clear();
                state.findings = findings.clone();
            }
            Event::Approved {
                findings,
                officer,
                reason,
                at,
            } => {
                state.stage = Stage::Issued;
                state.decide_by(findings, officer, reason, *at);
            }
            Event::Rejected {
                findings,
                officer,
                reason,
                at,
            } => {
                state.stage = Stage::Rejected;
                state.decide_by(findings, officer, reason, *at);
            }
            Event::LicenceIssued(licence) => state.licence = Some(licence.clone()),
            Event::Changed(changed) => change::evolve(state, changed),
            Event::Watched { bond } => state.watchers.push(bond.clone()),
            Event::Archived { at } => {
                state.stage = Stage::Archived;
                state.archived_at = Some(*at);
            }
            Event::Withdrawn { at, .. } => {
                state.stage = Stage::Withdrawn;
                state.decided_at = Some(*at);
            }
            Event::Lapsed { at } => {
                state.stage = Stage::Lapsed;
                state.decided_at = Some(*at);
            }
        }
    }

    fn react(state: &Self, event: &Event) -> Vec<Effect> {
        consequences::of(state, event)
    }

    fn is_by_machine(event: &Event) -> bool {
        match event {
            Event::Approved { officer, .. } | Event::Rejected { officer, .. } => officer.is_none(),
            Event::IdentityConfirmed { .. }
            | Event::Submitted { .. }
            | Event::ReviewPending { .. }
            | Event::Referred { .. }
            | Event::LicenceIssued(_)
            | Event::Archived { .. }
            | Event::Watched { .. }
            | Event::Lapsed { .. } => true,
            Event::Applied(_) | Event::Signed { .. } | Event::Withdrawn { .. } | Event::Changed(_) => false,
        }
    }

    fn outline(state: &Self) -> Outline {
        outline::of(state)
    }
}

impl Registration {
    fn decide_by(&mut self, findings: &[Finding], officer: &Option<String>, reason: &Option<String>, at: Timestamp) {
        self.findings = findings.to_vec();
        self.officer = officer.clone();
        self.reason = reason.clone();
        self.decided_at = Some(at);
        self.waiting_for.clear();
    }
}

/// Who hands an application in.
struct Hand {
    owner: String,
    name: String,
    bond: Option<Bond>,
}

impl Hand {
    fn of(setting: &Setting) -> Self {
        let (owner, name) = match &setting.actor {
            Actor::Person { person, name, .. } => (person.clone(), name.clone()),
            Actor::Officer { .. } | Actor::System => Default::default(),
        };
        Self { owner, name, bond: None }
    }

    fn of_case(given: &Commission, setting: &Setting) -> Self {
        Self {
            owner: given.owner.clone(),
            name: given.owner_name.clone(),
            bond: Some(Bond {
                parent: given.parent.clone(),
                own: setting.case.clone(),
            }),
        }
    }
}

fn apply(state: &Registration, application: &Apply, hand: &Hand, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    if state.stage != Stage::Draft {
        return Err(state.too_late());
    }
    let terms: &Terms = setting.terms();
    let findings = checks::review(application, facts, false, setting);
    if let Some(similar) = findings.iter().find(|f| f.element == "name" && f.outcome == Outcome::Warn)
        && !application.accept_similar
        && checks::verdict(&findings) < Outcome::Unknown
    {
        return Err(No::SimilarName {
            against: similar.evidence.get("against").cloned().unwrap_or_default(),
        });
    }
    let owner = hand.owner.clone();
    let mut signers = application.people();
    // Who hands in for others is the agent (经办人) and signs as such.
    signers.entry(owner.clone()).or_insert_with(|| hand.name.clone());
    // Identities may still be verified before signing; whatever else speaks against the application can't be mended in this case.
    let hopeless = findings.iter().any(|f| f.outcome == Outcome::Block && !preview::is_mendable(f));
    let report = facts.name.as_ref().and_then(Answer::given);
    let name_free = facts.name_held_by == Some(Answer::Given(None)) && !hopeless;
    let held_until = end_of_day(setting.months_from_today(terms.name_reservation_months), setting.zone.time_zone());
    let verified: Vec<Event> = confirmations(&signers, facts, terms, setting);
    let owner_verified = verified
        .iter()
        .any(|e| matches!(e, Event::IdentityConfirmed { person, .. } if *person == owner));
    let identities_down = facts.identities.as_ref().is_some_and(|a| a.down().is_some());
    // Who is alone and signs now is reviewed in this very decision: its findings stand there, once.
    let signs_now = application.sign && (owner_verified || identities_down);
    let concludes_now = hopeless || (signs_now && signers.len() == 1);
    let applied = Applied {
        application: application.clone(),
        owner: owner.clone(),
        signers: signers.clone(),
        address_text: facts
            .address
            .as_ref()
            .and_then(Answer::given)
            .and_then(Option::as_ref)
            .map(|row| row.text.clone()),
        name_keys: if name_free {
            report.map(|r| name_keys(r, application)).unwrap_or_default()
        } else {
            vec![]
        },
        seat: if hopeless { None } else { facts.seat.clone() },
        held_until,
        findings: if concludes_now { vec![] } else { findings.clone() },
        at: setting.now,
        bond: hand.bond.clone(),
    };
    let mut events = vec![Event::Applied(Box::new(applied.clone()))];
    if hopeless {
        events.push(Event::Rejected {
            findings,
            officer: None,
            reason: None,
            at: setting.now,
        });
        return Ok(events);
    }
    events.extend(verified);
    if signs_now {
        let name = signers.get(&owner).cloned().unwrap_or_default();
        events.push(Event::Signed {
            person: owner.clone(),
            name,
            at: setting.now,
        });
        if signers.len() == 1 {
            events.push(Event::Submitted { at: setting.now });
            events.extend(conclude(&applied, facts, 0, setting));
        }
    }
    Ok(events)
}

fn confirmations(signers: &BTreeMap<String, String>, facts: &Facts, terms: &Terms, setting: &Setting) -> Vec<Event> {
    let Some(rows) = facts.identities.as_ref().and_then(Answer::given) else {
        return vec![];
    };
    let fresh = |row: &&IdentityRow| checks::is_fresh(row.verified_on, terms.face_check_days, setting.today);
    let confirm = |person: &String| {
        let row = rows.get(person).filter(fresh)?;
        Some(Event::IdentityConfirmed {
            person: person.clone(),
            verified_on: row.verified_on,
        })
    };
    signers.keys().filter_map(confirm).collect()
}

fn sign(state: &Registration, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let (Stage::Signing, Some(applied)) = (state.stage, state.applied.as_deref()) else {
        return Err(state.too_late());
    };
    let terms: &Terms = setting.terms();
    let person = setting.actor.person().unwrap_or_default();
    let Some(signer) = state.signers.get(person) else {
        return Err(state.too_late());
    };
    if signer.signed_at.is_some() {
        return Err(No::AlreadySigned);
    }
    let mut events = vec![];
    if !signer.verified {
        let me = BTreeMap::from([(person.to_string(), signer.name.clone())]);
        events = confirmations(&me, facts, terms, setting);
        // A silent library holds up the review, not the hand that signs; the review asks again.
        if events.is_empty() && facts.identities.as_ref().is_none_or(|a| a.given().is_some()) {
            return Err(No::IdentityNotVerified);
        }
    }
    events.push(Event::Signed {
        person: person.to_string(),
        name: signer.name.clone(),
        at: setting.now,
    });
    let last = state.signers.iter().all(|(p, s)| s.signed_at.is_some() || p == person);
    if last {
        events.push(Event::Submitted { at: setting.now });
        events.extend(conclude(applied, facts, 0, setting));
    }
    Ok(events)
}

/// The review of a complete application, and what follows from it.
fn conclude(applied: &Applied, facts: &Facts, attempts: u32, setting: &Setting) -> Vec<Event> {
    let findings = checks::review(&applied.application, facts, true, setting);
    let at = setting.now;
    match checks::verdict(&findings) {
        Outcome::Block => vec![Event::Rejected {
            findings,
            officer: None,
            reason: None,
            at,
        }],
        Outcome::Unknown => vec![pending(findings, attempts, setting)],
        Outcome::Refer => vec![Event::Referred { findings, at }],
        Outcome::Pass | Outcome::Warn => match approve(applied, facts, setting) {
            Some(licence) => {
                vec![
                    Event::Approved {
                        findings,
                        officer: None,
                        reason: None,
                        at,
                    },
                    Event::LicenceIssued(Box::new(licence)),
                ]
            }
            None => vec![pending(findings, attempts, setting)],
        },
    }
}

fn pending(findings: Vec<Finding>, attempts: u32, setting: &Setting) -> Event {
    let terms: &Terms = setting.terms();
    let silent = findings.iter().filter(|f| f.outcome == Outcome::Unknown);
    let mut waiting_for: Vec<String> = silent.filter_map(|f| f.evidence.get("library").cloned()).collect();
    waiting_for.dedup();
    if waiting_for.is_empty() {
        waiting_for.push("unified-codes".into());
    }
    // A library that stays away is asked ever more rarely; when it returns, the server asks at once.
    let seconds = i64::from(terms.review_retry_seconds) << attempts.min(RETRY_DOUBLINGS_MAX);
    let retry_at = setting.now + SignedDuration::from_secs(seconds);
    Event::ReviewPending {
        waiting_for,
        findings,
        retry_at,
        attempt: attempts + 1,
    }
}

fn approve(applied: &Applied, facts: &Facts, setting: &Setting) -> Option<Licence> {
    let code = facts.code.clone()?;
    let row = facts.address.as_ref()?.given()?.as_ref()?;
    Some(licence::issue(&applied.application, &row.text, code, setting))
}

fn officer_decides(state: &Registration, decision: &super::Decide, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let (Stage::Referred, Some(applied)) = (state.stage, state.applied.as_deref()) else {
        return Err(state.too_late());
    };
    let Actor::Officer { name, .. } = &setting.actor else {
        return Err(state.too_late());
    };
    let (officer, reason, at) = (Some(name.clone()), Some(decision.reason.clone()), setting.now);
    let findings = checks::review(&applied.application, facts, true, setting);
    if !decision.approve {
        return Ok(vec![Event::Rejected {
            findings,
            officer,
            reason,
            at,
        }]);
    }
    match findings.iter().max_by_key(|f| f.outcome) {
        Some(f) if f.outcome == Outcome::Block => return Err(No::RuleForbids { rule: f.rule.clone() }),
        Some(f) if f.outcome == Outcome::Unknown => {
            return Err(No::LibraryDown {
                library: f.evidence.get("library").cloned().unwrap_or_default(),
            });
        }
        _ => {}
    }
    let licence = approve(applied, facts, setting).ok_or(No::LibraryDown {
        library: "unified-codes".into(),
    })?;
    Ok(vec![
        Event::Approved {
            findings,
            officer,
            reason,
            at,
        },
        Event::LicenceIssued(Box::new(licence)),
    ])
}
