//! The state of a start-up and its four functions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kernel::case::{Outline, Report, Stage};
use kernel::finding::Outcome;
use kernel::{Actor, Answer, CaseId, Effect, Firm, Ports, Setting};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::form::{Matter, Start, Wishes};
use super::{Command, Continue, Event, No, Started, Task, orders, outline};
use crate::instant_registration::{self, preview};

/// A start-up as its events have made it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OneWindow {
    pub(super) started: Option<Box<Started>>,
    pub(super) firm: Option<Firm>,
    pub(super) wishes: Wishes,
    /// The registration, while it is this case's own.
    pub(super) registration: Option<Task>,
    pub(super) tasks: BTreeMap<Matter, Task>,
    pub(super) registered_at: Option<Timestamp>,
    pub(super) ready_at: Option<Timestamp>,
    pub(super) ended: Option<Ended>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ended {
    /// A status.
    pub status: &'static str,
    /// When.
    pub at: Timestamp,
    /// Why, or who received it.
    pub why: Option<String>,
}

/// What has to be known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What the libraries say of the registration.
    pub registration: Option<instant_registration::Facts>,
    /// The firm that continues.
    pub firm: Option<Answer<Option<Firm>>>,
    /// The case that holds the firm's basic account.
    pub account: Option<Answer<Option<String>>>,
}

/// A start-up has no parameters of its own.
#[derive(Debug, Clone, Deserialize)]
pub struct Terms {}

impl OneWindow {
    /// What a matter said by name.
    pub(super) fn said(&self, matter: Matter, name: &str) -> Option<&String> {
        self.tasks.get(&matter)?.said.get(name)
    }

    fn is_over(&self) -> bool {
        self.started.is_none() || self.ended.is_some()
    }

    fn all_closed(&self) -> bool {
        self.firm.is_some() && self.tasks.values().all(|t| t.stage.is_closed())
    }

    fn notify(&self, notice: &str) -> Option<Effect> {
        Some(Effect::Notify {
            person: self.started.as_deref()?.owner.clone(),
            notice: notice.into(),
            with: BTreeMap::from([("name".to_string(), outline::title(self))]),
        })
    }

    /// Adds that everything is ready, if these events have closed the last matter.
    fn and_ready(&self, mut events: Vec<Event>, at: Timestamp) -> Vec<Event> {
        let mut after = self.clone();
        events.iter().for_each(|event| <Self as kernel::Matter>::evolve(&mut after, event));
        if after.all_closed() && after.ready_at.is_none() && after.ended.is_none() {
            events.push(Event::Ready { at });
        }
        events
    }
}

impl kernel::Matter for OneWindow {
    type State = Self;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;
    type Terms = Terms;
    type Refusal = No;

    async fn gather(state: &Self, command: &Command, setting: &Setting, ports: &Ports) -> Facts {
        match command {
            Command::Start(form) => Facts {
                registration: preview::gather(&form.application(), setting, ports).await,
                ..Facts::default()
            },
            Command::Continue(given) => {
                let code = given.unified_code.as_str();
                Facts {
                    firm: Some(ports.firms.firm(code, setting.now).await),
                    account: Some(ports.holds.holder("basic-account", code, setting.now).await),
                    registration: None,
                }
            }
            Command::Add(_) => match &state.firm {
                Some(firm) => Facts {
                    account: Some(ports.holds.holder("basic-account", firm.unified_code.as_str(), setting.now).await),
                    ..Facts::default()
                },
                None => Facts::default(),
            },
            _ => Facts::default(),
        }
    }

