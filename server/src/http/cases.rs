//! Cases: opening them, acting on them, reading them. The same few handlers serve every service.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use kernel::{Actor, BadInput, CaseId, Deed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::answers::{Answer, json as reply, json_bytes, read_json};
use super::delegations::acting_for;
use super::door::Visitor;
use super::extract::{Body, Path, Query};
use crate::case_lines::{agency_tag, in_status, person_service_tag, person_tag, service_tag, status_tag};
use crate::failure::Failure;
use crate::limits::{EVENTS_PER_READ, IDEMPOTENCY_KEY_BYTES_MAX, PAGE_ROWS, PAGE_ROWS_MAX};
use crate::portal::{assignments, looks};
use crate::runner::{Answered, Idempotency, Order, may_open};
use crate::timeline;
use crate::view::{CaseLine, CaseView, Standing};

/// Which page of a list.
#[derive(Deserialize)]
pub struct Page {
    cursor: Option<String>,
    limit: Option<usize>,
    status: Option<String>,
}

impl Page {
    fn rows(&self) -> usize {
        self.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX)
    }
}

/// With which action a case is opened.
#[derive(Deserialize)]
pub struct Opening {
    action: Option<String>,
}

fn case_id(text: &str) -> Result<CaseId, Failure> {
    CaseId::try_new(text).map_err(|_| Failure::NotFound)
}

/// Opens a case with the service's opening action.
///
/// A service with several of them is told which by `?action=`; the first is taken otherwise.
pub async fn open(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(opening): Query<Opening>,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    let actor = visitor.actor()?;
    let desk = app.house.desk(&slug)?;
    let mut openings = desk.service.opening_actions();
    let named = opening.action.as_deref();
    let found = openings
        .find(|a| named.is_none_or(|name| a.name == name))
        .ok_or(Failure::NotFound)?;
    if !may_open(found.who, &actor, desk) {
        return Err(Failure::Forbidden);
    }
    let action = found.name;
    let once = once(&headers, &actor, &format!("{slug}/{action}"), &body)?;
    let order = Order {
        actor: &actor,
        desk,
        case: None,
        action,
        input: read_json(&body)?,
        once,
    };
    Ok(answer(app.house.perform(order).await?))
}

/// Acts on a case.
pub async fn act(
    State(app): State<App>,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    let actor = visitor.actor()?;
    let id = case_id(&id)?;
    let loaded = app.house.load_at_least(&id, 1).await?.ok_or(Failure::NotFound)?;
    app.house.may_act(&loaded, &actor, &action)?;
    let once = once(&headers, &actor, &format!("{id}/{action}"), &body)?;
    // The answer shows the case, whatever comes of the action.
    looks::by_reader(app.house.journal.records(), &actor, &id, &loaded, "case").await?;
    let order = Order {
        actor: &actor,
        desk: &loaded.desk,
        case: Some(&id),
        action: &action,
        input: read_json(&body)?,
        once,
    };
    Ok(answer(app.house.perform(order).await?))
}

pub(super) fn answer(answered: Answered) -> Response {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    let mut response = json_bytes(status, answered.body);
    if answered.repeated {
        response
            .headers_mut()
            .insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

fn once(headers: &HeaderMap, actor: &Actor, place: &str, body: &[u8]) -> Result<Option<Idempotency>, Failure> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let wrong = || BadInput::at("", "idempotency-key", "Idempotency-Key 无效", "not a usable Idempotency-Key");
    let key = key.to_str().map_err(|_| wrong())?;
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        return Err(wrong().into());
    }
    let owner = actor.account().map(|a| a.as_str()).unwrap_or_default();
    // The same words for another principal are another request.
    let mut request = vec![place.as_bytes(), body];
    request.extend(actor.agent().map(|agent| agent.delegation.as_str().as_bytes()));
    Ok(Some(Idempotency::of(&format!("account:{owner}"), key, &request)))
}

