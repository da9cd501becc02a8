//! The state of a matter at an authority and its four functions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::case::{Bond, Outline, Report, Stage};
use kernel::{Actor, Clock, Effect, Firm, Matter, Ports, Setting};
use serde::Serialize;
use serde_json::json;

use super::{Command, Event, No, Office, Open, Opened, Terms, hold, outline, release};

/// A matter as its events have made it.
#[derive(Debug, Clone, Serialize)]
#[serde(bound = "")]
pub struct Errand<O: Office> {
    pub(super) stage: Stage,
    pub(super) opened: Option<Box<Opened<O>>>,
    pub(super) clock: Option<Clock>,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) missing: Vec<String>,
    pub(super) deed: Option<O::Deed>,
    pub(super) reason: Option<String>,
    pub(super) overdue: bool,
    /// What was done before the firm changed, and holds no longer.
    pub(super) void: Vec<O::Deed>,
}

impl<O: Office> Default for Errand<O> {
    fn default() -> Self {
        Self {
            stage: Stage::Waiting,
            opened: None,
            clock: None,
            accepted_at: None,
            closed_at: None,
            missing: vec![],
            deed: None,
            reason: None,
            overdue: false,
            void: vec![],
        }
    }
}

impl<O: Office> Errand<O> {
    /// What was done, once it is.
    pub fn receipt(&self) -> Option<O::Deed> {
        self.deed.clone()
    }

    fn too_late(&self) -> No {
        No::new("too-late")
    }

    /// The opened case with its clock, as long as something may still be done.
    fn open(&self) -> Result<(&Opened<O>, &Clock), No> {
        match (self.opened.as_deref(), &self.clock) {
            (Some(opened), Some(clock)) if !self.stage.is_closed() => Ok((opened, clock)),
            _ => Err(self.too_late()),
        }
    }

    fn tell(&self, at: Timestamp) -> Option<Effect> {
        let bond: &Bond = &self.opened.as_deref()?.bond;
        let mut report = Report {
            due: self.clock.as_ref().map(|clock| clock.due),
            ..bond.report(O::SLUG, self.stage, at)
        };
        if self.stage.is_closed() {
            report.spent_seconds = self.clock.as_ref().map(|clock| clock.spent_seconds);
        }
        report.said = self.deed.as_ref().map(O::said).unwrap_or_default();
        report.said.extend(self.reason.iter().map(|r| ("reason".to_string(), r.clone())));
        Some(bond.tell(&report))
    }

    fn notify(&self, notice: &str) -> Option<Effect> {
        let opened = self.opened.as_deref()?;
        let mut with = BTreeMap::from([("name".to_string(), opened.firm.name.clone())]);
        with.insert("papers".into(), self.missing.join("、"));
        Some(Effect::Notify {
            person: opened.owner.clone(),
            notice: notice.into(),
            with,
        })
    }

    fn remind(&self) -> Option<Effect> {
        let due = self.clock.as_ref().filter(|clock| !clock.due.paused)?.due;
        Some(Effect::Perform {
            case: None,
            action: "remind".into(),
            input: json!({}),
            at: Some(due.at),
        })
    }

    fn held(&self) -> Vec<(&'static str, String)> {
        self.opened.as_deref().map(|o| O::holds(&o.order, &o.firm)).unwrap_or_default()
    }
}

fn officer(setting: &Setting) -> String {
    match &setting.actor {
        Actor::Officer { name, .. } => name.clone(),
        Actor::Person { .. } | Actor::System => String::new(),
    }
}

impl<O: Office> Matter for Errand<O> {
    type State = Self;
    type Command = Command<O>;
    type Event = Event<O>;
    type Facts = O::Facts;
    type Terms = Terms;
    type Refusal = No;

    async fn gather(state: &Self, command: &Command<O>, setting: &Setting, ports: &Ports) -> O::Facts {
        let opened = state.opened.as_deref();
        match (command, opened) {
            (Command::Open(given), _) => O::gather(&given.order, None, &given.firm, setting, ports).await,
            (Command::Amend(order), Some(opened)) => O::gather(order, None, &opened.firm, setting, ports).await,
            (Command::Complete(deed), Some(opened)) => O::gather(&opened.order, Some(deed), &opened.firm, setting, ports).await,
            _ => O::Facts::default(),
        }
    }

