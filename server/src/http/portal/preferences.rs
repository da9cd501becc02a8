//! Preferences of the one who is logged in, and the page that a confirming link leads to.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::Bilingual;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::http::App;
use crate::http::answers::{Answer, json as reply, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Query};
use crate::portal::preferences::{self, Preferences, Wish};

/// What stands in a confirming link.
#[derive(Deserialize)]
pub struct Link {
    code: String,
    /// The button was pressed; programs that follow every link of a mail press none.
    #[serde(default)]
    sure: bool,
}

/// They, or what holds before anything is set.
pub async fn one(State(app): State<App>, visitor: Visitor) -> Answer {
    let login = visitor.login.ok_or(Failure::Unauthenticated)?;
    let (preferences, _) = preferences::of(app.house.journal.records(), &login.account.id).await?;
    reply(&shown(&app, &preferences))
}

/// Sets them; a new mail address gets a confirming link.
pub async fn save(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let login = visitor.login.ok_or(Failure::Unauthenticated)?;
    let wish: Wish = read_typed(&body)?;
    let preferences = preferences::save(app.house.journal.records(), &login.account, wish, app.mail.is_some()).await?;
    reply(&shown(&app, &preferences))
}

fn shown(app: &App, preferences: &Preferences) -> Value {
    let note = preferences
        .bounced_at
        .map(|_| Bilingual::new("地址退信，请更换邮箱", "Mail to this address came back; give another one"));
    json!({
        "mail": preferences.mail, "mail_confirmed": preferences.mail_confirmed, "mail_for": preferences.mail_for,
        "language": preferences.language, "large_text": preferences.large_text, "mail_note": note, "mail_offered": app.mail.is_some(),
    })
}

/// The page of a confirming link: it asks once, and then confirms. Whoever has the code reads the mail; no login is needed.
pub async fn confirm(State(app): State<App>, Query(link): Query<Link>) -> Result<Response, Failure> {
    let records = app.house.journal.records();
    let Some(found) = preferences::confirmation(records, &link.code).await? else {
        return Ok(page(
            StatusCode::NOT_FOUND,
            "链接已使用或已过期。",
            "This link was used, or is too old.",
            "",
        ));
    };
    if !link.sure {
        let button = format!(
            "<form method=\"get\"><input type=\"hidden\" name=\"code\" value=\"{}\"><input type=\"hidden\" name=\"sure\" value=\"true\">\
             <button>确认 / Confirm</button></form>",
            escaped(&link.code)
        );
        let mail = escaped(&found.mail);
        let (zh, en) = (format!("确认将办事通知发送到 {mail}？"), format!("Shall notices go to {mail}?"));
        return Ok(page(StatusCode::OK, &zh, &en, &button));
    }
    Ok(if preferences::confirm(records, &app.accounts, found).await? {
        page(
            StatusCode::OK,
            "邮箱已确认，可以关闭本页。",
            "The address is confirmed; you may close this page.",
            "",
        )
    } else {
        page(
            StatusCode::NOT_FOUND,
            "该邮箱已被更换，无需确认。",
            "The address was changed since; there is nothing to confirm.",
            "",
        )
    })
}

/// A page of one sentence, which needs nothing of the portal.
fn page(status: StatusCode, zh: &str, en: &str, rest: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>邮箱确认 / Mail address</title><body style=\"font:18px sans-serif;max-width:32em;margin:15vh auto;padding:0 1em\">\
         <p>{zh}</p><p lang=\"en\">{en}</p>{rest}</body></html>"
    );
    let mut response = Response::new(html.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
