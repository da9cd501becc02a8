//! Who looked at the data of the one who is logged in.

use axum::extract::State;
use serde_json::json;

use super::notices::Page;
use crate::http::App;
use crate::http::answers::{Answer, json as reply};
use crate::http::door::Visitor;
use crate::http::extract::Query;
use crate::portal::looks;

/// A page, the latest first.
pub async fn list(State(app): State<App>, visitor: Visitor, Query(page): Query<Page>) -> Answer {
    let actor = visitor.actor()?;
    let Some(person) = actor.person() else {
        return reply(&json!({"looks": [], "next": null}));
    };
    let house = &app.house;
    let (looks, next) = looks::page(house.journal.records(), &house.zone, person, page.cursor.as_deref()).await?;
    reply(&json!({"looks": looks, "next": next}))
}