    fn decide(state: &Self, command: &Command<O>, facts: &O::Facts, setting: &Setting) -> Result<Vec<Event<O>>, No> {
        let (terms, at): (&Terms, _) = (setting.terms(), setting.now);
        match command {
            Command::Open(given) => open(state, given, facts, setting),
            Command::Accept(_) => match (state.open()?, state.stage) {
                (_, Stage::Sent) => Ok(vec![Event::Accepted {
                    officer: officer(setting),
                    at,
                }]),
                _ => Err(state.too_late()),
            },
            Command::AskMore(ask) => match (state.open()?, state.stage) {
                ((_, clock), Stage::Sent | Stage::Accepted) => Ok(vec![Event::MoreAsked {
                    papers: ask.papers.clone(),
                    reason: ask.reason.clone(),
                    clock: clock.stopped(O::SLUG, setting),
                    at,
                }]),
                _ => Err(state.too_late()),
            },
            Command::Supply(supply) => match (state.open()?, state.stage) {
                ((_, clock), Stage::Supplementing) => Ok(vec![Event::Supplied {
                    answer: supply.answer.clone(),
                    clock: clock.resumed(O::SLUG, setting),
                    at,
                }]),
                _ => Err(state.too_late()),
            },
            Command::Amend(order) => {
                let (opened, _) = state.open()?;
                O::admit(order, facts, terms)?;
                let order = O::booked(order, facts);
                let kept = O::holds(&order, &opened.firm);
                let given_back = state.held().into_iter().filter(|held| !kept.contains(held));
                let given_back = given_back.map(|(space, key)| (space.to_string(), key)).collect();
                Ok(vec![Event::Amended { order, given_back, at }])
            }
            Command::Complete(deed) => complete(state, deed, facts, setting),
            Command::Decline(why) => {
                let (_, clock) = state.open()?;
                Ok(vec![Event::Declined {
                    code: None,
                    reason: why.reason.clone(),
                    officer: Some(officer(setting)),
                    clock: clock.stopped(O::SLUG, setting),
                    at,
                }])
            }
            Command::FirmChanged(changed) => firm_changed(state, &changed.firm, setting),
            Command::Cancel(_) => {
                state.open()?;
                Ok(vec![Event::Cancelled { at }])
            }
            Command::Remind(_) => match state.open()? {
                (_, clock) if !state.overdue && !clock.due.paused && clock.due.at <= at => Ok(vec![Event::Overdue { at }]),
                _ => Err(state.too_late()),
            },
        }
    }

    fn evolve(state: &mut Self, event: &Event<O>) {
        match event {
            Event::Opened(opened) => {
                state.stage = Stage::Sent;
                state.clock = Some(opened.clock.clone());
                state.opened = Some(opened.clone());
            }
            Event::Accepted { at, .. } => {
                state.stage = Stage::Accepted;
                state.accepted_at = Some(*at);
            }
            Event::MoreAsked { papers, reason, clock, .. } => {
                state.stage = Stage::Supplementing;
                state.missing.clone_from(papers);
                state.reason = Some(reason.clone());
                state.clock = Some(clock.clone());
            }
            Event::Supplied { clock, at, .. } => {
                state.stage = Stage::Accepted;
                state.accepted_at.get_or_insert(*at);
                state.missing.clear();
                state.reason = None;
                state.clock = Some(clock.clone());
                state.overdue = false;
            }
            Event::Amended { order, .. } => {
                if let Some(opened) = &mut state.opened {
                    opened.order = order.clone();
                }
            }
            Event::Completed { deed, clock, at, .. } => {
                state.stage = Stage::Done;
                state.deed = Some(deed.clone());
                state.reason = None;
                state.close(clock, *at);
            }
            Event::Declined { reason, clock, at, .. } => {
                state.stage = Stage::Declined;
                state.reason = Some(reason.clone());
                state.close(clock, *at);
            }
            Event::FirmChanged { firm, outdated, clock, .. } => {
                if let Some(opened) = &mut state.opened {
                    opened.firm = firm.clone();
                }
                if *outdated {
                    state.stage = Stage::Sent;
                    (state.accepted_at, state.closed_at) = (None, None);
                    state.void.extend(state.deed.take());
                }
                state.clock = Some(clock.clone());
            }
            Event::Cancelled { at } => {
                state.stage = Stage::Cancelled;
                state.closed_at = Some(*at);
            }
            Event::Overdue { .. } => state.overdue = true,
        }
    }

