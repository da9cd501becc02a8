//! The services and the zone, as the portal shows them; and questions that need no case.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Bilingual, Service, Who};
use serde_json::{Value, json};

use super::App;
use super::answers::{Answer, json as reply, json_bytes, read_json};
use super::door::Visitor;
use super::extract::{Body, Path};
use crate::catalogue::Entry;
use crate::failure::Failure;
use crate::house::House;
use crate::validate;

/// Alive, and the store answers.
pub async fn health(State(app): State<App>) -> Answer {
    let head = app.house.journal.head().await?;
    reply(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "position": head.position}))
}

/// The OpenAPI document.
pub async fn openapi(State(app): State<App>) -> Answer {
    Ok(json_bytes(StatusCode::OK, app.openapi.as_bytes().to_vec()))
}

/// What a page needs to know of the zone.
pub async fn zone(State(app): State<App>) -> Answer {
    let zone = &app.house.zone;
    let divisions: Vec<Value> = zone
        .divisions
        .iter()
        .map(|(code, name)| json!({"code": code, "name": name}))
        .collect();
    let card = &zone.card;
    reply(&json!({
        "id": card.id, "name": card.name, "region_words": card.region_words, "agencies": card.agencies, "divisions": divisions,
        "demonstration": app.house.is_demonstration().await?,
    }))
}

/// All 43, by chapter; and the names of what is a part of them, for lists of cases.
pub async fn list(State(app): State<App>) -> Answer {
    let house = &app.house;
    let chapters: Vec<Value> = house
        .chapters
        .iter()
        .map(|c| json!({"id": c.id, "name": c.name, "services": c.services.iter().map(|e| entry(house, e)).collect::<Vec<_>>()}))
        .collect();
    let parts = house.desks.values().map(|desk| &desk.service).filter(|s| s.part_of.is_some());
    let parts: Vec<Value> = parts
        .map(|s| json!({"slug": s.slug, "name": s.text.name, "part_of": s.part_of}))
        .collect();
    reply(&json!({"chapters": chapters, "parts": parts}))
}

fn entry(house: &House, entry: &Entry) -> Value {
    let agency = house
        .zone
        .card
        .agencies
        .iter()
        .find(|(id, _)| id.as_str() == entry.agency)
        .map(|(_, name)| name);
    json!({
        "number": entry.number, "slug": entry.slug, "name": entry.name, "summary": entry.summary,
        "agency": agency, "open": house.desks.contains_key(entry.slug.as_str()),
    })
}

/// One service: its guide, its actions with their forms.
pub async fn one(State(app): State<App>, Path(slug): Path<String>) -> Answer {
    reply(&describe(&app.house, &slug)?)
}

/// A service as JSON.
///
/// # Errors
/// Not in the catalogue.
pub fn describe(house: &House, slug: &str) -> Result<Value, Failure> {
    let desk = house.desks.get(slug);
    let whole = desk.and_then(|desk| desk.service.part_of).unwrap_or(slug);
    let found = house
        .chapters
        .iter()
        .find_map(|c| Some((c, c.services.iter().find(|s| s.slug == whole)?)));
    let mut value = match (found, desk) {
        (Some((chapter, listed)), _) => {
            let mut value = entry(house, listed);
            value["chapter"] = json!({"id": chapter.id, "name": chapter.name});
            value
        }
        // What serves all reforms has no number among them.
        (None, Some(_)) => {
            let name = Bilingual::new("通用服务", "For all services");
            json!({"number": 0, "name": name, "open": true, "chapter": {"id": whole, "name": name}})
        }
        (None, None) => return Err(Failure::NotFound),
    };
    let Some(desk) = desk else { return Ok(value) };
    let service: &Service = &desk.service;
    if service.part_of.is_some() {
        value["part_of"] = json!({"slug": whole, "name": value["name"]});
        value["slug"] = json!(slug);
        value["name"] = json!(service.text.name);
        value["summary"] = json!(service.text.summary);
    }
    value["version"] = json!(service.version);
    value["text"] = serde_json::to_value(&service.text).unwrap_or_default();
    value["agency"] = json!(house.zone.card.agencies.get(&desk.agency));
    let open_to_people = |who: Who| !matches!(who, Who::System | Who::Case);
    let parts = house.desks.values().filter(|d| d.service.part_of == Some(service.slug));
    value["parts"] = parts.map(|d| d.service.slug).collect();
    let openings = service.opening_actions().filter(|a| open_to_people(a.who));
    value["openings"] = openings.map(|a| a.name).collect();
    value["actions"] = service
        .actions
        .iter()
        .filter(|a| open_to_people(a.who))
        .map(|a| json!({"name": a.name, "who": a.who, "schema": a.schema}))
        .collect();
    value["queries"] = service.queries.iter().map(|q| json!({"name": q.name, "who": q.who})).collect();
    value["questions"] = service
        .questions
        .iter()
        .map(|q| json!({"name": q.name, "who": q.who, "schema": q.schema}))
        .collect();
    Ok(value)
}

/// Answers a question.
pub async fn ask(State(app): State<App>, visitor: Visitor, Path((slug, question)): Path<(String, String)>, Body(body): Body) -> Answer {
    let desk = Arc::clone(app.house.desk(&slug)?);
    let found = desk
        .service
        .questions
        .iter()
        .find(|q| q.name == question)
        .ok_or(Failure::NotFound)?;
    match (found.who, &visitor.login) {
        (Who::Anyone, _) | (Who::Applicant, Some(_)) => {}
        (_, None) => return Err(Failure::Unauthenticated),
        (_, Some(_)) => return Err(Failure::Forbidden),
    }
    let input = read_json(&body)?;
    validate::check_shape(&input)?;
    if let Some(checker) = desk.questions.get(found.name) {
        checker.check(&input)?;
    }
    let house = &app.house;
    let answer = found.reply(input, house.zone.clone(), house.today(), house.ports.clone()).await?;
    reply(&answer)
}
