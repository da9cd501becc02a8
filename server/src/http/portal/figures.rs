//! Figures of the house, for officers.

use axum::extract::State;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::Actor;
use serde::Deserialize;

use crate::failure::Failure;
use crate::figures::{self, By};
use crate::http::App;
use crate::http::answers::{Answer, json as reply};
use crate::http::door::Visitor;
use crate::http::extract::Query;

/// Which figures.
#[derive(Deserialize)]
pub struct Range {
    by: Option<By>,
    from: Option<Date>,
    to: Option<Date>,
}

/// Figures over some days; over the last thirty if none are named.
pub async fn between(State(app): State<App>, visitor: Visitor, Query(range): Query<Range>) -> Answer {
    if !matches!(visitor.actor()?, Actor::Officer { .. }) {
        return Err(Failure::Forbidden);
    }
    let to = range.to.unwrap_or_else(|| app.house.today());
    let from = range.from.unwrap_or_else(|| to.saturating_sub(29.days()));
    reply(&figures::between(&app.house, range.by.unwrap_or(By::Service), from, to).await?)
}