    fn decide(state: &Self, command: &Command, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
        let at = setting.now;
        match command {
            Command::Start(form) => start(state, form, facts, setting),
            Command::Continue(given) => go_on(state, given, facts, setting),
            Command::Add(wishes) => add(state, wishes, facts, at),
            Command::Withdraw(_) => {
                if state.is_over() || state.ready_at.is_some() {
                    return Err(No::TooLate);
                }
                let tasks = state
                    .registration
                    .iter()
                    .filter(|_| state.firm.is_none())
                    .chain(state.tasks.values());
                let running = tasks.filter(|t| !t.stage.is_closed()).filter_map(|t| t.case.clone());
                Ok(vec![Event::Withdrawn {
                    stopped: running.collect(),
                    at,
                }])
            }
            Command::Collect(_) => match (state.ready_at, state.is_over()) {
                (Some(_), false) => Ok(vec![Event::Collected { receiver: None, at }]),
                _ => Err(No::TooLate),
            },
            Command::HandOver(given) => match (state.ready_at, state.is_over()) {
                (Some(_), false) => Ok(vec![Event::Collected {
                    receiver: Some(given.receiver.clone()),
                    at,
                }]),
                _ => Err(No::TooLate),
            },
            Command::Report(report) => reported(state, report, setting),
            Command::Refused(refused) => {
                let refusal = Event::MatterRefused {
                    matter: Matter::of_service(&refused.service),
                    code: refused.code.clone(),
                    message: refused.message.clone(),
                    at,
                };
                Ok(state.and_ready(vec![refusal], at))
            }
        }
    }

    fn evolve(state: &mut Self, event: &Event) {
        match event {
            Event::Started(started) => {
                state.wishes.clone_from(&started.wishes);
                match &started.firm {
                    Some(firm) => {
                        state.firm = Some(firm.clone());
                        state.registered_at = Some(started.at);
                        state.tasks = waiting(&started.wishes.matters);
                    }
                    None => {
                        state.registration = Some(Task::of("instant-registration"));
                        state.tasks = waiting(&started.wishes.matters);
                    }
                }
                state.started = Some(started.clone());
            }
            Event::Registered { firm, at, .. } => {
                state.firm = Some(firm.clone());
                state.registered_at = Some(*at);
            }
            Event::RegistrationFailed { why, at } => {
                state.ended = Some(Ended {
                    status: "not-registered",
                    at: *at,
                    why: Some(why.clone()),
                });
            }
            Event::Added { wishes, opened, .. } => {
                state.wishes.clone_from(wishes);
                state.tasks.extend(waiting(opened));
                state.ready_at = None;
                state.ended = None;
            }
            Event::Reported { matter, report } => {
                let task = match matter {
                    Some(matter) => state.tasks.get_mut(matter),
                    None => state.registration.as_mut(),
                };
                if let Some(task) = task {
                    task.learn(report);
                    // A matter that began again is waited for again.
                    if !task.stage.is_closed() {
                        state.ready_at = None;
                    }
                }
            }
            Event::MatterRefused {
                matter, message, code, at, ..
            } => match matter.and_then(|matter| state.tasks.get_mut(&matter)) {
                Some(task) => {
                    task.stage = Stage::Declined;
                    task.closed_at = Some(*at);
                    task.refused = Some(message.clone());
                }
                None => {
                    state.ended = Some(Ended {
                        status: "not-registered",
                        at: *at,
                        why: Some(code.clone()),
                    });
                }
            },
            Event::FirmChanged { firm, .. } => state.firm = Some(firm.clone()),
            Event::Ready { at } => state.ready_at = Some(*at),
            Event::Collected { receiver, at } => {
                state.ended = Some(Ended {
                    status: "collected",
                    at: *at,
                    why: receiver.clone(),
                });
            }
            Event::Withdrawn { at, .. } => {
                state.ended = Some(Ended {
                    status: "withdrawn",
                    at: *at,
                    why: None,
                });
            }
        }
    }

    fn react(state: &Self, event: &Event) -> Vec<Effect> {
        match event {
            Event::Started(started) => match &started.firm {
                None => orders::registration(started).into_iter().collect(),
                Some(_) => {
                    let matters = started.wishes.matters.iter().filter_map(|m| orders::matter(state, *m));
                    matters.chain(orders::follow(started)).collect()
                }
            },
            Event::Registered { opened, .. } => {
                let mut effects: Vec<Effect> = opened.iter().filter_map(|m| orders::matter(state, *m)).collect();
                effects.extend(state.notify("registered"));
                effects
            }
            Event::Added { opened, .. } => opened.iter().filter_map(|m| orders::matter(state, *m)).collect(),
            Event::Reported { matter, .. } => {
                let mut effects = orders::handed_on(state, *matter);
                // A matter that was still being opened when the case was taken back is stopped as soon as it is known.
                let ended = state.ended.as_ref().is_some_and(|e| e.status == "withdrawn");
                let task = matter.and_then(|m| state.tasks.get(&m)).or(state.registration.as_ref());
                let running = task.filter(|t| ended && !t.stage.is_closed()).and_then(|t| t.case.clone());
                effects.extend(running.map(|case| stop(&case)));
                effects
            }
            Event::FirmChanged { firm, .. } => orders::firm_changed(state, firm),
            Event::RegistrationFailed { .. } => state.notify("not-registered").into_iter().collect(),
            Event::MatterRefused { .. } => state.notify("matter-refused").into_iter().collect(),
            Event::Ready { .. } => state.notify("ready").into_iter().collect(),
            Event::Withdrawn { stopped, .. } => stopped.iter().map(stop).collect(),
            Event::Collected { .. } => vec![],
        }
    }