    fn react(state: &Self, event: &Event<O>) -> Vec<Effect> {
        let mut effects = vec![];
        match event {
            Event::Opened(opened) => {
                effects.extend(
                    O::holds(&opened.order, &opened.firm)
                        .into_iter()
                        .map(|(space, key)| hold(space, key)),
                );
                effects.extend(state.remind());
                effects.extend(state.tell(opened.at));
            }
            Event::Accepted { at, .. } => effects.extend(state.tell(*at)),
            Event::MoreAsked { at, .. } => {
                effects.extend(state.notify("more-asked"));
                effects.extend(state.tell(*at));
            }
            Event::Supplied { at, .. } => {
                effects.extend(state.remind());
                effects.extend(state.tell(*at));
            }
            Event::Amended { given_back, .. } => {
                effects.extend(given_back.iter().map(|(space, key)| release(space, key.clone())));
                effects.extend(state.held().into_iter().map(|(space, key)| hold(space, key)));
            }
            Event::Completed { deed, at, .. } => {
                effects.extend(O::kept(deed).into_iter().map(|(space, key)| hold(space, key)));
                effects.extend(state.notify("completed"));
                effects.extend(state.tell(*at));
            }
            Event::Declined { code, at, .. } => {
                // A case that was declined because another holds the thing has nothing to give back, and gives nothing back.
                effects.extend(state.held().into_iter().map(|(space, key)| release(space, key)));
                effects.extend(code.is_none().then(|| state.notify("declined")).flatten());
                effects.extend(state.tell(*at));
            }
            Event::FirmChanged { outdated, at, .. } => {
                effects.extend(state.remind());
                if *outdated {
                    effects.extend(state.notify("begun-again"));
                    effects.extend(state.tell(*at));
                }
            }
            Event::Cancelled { at } => {
                effects.extend(state.held().into_iter().map(|(space, key)| release(space, key)));
                effects.extend(state.tell(*at));
            }
            Event::Overdue { .. } => effects.extend(state.notify("overdue")),
        }
        effects
    }

    fn is_by_machine(event: &Event<O>) -> bool {
        match event {
            Event::Declined { officer, .. } => officer.is_none(),
            Event::Opened(_) | Event::FirmChanged { .. } | Event::Cancelled { .. } | Event::Overdue { .. } => true,
            Event::Accepted { .. } | Event::MoreAsked { .. } | Event::Supplied { .. } | Event::Amended { .. } | Event::Completed { .. } => {
                false
            }
        }
    }

    fn outline(state: &Self) -> Outline {
        outline::of(state)
    }
}

impl<O: Office> Errand<O> {
    fn close(&mut self, clock: &Clock, at: Timestamp) {
        self.clock = Some(clock.clone());
        self.closed_at = Some(at);
        self.missing.clear();
    }
}

/// The matter is always opened, so that the opener learns its number; what can't be taken is declined in the same decision.
fn open<O: Office>(state: &Errand<O>, given: &Open<O>, facts: &O::Facts, setting: &Setting) -> Result<Vec<Event<O>>, No> {
    if state.stage != Stage::Waiting {
        return Err(state.too_late());
    }
    let (terms, at): (&Terms, _) = (setting.terms(), setting.now);
    let admitted = O::admit(&given.order, facts, terms);
    let clock = Clock::start(terms.service_hours, O::SLUG, setting);
    let opened = Opened {
        bond: Bond {
            parent: given.parent.clone(),
            own: setting.case.clone(),
        },
        owner: given.owner.clone(),
        owner_name: given.owner_name.clone(),
        firm: given.firm.clone(),
        order: match admitted {
            Ok(()) => O::booked(&given.order, facts),
            Err(_) => given.order.clone(),
        },
        clock: clock.clone(),
        at,
    };
    let mut events = vec![Event::Opened(Box::new(opened))];
    if let Err(no) = admitted {
        events.push(Event::Declined {
            code: Some(no.code().to_string()),
            reason: no.code().to_string(),
            officer: None,
            clock: clock.stopped(O::SLUG, setting),
            at,
        });
    }
    Ok(events)
}

fn complete<O: Office>(state: &Errand<O>, deed: &O::Deed, facts: &O::Facts, setting: &Setting) -> Result<Vec<Event<O>>, No> {
    let (opened, clock) = state.open()?;
    if state.stage == Stage::Supplementing {
        return Err(No::new("papers-awaited"));
    }
    O::examine(&opened.order, deed, &opened.firm, facts, setting.terms())?;
    let (officer, at) = (officer(setting), setting.now);
    let mut events = vec![];
    if state.accepted_at.is_none() {
        events.push(Event::Accepted {
            officer: officer.clone(),
            at,
        });
    }
    events.push(Event::Completed {
        deed: deed.clone(),
        officer,
        clock: clock.stopped(O::SLUG, setting),
        at,
    });
    Ok(events)
}

fn firm_changed<O: Office>(state: &Errand<O>, firm: &Firm, setting: &Setting) -> Result<Vec<Event<O>>, No> {
    let (Some(opened), Some(clock)) = (state.opened.as_deref(), &state.clock) else {
        return Err(state.too_late());
    };
    if opened.firm == *firm || matches!(state.stage, Stage::Declined | Stage::Cancelled) {
        return Err(state.too_late());
    }
    let outdated = state.deed.as_ref().is_some_and(|deed| O::is_outdated(deed, firm));
    let terms: &Terms = setting.terms();
    let clock = if outdated {
        Clock::start(terms.service_hours, O::SLUG, setting)
    } else {
        clock.clone()
    };
    Ok(vec![Event::FirmChanged {
        firm: firm.clone(),
        outdated,
        clock,
        at: setting.now,
    }])
}
