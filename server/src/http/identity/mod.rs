//! Ways to log in besides a password, and what stands in for a login: OpenID Connect, passkeys, tokens.

mod oidc;
mod passkeys;
pub(super) mod scopes;
mod tokens;

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use kernel::setting::day_in_zone;
use serde_json::{Value, json};

use super::App;
use super::answers::{Answer, json as reply};
use super::door::Visitor;
use crate::accounts::Login;
use crate::failure::Failure;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/login/ways", get(ways))
        .route("/login/oidc", get(oidc::begin))
        .route("/login/oidc/callback", get(oidc::callback))
        .route("/login/passkey/begin", post(passkeys::begin_login))
        .route("/login/passkey/finish", post(passkeys::finish_login))
        .route("/passkeys", get(passkeys::list))
        .route("/passkeys/begin", post(passkeys::begin))
        .route("/passkeys/finish", post(passkeys::finish))
        .route("/passkeys/{id}", delete(passkeys::remove))
        .route("/tokens", get(tokens::list).post(tokens::make))
        .route("/tokens/{id}", delete(tokens::revoke))
        .route("/tokens/{id}/rotate", post(tokens::rotate))
        .route("/sessions", get(tokens::sessions))
        .route("/sessions/{id}", delete(tokens::end_session))
}

/// How one can log in here.
async fn ways(State(app): State<App>) -> Answer {
    let oidc = app.oidc.as_ref().map(|provider| json!({"name": provider.settings.name}));
    reply(&json!({"password": true, "oidc": oidc, "passkey": {"rp_id": app.passkeys.rp_id}}))
}

/// The login of a browser. What guards an account can't be changed with a token: who steals one has it for its time only.
fn own_session(visitor: Visitor) -> Result<Login, Failure> {
    let login = visitor.login.ok_or(Failure::Unauthenticated)?;
    if login.scopes.is_some() {
        return Err(Failure::Forbidden);
    }
    Ok(login)
}

/// Seconds since 1970 as an instant; null where it was not noted.
fn instant(seconds: i64) -> Value {
    let instant = Timestamp::from_second(seconds).ok().filter(|_| seconds > 0);
    json!(instant)
}

/// Seconds since 1970 as a day of the zone.
fn day(app: &App, seconds: Option<i64>) -> Value {
    let instant = seconds.and_then(|s| Timestamp::from_second(s).ok());
    json!(instant.map(|at| day_in_zone(at, &app.house.zone).to_string()))
}
