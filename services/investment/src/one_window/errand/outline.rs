//! What people see of a matter at an authority.

use kernel::case::{Link, Outline, Party, Stage, Step, StepState};
use serde_json::json;

use super::{Errand, Office};

/// The outline of a case in this state.
pub fn of<O: Office>(state: &Errand<O>) -> Outline {
    let Some(opened) = state.opened.as_deref() else {
        return Outline::default();
    };
    let actions: &[&str] = match state.stage {
        Stage::Sent => &["accept", "ask-more", "complete", "decline", "amend"],
        Stage::Accepted => &["ask-more", "complete", "decline", "amend"],
        Stage::Supplementing => &["supply", "decline", "amend"],
        Stage::Waiting | Stage::Done | Stage::Declined | Stage::Delivered | Stage::Cancelled => &[],
    };
    Outline {
        status: status(state).to_string(),
        title: opened.firm.name.clone(),
        closed: state.stage.is_closed(),
        steps: steps(state),
        parties: vec![Party {
            person: opened.owner.clone(),
            name: opened.owner_name.clone(),
            awaited: state.stage == Stage::Supplementing,
        }],
        actions: actions.iter().map(|a| a.to_string()).collect(),
        waits: vec![],
        findings: vec![],
        due: state.clock.as_ref().map(|clock| clock.due).filter(|_| !state.stage.is_closed()),
        links: vec![Link {
            case: opened.bond.parent.clone(),
            service: "one-window".into(),
            spent_seconds: None,
        }],
        card: json!({
            "firm": {"name": opened.firm.name, "unified_code": opened.firm.unified_code, "address": opened.firm.address,
                "representative": opened.firm.representative_name},
            "order": opened.order,
            "missing": state.missing,
            "reason": state.reason,
            "receipt": state.deed,
            "void": state.void,
            "spent_seconds": state.clock.as_ref().filter(|_| state.stage.is_closed()).map(|clock| clock.spent_seconds),
            "overdue": state.overdue,
        }),
    }
}

fn status<O: Office>(state: &Errand<O>) -> &'static str {
    match state.stage {
        Stage::Waiting => "waiting",
        Stage::Sent => "sent",
        Stage::Accepted => "accepted",
        Stage::Supplementing => "supplementing",
        Stage::Done | Stage::Delivered => "done",
        Stage::Declined => "declined",
        Stage::Cancelled => "cancelled",
    }
}

fn steps<O: Office>(state: &Errand<O>) -> Vec<Step> {
    let done = state.closed_at.filter(|_| state.stage == Stage::Done);
    let dates = [
        ("sent", state.opened.as_deref().map(|o| o.at)),
        ("accepted", state.accepted_at),
        ("done", done),
    ];
    let open = dates.iter().find(|(_, at)| at.is_none()).map(|(name, _)| *name);
    let stopped = matches!(state.stage, Stage::Declined | Stage::Cancelled);
    let step = |(name, at): (&str, Option<jiff::Timestamp>)| {
        let step_state = match at {
            Some(_) => StepState::Done,
            None if open == Some(name) && stopped => StepState::Stopped,
            None if open == Some(name) => StepState::Current,
            None => StepState::Ahead,
        };
        Step {
            name: name.into(),
            state: step_state,
            at: at.or(state.closed_at.filter(|_| step_state == StepState::Stopped)),
        }
    };
    dates.into_iter().map(step).collect()
}