    fn is_by_machine(event: &Event) -> bool {
        !matches!(
            event,
            Event::Started(_) | Event::Added { .. } | Event::Collected { .. } | Event::Withdrawn { .. }
        )
    }

    fn outline(state: &Self) -> Outline {
        outline::of(state)
    }
}

impl Task {
    fn of(service: &str) -> Self {
        Self {
            case: None,
            service: service.into(),
            stage: Stage::Waiting,
            due: None,
            opened_at: None,
            closed_at: None,
            spent_seconds: None,
            said: BTreeMap::new(),
            refused: None,
            reported_at: None,
        }
    }

    /// Reports may overtake one another: an older one changes nothing but what was not known at all.
    fn learn(&mut self, report: &Report) {
        self.case.get_or_insert_with(|| report.case.clone());
        self.opened_at = Some(self.opened_at.map_or(report.at, |at| at.min(report.at)));
        let is_older = self.reported_at.is_some_and(|at| (report.at, report.stage) < (at, self.stage));
        if is_older {
            return;
        }
        self.stage = report.stage;
        self.due = report.due;
        self.reported_at = Some(report.at);
        self.closed_at = report.stage.is_closed().then_some(report.at);
        self.spent_seconds = report.spent_seconds;
        self.said.clone_from(&report.said);
    }
}

fn waiting(matters: &[Matter]) -> BTreeMap<Matter, Task> {
    matters.iter().map(|m| (*m, Task::of(m.service()))).collect()
}

fn stop(case: &CaseId) -> Effect {
    Effect::Perform {
        case: Some(case.clone()),
        action: "cancel".into(),
        input: json!({}),
        at: None,
    }
}

fn started(form: Option<&Start>, firm: Option<Firm>, wishes: &Wishes, setting: &Setting) -> Started {
    let (owner, owner_name) = match &setting.actor {
        Actor::Person { person, name, .. } => (person.clone(), name.clone()),
        Actor::Officer { .. } | Actor::System => Default::default(),
    };
    Started {
        own: setting.case.clone(),
        owner,
        owner_name,
        form: form.map(|form| Box::new(form.clone())),
        firm,
        wishes: wishes.clone(),
        at: setting.now,
    }
}

