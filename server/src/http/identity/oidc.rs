//! The way to an OpenID Connect provider and back. Browsers walk it, so what fails is told on the portal's login page.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::super::App;
use super::super::answers::{Answer, refuse};
use super::super::door::{From, cookie_named};
use super::super::extract::Query;
use super::super::session;
use crate::accounts::{Capacity, Session};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{CEREMONY_SECONDS, NEXT_BYTES_MAX};
use crate::oidc::{Begun, is_trouble};

const KIND: &str = "oidc";
/// Ties a login to the browser that began it. It must come along when the provider sends the browser back, so it is Lax where the
/// session's is Strict; it opens nothing by itself.
const BROWSER: &str = "qianhai_oidc";

#[derive(Deserialize)]
pub struct Wish {
    next: Option<String>,
}

/// What the provider gives the browser to bring back.
#[derive(Deserialize)]
pub struct Brought {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Sends the browser to the provider.
pub async fn begin(State(app): State<App>, From(from): From, headers: HeaderMap, Query(wish): Query<Wish>) -> Answer {
    told(&headers, begin_login(&app, from, wish).await)
}

async fn begin_login(app: &App, from: std::net::IpAddr, wish: Wish) -> Answer {
    let provider = app.oidc.as_ref().ok_or(Failure::NotFound)?;
    app.door.count_begun_login(from)?;
    let browser = hex::encode(clock::random::<32>());
    let begun = Begun {
        nonce: hex::encode(clock::random::<16>()),
        verifier: hex::encode(clock::random::<32>()),
        browser: digest(&browser),
        next: wish.next.filter(|next| is_own_path(next)),
    };
    let state = app.accounts.begin(KIND, &begun).await?;
    let mut response = redirect(&provider.way_there(&begun, &state).await?);
    let secure = if app.door.https { "; Secure" } else { "" };
    let cookie = format!("{BROWSER}={browser}; Path=/api/login/oidc; HttpOnly; SameSite=Lax; Max-Age={CEREMONY_SECONDS}{secure}");
    session::set_cookie(&mut response, &cookie);
    Ok(response)
}

/// Takes the browser back and logs it in.
pub async fn callback(State(app): State<App>, From(from): From, headers: HeaderMap, Query(brought): Query<Brought>) -> Answer {
    let browser = cookie_named(&headers, BROWSER);
    let done = finish(&app, browser, brought).await.map(|(opened, next)| {
        tracing::info!(target: "audit", account = %opened.account.id, %from, "logged in with OpenID Connect");
        let home = match opened.account.capacity {
            Capacity::Officer { .. } => "/desk",
            Capacity::Person { .. } => "/cases",
        };
        let mut response = redirect(next.as_deref().unwrap_or(home));
        session::give_cookie(&app, &mut response, &opened);
        response
    });
    told(&headers, done)
}

async fn finish(app: &App, browser: Option<String>, brought: Brought) -> Result<(Session, Option<String>), Failure> {
    let provider = app.oidc.as_ref().ok_or(Failure::NotFound)?;
    let begun: Option<Begun> = match &brought.state {
        Some(state) => app.accounts.take(KIND, state).await?,
        None => None,
    };
    let browser = browser.map(|b| digest(&b)).unwrap_or_default();
    let fits = |begun: &Begun| bool::from(begun.browser.as_bytes().ct_eq(browser.as_bytes()));
    let begun = begun.filter(fits).ok_or_else(ended)?;
    // Another provider's answer is not taken for this one's (RFC 9207).
    if brought.iss.is_some_and(|iss| !provider.is(&iss)) {
        return Err(ended());
    }
    if let Some(error) = &brought.error {
        return Err(provider_said(error));
    }
    let code = brought.code.ok_or_else(ended)?;
    let vouched = provider.way_back(&begun, &code).await?;
    let opened = app.accounts.log_in_vouched(&vouched).await?;
    Ok((opened, begun.next))
}

fn provider_said(error: &str) -> Failure {
    match error {
        _ if is_trouble(error) => Failure::ProviderDown(30),
        "access_denied" => Failure::refusal("login-cancelled", "您已取消登录", "The login was cancelled"),
        _ => ended(),
    }
}

fn ended() -> Failure {
    Failure::refusal(
        "login-ended",
        "本次登录已超时、已完成或不是由本浏览器发起，请重新登录",
        "This login has ended, was done already, or was not begun by this browser; log in again",
    )
}

/// A person's browser is sent to the login page, which says what failed; a program gets the error as everywhere else.
fn told(headers: &HeaderMap, done: Answer) -> Answer {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match done {
        Err(failure) if accept.contains("text/html") => {
            let body = failure.body();
            let code: String = body.error.code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            Ok(redirect(&format!("/login?failed={code}")))
        }
        Err(failure) => Ok(refuse(&failure)),
        done => done,
    }
}

/// A path of this portal: no other site, no scheme, nothing that a browser takes for one.
fn is_own_path(next: &str) -> bool {
    let mut letters = next.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && next.len() <= NEXT_BYTES_MAX
        && next.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'\\')
}

fn redirect(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::is_own_path;

    #[test]
    fn next_leads_nowhere_else() {
        for own in ["/", "/cases", "/cases/QH1?x=1#y", "/services/a/apply"] {
            assert!(is_own_path(own), "{own}");
        }
        for other in [
            "",
            "cases",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/a\\b",
            "/中",
        ] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }
}
