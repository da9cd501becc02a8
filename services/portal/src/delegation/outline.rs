//! What people see of a delegation: status, steps, parties, findings, and the card of its facts.

use kernel::case::{Outline, Party, Step, StepState};
use serde_json::json;

use super::decide::{Delegation, Stage};
use super::{Granted, Side};

/// The outline of a case in this state.
pub fn of(state: &Delegation) -> Outline {
    let Some(granted) = state.granted() else {
        return Outline::default();
    };
    let actions: &[&str] = match state.stage {
        Stage::Referred => &["decide", "revoke"],
        Stage::Offered => &["accept", "resign", "revoke"],
        Stage::Active => &["resign", "revoke", "end"],
        Stage::Draft | Stage::Refused | Stage::Revoked | Stage::Resigned | Stage::Ended | Stage::Lapsed => &[],
    };
    Outline {
        status: state.status().to_string(),
        title: format!("{}代{}", granted.agent.name, granted.principal.name),
        closed: !state.is_open(),
        steps: steps(state, granted),
        parties: parties(state, granted),
        actions: actions.iter().map(|a| a.to_string()).collect(),
        waits: vec![],
        findings: state.findings.clone(),
        due: None,
        links: vec![],
        card: json!({
            "mandate": granted.mandate,
            "principal": granted.principal.name,
            "agent": granted.agent.name,
            "agent_paper": masked(&granted.agent),
            "services": granted.scope.services,
            "powers": granted.scope.powers,
            "until": granted.until,
            "evidence": granted.evidence,
            "officer": state.officer,
            "reason": state.reason,
        }),
    }
}

fn parties(state: &Delegation, granted: &Granted) -> Vec<Party> {
    let party = |side: &Side, awaited: bool| Party {
        person: side.person.clone(),
        name: side.name.clone(),
        awaited,
    };
    let mut parties = vec![
        party(&granted.principal, false),
        party(&granted.agent, state.stage == Stage::Offered),
    ];
    if parties.iter().all(|p| p.person != granted.owner) {
        parties.push(Party {
            person: granted.owner.clone(),
            name: granted.owner_name.clone(),
            awaited: false,
        });
    }
    parties
}

fn masked(side: &Side) -> String {
    let (kind, number) = side.person.split_once(':').unwrap_or_default();
    kernel::papers::Paper::try_new(kind, number)
        .and_then(Result::ok)
        .map(|paper| paper.masked())
        .unwrap_or_default()
}

fn steps(state: &Delegation, granted: &Granted) -> Vec<Step> {
    let mut dates = vec![("granted", Some(granted.at))];
    if state.referred {
        dates.push(("examined", state.examined_at));
    }
    dates.push(("accepted", state.accepted_at));
    dates.push(("ended", state.ended_at.filter(|_| state.accepted_at.is_some())));
    let open = dates.iter().position(|(_, at)| at.is_none());
    let step = |(n, (name, at)): (usize, (&str, Option<jiff::Timestamp>))| {
        let here = open == Some(n);
        let step_state = match at {
            Some(_) => StepState::Done,
            None if here && !state.is_open() => StepState::Stopped,
            None if here && name != "ended" => StepState::Current,
            None => StepState::Ahead,
        };
        let at = at.or(state.ended_at.filter(|_| step_state == StepState::Stopped));
        Step {
            name: name.into(),
            state: step_state,
            at,
        }
    };
    dates.into_iter().enumerate().map(step).collect()
}
