//! Tokens and sessions, as their owner sees and ends them.

use axum::extract::State;
use serde_json::{Value, json};

use super::super::App;
use super::super::answers::{Answer, json as reply, read_typed};
use super::super::door::Visitor;
use super::super::extract::{Body, Path};
use super::{day, instant, own_session};
use crate::accounts::{Scope, TokenWish};
use crate::failure::Failure;
use kernel::BadInput;

/// Makes an API token.
pub async fn make(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let login = own_session(visitor)?;
    let wish: TokenWish = read_typed(&body)?;
    check_services(&app, &wish.scopes)?;
    let seconds = wish.seconds;
    let (id, secret) = app.accounts.make_token(&login.account.id, wish).await?;
    tracing::info!(target: "audit", account = %login.account.id, "made an API token");
    reply(&json!({"id": id, "token": secret, "seconds": seconds}))
}

/// My tokens.
pub async fn list(State(app): State<App>, visitor: Visitor) -> Answer {
    let login = own_session(visitor)?;
    let tokens = app.accounts.tokens(&login.account.id).await?;
    let tokens: Vec<Value> = tokens
        .into_iter()
        .map(|t| {
            json!({
                "id": t.id, "label": t.label, "scopes": t.scopes, "made": instant(t.made), "last_used": day(&app, t.used),
                "until": instant(t.until), "replaced": t.replaced,
            })
        })
        .collect();
    reply(&json!({"tokens": tokens}))
}

/// Makes the successor of a token.
pub async fn rotate(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let login = own_session(visitor)?;
    let (id, secret, old_until) = app.accounts.rotate_token(&login.account.id, &id).await?;
    tracing::info!(target: "audit", account = %login.account.id, "rotated an API token");
    reply(&json!({"id": id, "token": secret, "old_until": instant(old_until)}))
}

/// Ends a token.
pub async fn revoke(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let login = own_session(visitor)?;
    app.accounts.revoke_token(&login.account.id, &id).await?;
    tracing::info!(target: "audit", account = %login.account.id, "revoked an API token");
    reply(&json!({}))
}

/// Where I am logged in.
pub async fn sessions(State(app): State<App>, visitor: Visitor) -> Answer {
    let own = visitor.cookie.clone();
    let login = own_session(visitor)?;
    let sessions = app.accounts.sessions(&login.account.id, own.as_deref()).await?;
    let sessions: Vec<Value> = sessions
        .into_iter()
        .map(|s| json!({"id": s.id, "made": instant(s.made), "until": instant(s.until), "way": s.way, "own": s.own}))
        .collect();
    reply(&json!({"sessions": sessions}))
}

/// Ends one of my sessions.
pub async fn end_session(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let login = own_session(visitor)?;
    app.accounts.end_session(&login.account.id, &id).await?;
    tracing::info!(target: "audit", account = %login.account.id, "ended a session");
    reply(&json!({}))
}

fn check_services(app: &App, scopes: &[Scope]) -> Result<(), Failure> {
    for (n, scope) in scopes.iter().enumerate() {
        if let Scope::Service(slug) = scope
            && !app.house.desks.contains_key(slug.as_str())
        {
            let pointer = format!("/scopes/{n}");
            return Err(BadInput::at(pointer, "service", "没有这个事项", "there is no such service").into());
        }
    }
    Ok(())
}
