//! Passkeys over HTTP: registered by who is logged in, used by who is not.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::super::App;
use super::super::answers::{Answer, json as reply, read_typed};
use super::super::door::{From, Visitor};
use super::super::extract::{Body, Path};
use super::super::session;
use super::{day, own_session};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    ceremony: String,
    name: String,
    credential: RegisterPublicKeyCredential,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    ceremony: String,
    credential: PublicKeyCredential,
}

/// My passkeys.
pub async fn list(State(app): State<App>, visitor: Visitor) -> Answer {
    let login = own_session(visitor)?;
    let passkeys = app.accounts.passkeys(&login.account.id).await?;
    let passkeys: Vec<Value> = passkeys
        .into_iter()
        .map(|k| json!({"id": k.id, "name": k.name, "made": day(&app, Some(k.made)), "last_used": day(&app, k.used)}))
        .collect();
    reply(&json!({"passkeys": passkeys}))
}

/// Begins to register one.
pub async fn begin(State(app): State<App>, visitor: Visitor) -> Answer {
    let login = own_session(visitor)?;
    let (ceremony, options) = app.accounts.begin_passkey(&app.passkeys, &login.account).await?;
    reply(&json!({"ceremony": ceremony, "options": options}))
}

/// Keeps the one that the browser has made.
pub async fn finish(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let login = own_session(visitor)?;
    let made: Made = read_typed(&body)?;
    let id = app
        .accounts
        .finish_passkey(&app.passkeys, &login.account.id, &made.ceremony, &made.name, &made.credential)
        .await?;
    tracing::info!(target: "audit", account = %login.account.id, "registered a passkey");
    reply(&json!({"id": id}))
}

/// Removes one.
pub async fn remove(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let login = own_session(visitor)?;
    app.accounts.remove_passkey(&login.account.id, &id).await?;
    tracing::info!(target: "audit", account = %login.account.id, "removed a passkey");
    reply(&json!({}))
}

/// Begins to log in with one.
pub async fn begin_login(State(app): State<App>, From(from): From) -> Answer {
    app.door.count_begun_login(from)?;
    let (ceremony, options) = app.accounts.begin_passkey_login(&app.passkeys).await?;
    reply(&json!({"ceremony": ceremony, "options": options}))
}

/// Logs in with one.
pub async fn finish_login(State(app): State<App>, From(from): From, Body(body): Body) -> Answer {
    let shown: Shown = read_typed(&body)?;
    let opened = app
        .accounts
        .log_in_with_passkey(&app.passkeys, &shown.ceremony, &shown.credential)
        .await?;
    tracing::info!(target: "audit", account = %opened.account.id, %from, "logged in with a passkey");
    Ok(session::logged_in(&app, &opened))
}
