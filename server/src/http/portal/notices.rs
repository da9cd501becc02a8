//! Notices of the one who is logged in.

use axum::extract::State;
use kernel::BadInput;
use serde::Deserialize;
use serde_json::json;

use crate::http::App;
use crate::http::answers::{Answer, json as reply, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Query};
use crate::limits::PAGE_ROWS_MAX;
use crate::portal::notices;

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Page {
    /// As the page before gave it.
    pub cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    all: bool,
}

/// A page, the latest first.
pub async fn list(State(app): State<App>, visitor: Visitor, Query(page): Query<Page>) -> Answer {
    let actor = visitor.actor()?;
    let records = app.house.journal.records();
    let Some(person) = actor.person() else {
        return reply(&json!({"notices": [], "next": null, "unread": 0}));
    };
    let (notices, next) = notices::page(records, person, page.cursor.as_deref()).await?;
    let unread = notices::unread(records, person).await?;
    reply(&json!({"notices": notices, "next": next, "unread": unread}))
}

/// Marks some or all as read.
pub async fn mark(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let actor = visitor.actor()?;
    let records = app.house.journal.records();
    let marks: Marks = read_typed(&body)?;
    if marks.ids.len() > PAGE_ROWS_MAX {
        let zh = format!("一次最多标记 {PAGE_ROWS_MAX} 条");
        return Err(BadInput::at("/ids", "too-many", zh, format!("at most {PAGE_ROWS_MAX} at once")).into());
    }
    let Some(person) = actor.person() else {
        return reply(&json!({"unread": 0}));
    };
    if marks.all {
        notices::mark_all(records, person).await?;
    } else {
        notices::mark(records, person, &marks.ids).await?;
    }
    reply(&json!({"unread": notices::unread(records, person).await?}))
}
