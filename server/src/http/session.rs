//! Logging in and out.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::answers::{Answer, json_bytes, read_typed};
use super::door::{COOKIE, From, Visitor};
use super::extract::Body;
use crate::accounts::{Account, Capacity, Session};
use crate::failure::Failure;
use crate::limits::SESSION_SECONDS;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    account: String,
    password: String,
}

/// Who is logged in.
pub async fn me(visitor: Visitor) -> Answer {
    let login = visitor.login.ok_or(Failure::Unauthenticated)?;
    super::answers::json(&account_json(&login.account, login.csrf.as_deref()))
}

/// Opens a session.
pub async fn log_in(State(app): State<App>, From(from): From, Body(body): Body) -> Answer {
    let credentials: Credentials = read_typed(&body)?;
    app.door.count_login(&credentials.account, from)?;
    let session = match app.accounts.log_in(&credentials.account, &credentials.password).await {
        Ok(session) => session,
        Err(failure) => {
            tracing::info!(target: "audit", %from, "a login failed");
            return Err(failure);
        }
    };
    tracing::info!(target: "audit", account = %session.account.id, %from, "logged in");
    Ok(logged_in(&app, &session))
}

/// The answer to a login that has succeeded.
pub fn logged_in(app: &App, session: &Session) -> Response {
    let body = serde_json::to_vec(&account_json(&session.account, Some(&session.csrf))).unwrap_or_default();
    let mut response = json_bytes(StatusCode::OK, body);
    give_cookie(app, &mut response, session);
    response
}

/// Puts a session into the browser.
pub fn give_cookie(app: &App, response: &mut Response, session: &Session) {
    let secure = if app.door.https { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS}{secure}",
        session.secret
    );
    set_cookie(response, &cookie);
}

/// Ends the session.
pub async fn log_out(State(app): State<App>, visitor: Visitor) -> Answer {
    if let Some(secret) = &visitor.cookie {
        app.accounts.log_out(secret).await?;
    }
    let mut response = json_bytes(StatusCode::OK, b"{}".to_vec());
    set_cookie(&mut response, &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    Ok(response)
}

fn account_json(account: &Account, csrf: Option<&str>) -> Value {
    let body = match &account.capacity {
        Capacity::Person { paper } => json!({"id": account.id, "name": account.name, "kind": "person", "person_masked": paper.masked()}),
        Capacity::Officer { agency } => json!({"id": account.id, "name": account.name, "kind": "officer", "agency": agency}),
    };
    json!({"account": body, "csrf": csrf})
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
