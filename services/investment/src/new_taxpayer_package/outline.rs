//! What people see of a package.

use kernel::case::{Link, Outline, Party, Step, StepState, Wait};
use serde_json::json;

use super::Package;
use super::decide::Phase;

/// The outline of a case in this state.
pub fn of(state: &Package) -> Outline {
    let Some(submitted) = state.submitted.as_deref() else {
        return Outline::default();
    };
    let mut actions: Vec<&str> = match state.phase {
        Phase::Pending => vec!["withdraw"],
        Phase::Referred => vec!["decide", "withdraw"],
        Phase::Preparing => vec!["issue-device", "request-stock", "dispatch"],
        Phase::Sent if state.received_at.is_none() => vec!["track", "report-lost", "receive"],
        _ => vec![],
    };
    if state.phase == Phase::Preparing && state.device_number.is_some() {
        actions.retain(|a| *a != "issue-device");
    }
    if state.phase == Phase::Preparing && state.at_counter() && state.is_packed() {
        actions.push("receive");
    }
    if state.account_number.is_none() && !matches!(state.phase, Phase::Closed | Phase::Withdrawn | Phase::Draft) {
        actions.push("report-account");
    }
    let wait = |library: &String| Wait {
        library: library.clone(),
        action: "review".into(),
    };
    let waits = state.waiting_for.iter().filter(|_| state.phase == Phase::Pending);
    Outline {
        status: status(state).to_string(),
        title: submitted.firm.name.clone(),
        closed: matches!(state.phase, Phase::Closed | Phase::Withdrawn),
        steps: steps(state),
        parties: vec![Party {
            person: submitted.owner.clone(),
            name: submitted.owner_name.clone(),
            awaited: state.phase == Phase::Sent,
        }],
        actions: actions.into_iter().map(str::to_string).collect(),
        waits: waits.map(wait).collect(),
        findings: state.findings.clone(),
        due: Some(submitted.due).filter(|_| matches!(state.phase, Phase::Pending | Phase::Referred | Phase::Preparing)),
        links: submitted.bond.iter().map(|bond| link(&bond.parent)).collect(),
        card: card(state),
    }
}

fn link(parent: &kernel::CaseId) -> Link {
    Link {
        case: parent.clone(),
        service: "one-window".into(),
        spent_seconds: None,
    }
}

fn status(state: &Package) -> &'static str {
    match state.phase {
        Phase::Draft => "draft",
        Phase::Pending => "pending",
        Phase::Referred => "referred",
        Phase::Preparing if state.lost.is_empty() => "preparing",
        Phase::Preparing => "replacing",
        Phase::Sent if state.received_at.is_some() => "awaiting-account",
        Phase::Sent => "sent",
        Phase::Closed => "closed",
        Phase::Withdrawn => "withdrawn",
    }
}

fn steps(state: &Package) -> Vec<Step> {
    let submitted = state.submitted.as_deref().map(|s| s.at);
    let granted = state.granted.as_deref().map(|g| g.at);
    let packed = granted.filter(|_| state.phase >= Phase::Sent || state.is_packed());
    let dates = [
        ("submitted", submitted),
        ("reviewed", granted),
        ("packed", packed),
        (
            "received",
            state.received_at.or(state.closed_at.filter(|_| state.phase == Phase::Closed)),
        ),
    ];
    let open = dates.iter().find(|(_, at)| at.is_none()).map(|(name, _)| *name);
    let step = |(name, at): (&str, Option<jiff::Timestamp>)| Step {
        name: name.into(),
        state: match at {
            Some(_) => StepState::Done,
            None if open == Some(name) && state.phase == Phase::Withdrawn => StepState::Stopped,
            None if open == Some(name) => StepState::Current,
            None => StepState::Ahead,
        },
        at,
    };
    dates.into_iter().map(step).collect()
}

fn card(state: &Package) -> serde_json::Value {
    let Some(submitted) = state.submitted.as_deref() else {
        return json!({});
    };
    let granted = state.granted.as_deref();
    json!({
        "firm": {"name": submitted.firm.name, "unified_code": submitted.firm.unified_code, "representative": submitted.firm.representative_name},
        "order": submitted.order,
        "tax_agent": submitted.tax_agent.name,
        "delivery": {"way": submitted.delivery.way, "place": submitted.delivery.place(&submitted.firm)},
        "items": state.items(),
        "grant": granted.map(|g| &g.grant),
        "general_taxpayer_from": granted.and_then(|g| g.general_taxpayer_from),
        "officer": granted.and_then(|g| g.officer.clone()),
        "reason": granted.and_then(|g| g.reason.clone()),
        "account_number": state.account_number,
        "device_number": state.device_number,
        "invoices": state.invoices,
        "lost": state.lost,
        "parcel": state.waybill.as_ref().map(|(courier, number)| json!({"courier": courier, "waybill": number, "route": state.route})),
        "waiting_for": state.waiting_for,
        "overdue": state.overdue,
    })
}
