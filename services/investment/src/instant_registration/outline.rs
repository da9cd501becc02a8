//! What people see of a registration: status, steps, parties, findings, and the card of its facts.

use kernel::CaseId;
use kernel::case::{Link, Outline, Party, Step, StepState, Wait};
use serde_json::json;

use super::Applied;
use super::decide::{Registration, Signer, Stage};

/// The outline of a case in this state.
pub fn of(state: &Registration) -> Outline {
    let Some(applied) = state.applied.as_deref() else {
        return Outline::default();
    };
    let status = state.status();
    let awaited = |s: &Signer| state.stage == Stage::Signing && s.signed_at.is_none();
    let party = |(person, s): (&String, &Signer)| Party {
        person: person.clone(),
        name: s.name.clone(),
        awaited: awaited(s),
    };
    let mut parties: Vec<Party> = state.signers.iter().map(party).collect();
    if !state.signers.contains_key(&applied.owner) {
        parties.push(Party {
            person: applied.owner.clone(),
            name: String::new(),
            awaited: false,
        });
    }
    let actions: &[&str] = match state.stage {
        Stage::Signing => &["sign", "withdraw"],
        Stage::Pending => &["withdraw"],
        Stage::Referred => &["decide", "withdraw"],
        Stage::Issued | Stage::Archived => &["change"],
        _ => &[],
    };
    Outline {
        status: status.to_string(),
        title: applied.application.name.clone(),
        closed: matches!(
            state.stage,
            Stage::Issued | Stage::Archived | Stage::Rejected | Stage::Withdrawn | Stage::Lapsed
        ),
        steps: steps(state, applied),
        parties,
        actions: actions.iter().map(|a| a.to_string()).collect(),
        waits: waits(state),
        findings: state.findings.clone(),
        due: None,
        links: applied.bond.iter().map(|bond| link(&bond.parent)).collect(),
        card: card(state, applied),
    }
}

fn link(parent: &CaseId) -> Link {
    Link {
        case: parent.clone(),
        service: "one-window".into(),
        spent_seconds: None,
    }
}

fn waits(state: &Registration) -> Vec<Wait> {
    if state.stage != Stage::Pending {
        return vec![];
    }
    let wait = |library: &String| Wait {
        library: library.clone(),
        action: "review".into(),
    };
    state.waiting_for.iter().map(wait).collect()
}

fn steps(state: &Registration, applied: &Applied) -> Vec<Step> {
    let ended = matches!(state.stage, Stage::Rejected | Stage::Withdrawn | Stage::Lapsed);
    let signed_at = state
        .signers
        .values()
        .filter_map(|s| s.signed_at)
        .max()
        .filter(|_| state.submitted_at.is_some());
    let decided_at = state.decided_at.filter(|_| !ended);
    let dates = [
        ("applied", Some(applied.at)),
        ("signed", signed_at),
        ("reviewed", decided_at),
        ("issued", decided_at.filter(|_| state.licence.is_some())),
        ("archived", state.archived_at),
    ];
    // A rejection is the review's, even where it came before anyone could sign; whatever else ends a case ends it where it stands.
    let open = dates.iter().find(|(_, at)| at.is_none()).map(|(name, _)| *name);
    let stopped = if state.stage == Stage::Rejected { Some("reviewed") } else { open };
    let mut steps = Vec::with_capacity(dates.len());
    for (name, at) in dates {
        let (step_state, at) = match at {
            Some(at) => (StepState::Done, Some(at)),
            None if ended && stopped == Some(name) => (StepState::Stopped, state.decided_at),
            None if !ended && open == Some(name) => (StepState::Current, None),
            None => (StepState::Ahead, None),
        };
        steps.push(Step {
            name: name.into(),
            state: step_state,
            at,
        });
    }
    steps
}

/// What the page shows of the application; no paper number stands in it unmasked.
fn card(state: &Registration, applied: &Applied) -> serde_json::Value {
    let application = &applied.application;
    let holders: Vec<_> = application
        .holders
        .iter()
        .map(|h| json!({"name": h.name, "paper": h.paper.masked(), "amount_fen": h.amount_fen, "percent": h.percent, "method": h.method}))
        .collect();
    let officers: Vec<_> = application
        .officers
        .iter()
        .map(|o| json!({"name": o.name, "paper": o.paper.masked(), "role": o.role}))
        .collect();
    let signers: Vec<_> = state
        .signers
        .values()
        .map(|s| json!({"name": s.name, "verified": s.verified, "signed_at": s.signed_at}))
        .collect();
    json!({
        "kind": application.kind,
        "name": application.name,
        "industry": application.industry,
        "scope": application.scope,
        "address": application.address,
        "address_text": applied.address_text,
        "capital_fen": application.capital_fen,
        "pay_by": application.pay_by,
        "holders": holders,
        "officers": officers,
        "signers": signers,
        "held_until": applied.held_until,
        "waiting_for": state.waiting_for,
        "attempts": state.attempts,
        "officer": state.officer,
        "reason": state.reason,
        "unified_code": state.licence.as_ref().map(|l| l.unified_code.clone()),
    })
}
