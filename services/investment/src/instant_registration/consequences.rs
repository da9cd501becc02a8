//! What follows from an event of a registration: what is held and given back, who is told, what is to be done next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{Effect, case};
use serde_json::json;

use super::decide::Registration;
use super::{Applied, Event};

/// The effects of an event; `state` is the one after it.
pub(super) fn of(state: &Registration, event: &Event) -> Vec<Effect> {
    let Some(applied) = state.applied.as_deref() else { return vec![] };
    match event {
        Event::Applied(applied) => {
            let mut effects = holds(applied, Some(applied.held_until));
            effects.push(own_action("lapse", Some(applied.held_until)));
            effects.extend(state.tell(case::Stage::Sent, applied.at, None));
            let others = applied.signers.keys().filter(|person| **person != applied.owner);
            effects.extend(others.map(|person| notify(person, "please-sign", applied)));
            effects
        }
        Event::ReviewPending { retry_at, .. } => vec![own_action("review", Some(*retry_at))],
        Event::LicenceIssued(licence) => {
            let mut effects = holds(applied, None);
            effects.push(hold("unified-code", licence.unified_code.as_ref(), None));
            effects.push(own_action("archive", None));
            effects.push(notify(&applied.owner, "issued", applied));
            effects.extend(state.decided_at.iter().flat_map(|at| state.tell(case::Stage::Done, *at, None)));
            effects
        }
        Event::Changed(changed) => {
            let until = Some(changed.former_until);
            let mut effects: Vec<Effect> = changed.former_keys.iter().map(|key| hold("company-name", key, until)).collect();
            effects.extend(changed.name_keys.iter().map(|key| hold("company-name", key, None)));
            effects.push(notify(&applied.owner, "changed", applied));
            effects.extend(state.tell(case::Stage::Done, changed.at, None));
            effects
        }
        Event::Rejected { reason, at, .. } => {
            let mut effects = releases(applied);
            effects.push(notify(&applied.owner, "rejected", applied));
            effects.extend(state.tell(case::Stage::Declined, *at, reason.as_deref()));
            effects
        }
        Event::Withdrawn { at, .. } | Event::Lapsed { at } => {
            let mut effects = releases(applied);
            effects.extend(state.tell(case::Stage::Cancelled, *at, None));
            effects
        }
        Event::Referred { .. } => vec![notify(&applied.owner, "referred", applied)],
        Event::IdentityConfirmed { .. }
        | Event::Signed { .. }
        | Event::Submitted { .. }
        | Event::Approved { .. }
        | Event::Archived { .. } => vec![],
        Event::Watched { .. } => vec![],
    }
}

fn hold(space: &str, key: &str, until: Option<Timestamp>) -> Effect {
    Effect::Hold {
        space: space.into(),
        key: key.into(),
        until,
    }
}

fn holds(applied: &Applied, until: Option<Timestamp>) -> Vec<Effect> {
    let names = applied.name_keys.iter().map(|key| hold("company-name", key, until));
    names
        .chain(applied.seat.iter().map(|seat| hold("address-seat", seat, until)))
        .collect()
}

fn releases(applied: &Applied) -> Vec<Effect> {
    let release = |space: &str, key: &String| Effect::Release {
        space: space.into(),
        key: key.clone(),
    };
    let names = applied.name_keys.iter().map(|key| release("company-name", key));
    names.chain(applied.seat.iter().map(|seat| release("address-seat", seat))).collect()
}

fn own_action(action: &str, at: Option<Timestamp>) -> Effect {
    Effect::Perform {
        case: None,
        action: action.into(),
        input: json!({}),
        at,
    }
}

fn notify(person: &str, notice: &str, applied: &Applied) -> Effect {
    let with = BTreeMap::from([("name".to_string(), applied.application.name.clone())]);
    Effect::Notify {
        person: person.into(),
        notice: notice.into(),
        with,
    }
}
