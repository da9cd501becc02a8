//! From a request to a grant: handed in by the firm or by the one window, reviewed by the machine, decided by an officer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kernel::case::Due;
use kernel::finding::Outcome;
use kernel::setting::end_of_day;
use kernel::{Actor, Answer, Bond, Matter, Setting};

use super::decide::{Package, representative};
use super::order::{GeneralTaxpayer, Person, Submit, TaxOrder};
use super::review::{self, Facts, Grant, Terms};
use super::{Decide, Event, Granted, No, Open, Submitted};

/// The end of the last of the working days that the tax service has.
fn due(setting: &Setting) -> Due {
    let terms: &Terms = setting.terms();
    let counted = setting.zone.calendar.add_working_days(setting.today, terms.service_days);
    match counted {
        Ok(day) => Due {
            at: end_of_day(day.value, setting.zone.time_zone()),
            provisional: day.provisional,
            paused: false,
        },
        Err(_) => Due {
            at: Timestamp::MAX,
            provisional: true,
            paused: false,
        },
    }
}

/// A firm hands in its own request.
pub(super) fn by_hand(submit: &Submit, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let firm = match &facts.firm {
        Some(Answer::Given(Some(firm))) => firm.clone(),
        Some(Answer::Given(None)) => return Err(No::NoSuchFirm),
        Some(Answer::Down(down)) => {
            return Err(No::LibraryDown {
                library: down.library.clone(),
            });
        }
        None => return Err(No::NoSuchFirm),
    };
    let Actor::Person { person, name, .. } = &setting.actor else {
        return Err(No::NotTheRepresentative);
    };
    if *person != firm.representative {
        return Err(No::NotTheRepresentative);
    }
    let agent = submit.tax_agent.as_ref().map(|a| Person {
        person: a.paper.key(),
        name: a.name.clone(),
    });
    let submitted = Submitted {
        bond: None,
        own: setting.case.clone(),
        owner: person.clone(),
        owner_name: name.clone(),
        tax_agent: agent.unwrap_or_else(|| representative(&firm)),
        firm,
        order: submit.order.clone(),
        delivery: submit.delivery.clone(),
        account_number: submit.account_number.clone(),
        due: due(setting),
        at: setting.now,
    };
    hand_in(submitted, facts, setting)
}

/// The one window hands in a request.
pub(super) fn by_case(given: &Open, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let submitted = Submitted {
        bond: Some(Bond {
            parent: given.parent.clone(),
            own: setting.case.clone(),
        }),
        own: setting.case.clone(),
        owner: given.owner.clone(),
        owner_name: given.owner_name.clone(),
        firm: given.firm.clone(),
        order: given.order.clone(),
        tax_agent: given.tax_agent.clone().unwrap_or_else(|| representative(&given.firm)),
        delivery: given.delivery.clone(),
        account_number: given.account_number.clone(),
        due: due(setting),
        at: setting.now,
    };
    hand_in(submitted, facts, setting)
}

fn hand_in(submitted: Submitted, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    match &facts.package {
        Some(Answer::Given(None)) => {}
        Some(Answer::Given(Some(case))) => return Err(No::SecondPackage { case: case.clone() }),
        Some(Answer::Down(_)) | None => {
            return Err(No::LibraryDown { library: "journal".into() });
        }
    }
    let first = Event::Submitted(Box::new(submitted.clone()));
    let mut state = Package::default();
    Package::evolve(&mut state, &first);
    let mut events = vec![first];
    events.extend(by_machine(&state, &submitted, facts, setting));
    Ok(events)
}

/// The machine's review, and what follows from it.
pub(super) fn by_machine(state: &Package, submitted: &Submitted, facts: &Facts, setting: &Setting) -> Vec<Event> {
    let findings = review::findings(&submitted.order, &submitted.firm, &submitted.people(), facts, setting);
    let at = setting.now;
    let terms: &Terms = setting.terms();
    match findings.iter().map(|f| f.outcome).max().unwrap_or(Outcome::Unknown) {
        Outcome::Unknown => {
            let silent = findings.iter().filter(|f| f.outcome == Outcome::Unknown);
            let mut waiting_for: Vec<String> = silent.filter_map(|f| f.evidence.get("library").cloned()).collect();
            waiting_for.dedup();
            let seconds = i64::from(terms.review_retry_seconds) << state.attempts.min(6);
            vec![Event::ReviewPending {
                waiting_for,
                findings,
                retry_at: at + SignedDuration::from_secs(seconds),
                attempt: state.attempts + 1,
            }]
        }
        Outcome::Refer | Outcome::Block => vec![Event::Referred { findings, at }],
        Outcome::Pass | Outcome::Warn => {
            let granted = Granted {
                findings,
                grant: Grant::within(&submitted.order, terms),
                rejected: BTreeMap::new(),
                general_taxpayer_from: first_day(&submitted.order, setting),
                officer: None,
                reason: None,
                at,
            };
            grant(state, granted, facts, at)
        }
    }
}

fn grant(state: &Package, granted: Granted, facts: &Facts, at: Timestamp) -> Vec<Event> {
    let event = Event::Granted(Box::new(granted));
    let mut after = state.clone();
    Package::evolve(&mut after, &event);
    let mut events = vec![event];
    if !after.wanted().is_empty() {
        events.push(after.ask_stock(facts, 1, at));
    }
    let rest: Vec<Event> = after.and_close(vec![], at);
    events.extend(rest);
    events
}

/// The first day as a general taxpayer: the first of this month or of the next, as the firm chose.
fn first_day(order: &TaxOrder, setting: &Setting) -> Option<Date> {
    let first = setting.today.first_of_month();
    match order.general_taxpayer {
        GeneralTaxpayer::No => None,
        GeneralTaxpayer::ThisMonth => Some(first),
        GeneralTaxpayer::NextMonth => Some(setting.today.last_of_month().tomorrow().unwrap_or(first)),
    }
}

/// An officer decides, matter by matter.
pub(super) fn by_officer(state: &Package, decision: &Decide, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let (submitted, terms): (_, &Terms) = (state.submitted.as_deref().ok_or(No::TooLate)?, setting.terms());
    let within = Grant::within(&submitted.order, terms);
    let grant_of = Grant {
        special_copies: decision.special_copies.unwrap_or(within.special_copies),
        ordinary_copies: decision.ordinary_copies.unwrap_or(within.ordinary_copies),
        special_limit: within.special_limit,
    };
    if !grant_of.is_within(terms) {
        return Err(No::BeyondFirstRequest);
    }
    let findings = review::findings(&submitted.order, &submitted.firm, &submitted.people(), facts, setting);
    let officer = match &setting.actor {
        Actor::Officer { name, .. } => Some(name.clone()),
        Actor::Person { .. } | Actor::System => None,
    };
    let granted = Granted {
        findings,
        grant: grant_of,
        rejected: decision.rejected.iter().map(|r| (r.item, r.reason.clone())).collect(),
        general_taxpayer_from: first_day(&submitted.order, setting),
        officer,
        reason: Some(decision.reason.clone()),
        at: setting.now,
    };
    Ok(grant(state, granted, facts, setting.now))
}