fn start(state: &OneWindow, form: &Start, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    if state.started.is_some() {
        return Err(No::TooLate);
    }
    if let Some(matter) = form.wishes.lacking(None) {
        return Err(No::Lacking { matter });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = form.people.iter().find(|m| !seen.insert(m.paper.key())) {
        return Err(No::PersonTwice {
            person: twice.name.clone(),
        });
    }
    let Some(libraries) = &facts.registration else {
        return Err(No::LibraryDown {
            library: "parameters".into(),
        });
    };
    // What the registration would refuse is told now, while the form is before the applicant's eyes.
    let findings = preview::findings(&form.application(), libraries, setting);
    if let Some(finding) = findings.iter().find(|f| f.outcome == Outcome::Block && !preview::is_mendable(f)) {
        return Err(No::RuleForbids {
            rule: finding.rule.clone(),
        });
    }
    if let Some(similar) = findings.iter().find(|f| f.element == "name" && f.outcome == Outcome::Warn)
        && !form.accept_similar
    {
        return Err(No::SimilarName {
            against: similar.evidence.get("against").cloned().unwrap_or_default(),
        });
    }
    Ok(vec![Event::Started(Box::new(started(Some(form), None, &form.wishes, setting)))])
}

fn go_on(state: &OneWindow, given: &Continue, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    if state.started.is_some() {
        return Err(No::TooLate);
    }
    let firm = match &facts.firm {
        Some(Answer::Given(Some(firm))) => firm.clone(),
        Some(Answer::Given(None)) | None => return Err(No::NoSuchFirm),
        Some(Answer::Down(down)) => {
            return Err(No::LibraryDown {
                library: down.library.clone(),
            });
        }
    };
    if setting.actor.person() != Some(firm.representative.as_str()) {
        return Err(No::NotTheRepresentative);
    }
    if let Some(matter) = given.wishes.lacking(None) {
        return Err(No::Lacking { matter });
    }
    if given.wishes.matters.is_empty() {
        return Err(No::Lacking { matter: Matter::Seals });
    }
    check_account(&given.wishes, facts)?;
    Ok(vec![Event::Started(Box::new(started(None, Some(firm), &given.wishes, setting)))])
}

/// A second basic account is refused before anything is opened.
fn check_account(wishes: &Wishes, facts: &Facts) -> Result<(), No> {
    if !wishes.matters.contains(&Matter::Account) {
        return Ok(());
    }
    match &facts.account {
        Some(Answer::Given(Some(_))) => Err(No::SecondBasicAccount),
        Some(Answer::Given(None)) | None => Ok(()),
        Some(Answer::Down(down)) => Err(No::LibraryDown {
            library: down.library.clone(),
        }),
    }
}

fn add(state: &OneWindow, later: &Wishes, facts: &Facts, at: Timestamp) -> Result<Vec<Event>, No> {
    let over = state.ended.as_ref().is_some_and(|ended| ended.status != "collected");
    if state.started.is_none() || over || later.matters.is_empty() {
        return Err(No::TooLate);
    }
    let runs = |m: &&Matter| {
        state
            .tasks
            .get(m)
            .is_some_and(|t| !matches!(t.stage, Stage::Declined | Stage::Cancelled))
    };
    if let Some(matter) = later.matters.iter().find(runs) {
        return Err(No::ChosenBefore { matter: *matter });
    }
    let mut wishes = state.wishes.clone();
    wishes.add(later);
    let chosen = Wishes {
        matters: later.matters.clone(),
        ..wishes.clone()
    };
    if let Some(matter) = chosen.lacking(state.wishes.delivery.as_ref()) {
        return Err(No::Lacking { matter });
    }
    check_account(later, facts)?;
    // Before the registration nothing is opened: the matters wait with the others.
    Ok(vec![Event::Added {
        wishes,
        opened: later.matters.clone(),
        at,
    }])
}

fn reported(state: &OneWindow, report: &Report, setting: &Setting) -> Result<Vec<Event>, No> {
    if state.started.is_none() {
        return Err(No::TooLate);
    }
    let at = setting.now;
    let matter = Matter::of_service(&report.service);
    let told = Event::Reported {
        matter,
        report: Box::new(report.clone()),
    };
    if matter.is_some() {
        return Ok(state.and_ready(vec![told], at));
    }
    let mut events = vec![told];
    match (&report.firm, &state.firm) {
        (Some(firm), None) if report.stage == Stage::Done && !state.is_over() => events.push(Event::Registered {
            firm: firm.clone(),
            opened: state.tasks.keys().copied().collect(),
            at,
        }),
        (Some(now), Some(known)) if !same(now, known) => events.push(Event::FirmChanged { firm: now.clone(), at }),
        (_, None) if matches!(report.stage, Stage::Declined | Stage::Cancelled) && !state.is_over() => {
            events.push(Event::RegistrationFailed {
                why: report
                    .said
                    .get("reason")
                    .cloned()
                    .unwrap_or_else(|| format!("{:?}", report.stage).to_lowercase()),
                at,
            });
        }
        _ => {}
    }
    Ok(state.and_ready(events, at))
}

/// The same firm in what the authorities need to know.
fn same(a: &Firm, b: &Firm) -> bool {
    (&a.name, &a.representative, &a.address_code) == (&b.name, &b.representative, &b.address_code)
}
