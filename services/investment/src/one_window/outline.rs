//! What people see of a start-up.

use kernel::case::{Due, Link, Outline, Party, Step, StepState};
use serde_json::json;

use super::decide::OneWindow;
use super::{Task, orders};

/// The firm's name, registered or wished.
pub fn title(state: &OneWindow) -> String {
    let wished = state
        .started
        .as_deref()
        .and_then(|s| s.form.as_deref())
        .map(|form| form.name.clone());
    state.firm.as_ref().map(|firm| firm.name.clone()).or(wished).unwrap_or_default()
}

/// The outline of a case in this state.
pub fn of(state: &OneWindow) -> Outline {
    let Some(started) = state.started.as_deref() else {
        return Outline::default();
    };
    let mut actions = vec![];
    match (&state.ended, state.ready_at) {
        (None, Some(_)) => actions.extend(["collect", "hand-over", "add"]),
        (None, None) => actions.extend(["add", "withdraw"]),
        (Some(ended), _) if ended.status == "collected" => actions.push("add"),
        _ => {}
    }
    Outline {
        status: status(state).to_string(),
        title: title(state),
        closed: state.ended.is_some(),
        steps: steps(state),
        parties: vec![Party {
            person: started.owner.clone(),
            name: started.owner_name.clone(),
            awaited: state.ready_at.is_some() && state.ended.is_none(),
        }],
        actions: actions.into_iter().map(str::to_string).collect(),
        waits: vec![],
        findings: vec![],
        due: due(state),
        links: links(state),
        card: card(state),
    }
}

/// The last of the deadlines that are still running.
fn due(state: &OneWindow) -> Option<Due> {
    let running = state.tasks.values().filter(|t| !t.stage.is_closed()).filter_map(|t| t.due);
    running.max_by_key(|due| due.at)
}

fn links(state: &OneWindow) -> Vec<Link> {
    let link = |task: &Task| {
        Some(Link {
            case: task.case.clone()?,
            service: task.service.clone(),
            spent_seconds: task.spent_seconds,
        })
    };
    state.registration.iter().chain(state.tasks.values()).filter_map(link).collect()
}

fn status(state: &OneWindow) -> &'static str {
    match (&state.ended, state.ready_at, &state.firm) {
        (Some(ended), _, _) => ended.status,
        (None, Some(_), _) => "ready",
        (None, None, Some(_)) => "in-progress",
        (None, None, None) => "registering",
    }
}

fn steps(state: &OneWindow) -> Vec<Step> {
    let started = state.started.as_deref().map(|s| s.at);
    let collected = state.ended.as_ref().filter(|e| e.status == "collected").map(|e| e.at);
    let dates = [
        ("started", started),
        ("registered", state.registered_at),
        ("matters", state.ready_at),
        ("collected", collected),
    ];
    let open = dates.iter().find(|(_, at)| at.is_none()).map(|(name, _)| *name);
    let stopped = state.ended.as_ref().filter(|e| e.status != "collected");
    let step = |(name, at): (&str, Option<jiff::Timestamp>)| Step {
        name: name.into(),
        state: match at {
            Some(_) => StepState::Done,
            None if open == Some(name) && stopped.is_some() => StepState::Stopped,
            None if open == Some(name) => StepState::Current,
            None => StepState::Ahead,
        },
        at: at.or(stopped.filter(|_| open == Some(name)).map(|e| e.at)),
    };
    dates.into_iter().map(step).collect()
}

fn card(state: &OneWindow) -> serde_json::Value {
    let task = |matter: &str, task: &Task| {
        json!({
            "matter": matter, "service": task.service, "case": task.case, "stage": task.stage, "due": task.due, "opened_at": task.opened_at,
            "closed_at": task.closed_at, "spent_seconds": task.spent_seconds, "said": task.said, "refused": task.refused,
        })
    };
    let registration = state.registration.iter().map(|t| task("registration", t));
    let matters = state.tasks.iter().map(|(m, t)| task(m.slug(), t));
    json!({
        "window": orders::slug(),
        "firm": state.firm.as_ref().map(|f| json!({"name": f.name, "unified_code": f.unified_code, "address": f.address,
            "representative": f.representative_name, "established_on": f.established_on})),
        "tasks": registration.chain(matters).collect::<Vec<_>>(),
        "why": state.ended.as_ref().and_then(|e| e.why.clone()),
    })
}
