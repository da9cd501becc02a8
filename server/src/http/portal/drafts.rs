//! Drafts of the one who is logged in.

use axum::extract::State;
use kernel::{AccountId, BadInput};
use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::http::App;
use crate::http::answers::{Answer, json as reply, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Path};
use crate::portal::drafts::{self, Wish};

fn account(visitor: Visitor) -> Result<AccountId, Failure> {
    visitor.login.map(|l| l.account.id.clone()).ok_or(Failure::Unauthenticated)
}

/// All of them, the latest first.
pub async fn list(State(app): State<App>, visitor: Visitor) -> Answer {
    let drafts = drafts::list(app.house.journal.records(), &account(visitor)?).await?;
    reply(&json!({"drafts": drafts}))
}

/// One, whole.
pub async fn one(State(app): State<App>, visitor: Visitor, Path(slug): Path<String>) -> Answer {
    reply(&drafts::find(app.house.journal.records(), &account(visitor)?, &slug).await?)
}

/// Keeps one.
pub async fn save(State(app): State<App>, visitor: Visitor, Path(slug): Path<String>, Body(body): Body) -> Answer {
    let account = account(visitor)?;
    let desk = app.house.desk(&slug)?;
    let wish: Wish = read_typed(&body)?;
    if desk.service.find_action(&wish.action).is_none() {
        return Err(BadInput::at("/action", "no-such-action", "没有此项操作", "there is no such action").into());
    }
    reply(&drafts::save(app.house.journal.records(), &account, &slug, wish, clock::now()).await?)
}

/// Throws one away.
pub async fn discard(State(app): State<App>, visitor: Visitor, Path(slug): Path<String>) -> Answer {
    drafts::discard(app.house.journal.records(), &account(visitor)?, &slug).await?;
    reply(&json!({}))
}