/// My cases over all services; for an officer, the agency's.
pub async fn mine(State(app): State<App>, visitor: Visitor, Query(page): Query<Page>) -> Answer {
    let actor = visitor.actor()?;
    let tag = match &actor {
        Actor::Person { person, .. } => person_tag(person),
        Actor::Officer { agency, .. } => agency_tag(agency.as_str()),
        Actor::System => return Err(Failure::Forbidden),
    };
    let tag = page.status.as_ref().map_or(tag.clone(), |status| in_status(&tag, status));
    list(&app, &tag, &actor, &page).await
}

/// My cases of one service; for an officer of the agency that handles it, all of them.
pub async fn of_service(State(app): State<App>, visitor: Visitor, Path(slug): Path<String>, Query(page): Query<Page>) -> Answer {
    let actor = visitor.actor()?;
    let desk = app.house.desk(&slug)?;
    app.house.check_scope(&actor, &slug, Deed::Read).await?;
    let tag = match (&actor, &page.status) {
        (Actor::Person { person, .. }, Some(status)) => in_status(&person_service_tag(person, &slug), status),
        (Actor::Person { person, .. }, None) => person_service_tag(person, &slug),
        (Actor::Officer { agency, .. }, Some(status)) if *agency == desk.agency => status_tag(&slug, status),
        (Actor::Officer { agency, .. }, None) if *agency == desk.agency => service_tag(&slug),
        _ => return Err(Failure::Forbidden),
    };
    list(&app, &tag, &actor, &page).await
}

async fn list(app: &App, tag: &str, actor: &Actor, page: &Page) -> Answer {
    let (lines, next) = app
        .house
        .lines
        .page_in_scope(&app.house, tag, actor, page.cursor.as_deref(), page.rows())
        .await?;
    let mut answer = json!({"cases": lines, "next": next});
    if let Some(acting) = acting_for(actor) {
        answer["acting_for"] = acting;
    }
    reply(&answer)
}

/// One case.
pub async fn one(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let actor = visitor.actor()?;
    let id = case_id(&id)?;
    let (loaded, view) = app.house.see(&id, &actor).await?;
    looks::by_reader(app.house.journal.records(), &actor, &id, &loaded, "case").await?;
    let assigned = match actor {
        Actor::Officer { .. } => assignments::of(app.house.journal.records(), &[id.as_str()]).await?.pop().flatten(),
        Actor::Person { .. } | Actor::System => None,
    };
    let line = CaseLine { assigned, ..view.line };
    reply(&CaseView { line, ..view })
}

/// What has happened to a case.
pub async fn events(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let actor = visitor.actor()?;
    let id = case_id(&id)?;
    let (loaded, _) = app.house.see(&id, &actor).await?;
    looks::by_reader(app.house.journal.records(), &actor, &id, &loaded, "events").await?;
    let events: Vec<Value> = timeline::of(&app.house, &id, EVENTS_PER_READ).await?;
    reply(&json!({"events": events}))
}

/// What a case has to show: a licence, a certificate.
pub async fn query(State(app): State<App>, visitor: Visitor, Path((id, name)): Path<(String, String)>) -> Answer {
    let id = case_id(&id)?;
    let loaded = app.house.load(&id).await?.ok_or(Failure::NotFound)?;
    let found = loaded
        .desk
        .service
        .queries
        .iter()
        .find(|q| q.name == name)
        .ok_or(Failure::NotFound)?;
    if found.who != kernel::Who::Anyone {
        let actor = visitor.actor()?;
        let outline = loaded.desk.service.machine().outline(&loaded.state);
        let standing = Standing::of(&actor, loaded.owner.as_deref(), &outline, &loaded.desk.agency);
        if !standing.may(found.who) {
            return Err(if standing.may_see() {
                Failure::Forbidden
            } else {
                Failure::NotFound
            });
        }
        app.house.check_scope(&actor, loaded.desk.service.slug, Deed::Read).await?;
        looks::by_reader(app.house.journal.records(), &actor, &id, &loaded, found.name).await?;
    }
    reply(&found.look(&loaded.state).ok_or(Failure::NotFound)?)
}
