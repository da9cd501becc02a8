//! Who acts for the reader, and for whom the reader acts.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiff::Timestamp;
use kernel::{Actor, CaseId};
use portal::delegation::{Delegation, Stage};
use serde_json::{Value, json};

use super::App;
use super::answers::{Answer, json as reply};
use super::door::Visitor;
use crate::case_lines::person_service_tag;
use crate::clock;
use crate::delegations::in_case;
use crate::failure::Failure;
use crate::limits::{DELEGATIONS_LISTED_MAX, PAGE_ROWS_MAX};

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new().route("/delegations", get(list))
}

/// The reader's delegations, the latest first: given (also by a guardian, for a ward who reads) and received.
async fn list(State(app): State<App>, visitor: Visitor) -> Answer {
    let actor = visitor.actor()?;
    let Some(person) = actor.person() else {
        return reply(&json!({"given": [], "received": []}));
    };
    let (mut given, mut received) = (vec![], vec![]);
    let tag = person_service_tag(person, portal::delegation::SLUG);
    let mut cursor: Option<String> = None;
    while given.len() + received.len() < DELEGATIONS_LISTED_MAX {
        let house = &app.house;
        let (lines, next) = house.lines.page(house, &tag, &actor, cursor.as_deref(), PAGE_ROWS_MAX).await?;
        for line in lines {
            match house.load(&line.id).await {
                Ok(Some(loaded)) => {
                    let Some(delegation) = in_case(&loaded) else { continue };
                    let Some(drawn) = draw(&line.id, delegation, person, clock::now()) else {
                        continue;
                    };
                    let drawn = with_status(drawn, &line.status, &line.status_text);
                    let mine = delegation.granted().is_some_and(|granted| granted.agent.person == person);
                    if mine { received.push(drawn) } else { given.push(drawn) }
                }
                // A case that is set aside gives no power.
                Ok(None) | Err(Failure::Problem(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let Some(next) = next else { break };
        cursor = Some(next);
    }
    reply(&json!({"given": given, "received": received}))
}

fn draw(id: &CaseId, delegation: &Delegation, reader: &str, now: Timestamp) -> Option<Value> {
    let granted = delegation.granted()?;
    let (agent, owner) = (granted.agent.person == reader, granted.owner == reader);
    let open = now < granted.ends_at;
    let may = [
        ("accept", agent && open && delegation.stage() == Stage::Offered),
        (
            "resign",
            agent && !owner && open && matches!(delegation.stage(), Stage::Offered | Stage::Active),
        ),
        (
            "revoke",
            owner && open && matches!(delegation.stage(), Stage::Referred | Stage::Offered | Stage::Active),
        ),
    ];
    let may: Vec<&str> = may.into_iter().filter(|(_, may)| *may).map(|(action, _)| action).collect();
    Some(json!({
        "id": id, "mandate": granted.mandate, "principal": granted.principal.name, "agent": granted.agent.name,
        "services": granted.scope.services, "powers": granted.scope.powers, "until": granted.until,
        "in_force": delegation.in_force(now).is_some(), "may": may,
    }))
}

fn with_status(mut drawn: Value, status: &str, text: &kernel::Bilingual) -> Value {
    drawn["status"] = json!(status);
    drawn["status_text"] = json!(text);
    drawn
}

/// Who acts and for whom, for an answer that says so; nothing for who acts for himself.
pub fn acting_for(actor: &Actor) -> Option<Value> {
    let Actor::Person { name, by: Some(agent), .. } = actor else {
        return None;
    };
    Some(json!({"delegation": agent.delegation, "principal": name, "agent": agent.name}))
}
