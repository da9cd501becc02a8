//! The door: how many come in at once, how fast, who they are, and what every answer carries for safety.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kernel::{Actor, CaseId};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::App;
use super::answers::refuse;
use super::identity::scopes;
use crate::accounts::Login;
use crate::clock;
use crate::failure::Failure;
use crate::limits::{
    ACCOUNT_REQUESTS_BURST, ACCOUNT_REQUESTS_PER_SECOND, GUEST_REQUESTS_BURST, GUEST_REQUESTS_PER_SECOND, LOGINS_BEGUN_PER_MINUTE,
    LOGINS_PER_MINUTE, REQUEST_MS_MAX, REQUESTS_AT_ONCE_MAX,
};

/// Name of the session cookie.
pub const COOKIE: &str = "qianhai_session";

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Keeps count at the door.
pub struct Doorkeeper {
    room: Semaphore,
    guests: Limiter<IpAddr>,
    accounts: Limiter<String>,
    logins: Limiter<String>,
    begun: Limiter<IpAddr>,
    /// Cookies are for HTTPS only.
    pub https: bool,
}

impl Doorkeeper {
    /// An empty hall.
    pub fn new(https: bool) -> Self {
        let per_second = |rate: u32, burst: u32| Quota::per_second(nonzero(rate)).allow_burst(nonzero(burst));
        Self {
            room: Semaphore::new(REQUESTS_AT_ONCE_MAX),
            guests: RateLimiter::dashmap(per_second(GUEST_REQUESTS_PER_SECOND, GUEST_REQUESTS_BURST)),
            accounts: RateLimiter::dashmap(per_second(ACCOUNT_REQUESTS_PER_SECOND, ACCOUNT_REQUESTS_BURST)),
            logins: RateLimiter::dashmap(Quota::per_minute(nonzero(LOGINS_PER_MINUTE))),
            begun: RateLimiter::dashmap(Quota::per_minute(nonzero(LOGINS_BEGUN_PER_MINUTE))),
            https,
        }
    }

    /// Forgets who has been quiet, so that the counters don't grow with every address ever seen.
    pub fn sweep(&self) {
        self.guests.retain_recent();
        self.accounts.retain_recent();
        self.logins.retain_recent();
        self.begun.retain_recent();
    }

    /// One more login that this address begins elsewhere or with a passkey: each leaves a record for some minutes.
    ///
    /// # Errors
    /// Too many.
    pub fn count_begun_login(&self, from: IpAddr) -> Result<(), Failure> {
        self.begun.check_key(&from).map_err(|_| Failure::TooManyRequests(10))
    }

    /// One more try to log in to this account from this address.
    ///
    /// # Errors
    /// Too many.
    pub fn count_login(&self, account: &str, from: IpAddr) -> Result<(), Failure> {
        // A hostile name must not grow the table: it is cut, and old entries are thrown out.
        let account: String = account.chars().take(64).collect();
        if self.logins.len() > 100_000 {
            self.logins.retain_recent();
        }
        self.logins
            .check_key(&format!("{from}/{account}"))
            .map_err(|_| Failure::TooManyRequests(60))
    }
}

fn nonzero(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// Who asks; put into each request by [`admit`].
#[derive(Clone, Default)]
pub struct Visitor {
    /// The login, if there is one.
    pub login: Option<Login>,
    /// Secret of the session cookie, to end the session by.
    pub cookie: Option<String>,
    /// The login in another's stead, where the request asks for that.
    acting: Option<Actor>,
}

impl Visitor {
    /// The one who acts, be it for another.
    ///
    /// # Errors
    /// Nobody is logged in.
    pub fn actor(&self) -> Result<Actor, Failure> {
        if let Some(acting) = &self.acting {
            return Ok(acting.clone());
        }
        self.login.as_ref().map(|l| l.account.actor()).ok_or(Failure::Unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        Ok(parts.extensions.get::<Visitor>().cloned().unwrap_or_default())
    }
}

/// Address of the other side.
#[derive(Clone, Copy)]
pub struct From(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        Ok(Self(address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))))
    }
}

/// Lets a request in: room, login, rate, forgery check, time limit, log line.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let Ok(_place) = app.door.room.try_acquire() else {
        return refuse(&Failure::Unavailable(1));
    };
    let begun = clock::now_ms();
    // Within the routes below /api the path is shown without it.
    let (method, path) = (request.method().clone(), format!("/api{}", request.uri().path()));
    let limit = Duration::from_millis(REQUEST_MS_MAX);
    let (response, account) = match tokio::time::timeout(limit, let_in(&app, request, next)).await {
        Ok(done) => done,
        Err(_) => (refuse(&Failure::Unavailable(5)), None),
    };
    let (status, ms) = (response.status().as_u16(), clock::now_ms() - begun);
    tracing::info!(target: "access", %method, path, status, ms, account = account.as_deref().unwrap_or("-"));
    response
}

async fn let_in(app: &App, mut request: Request, next: Next) -> (Response, Option<String>) {
    let is_login = request.uri().path() == "/login" || request.uri().path().starts_with("/login/");
    // A form of another site could log its own account in here, and see what is then done with it.
    if is_login && *request.method() == Method::POST && is_from_another_site(request.headers()) {
        return (refuse(&Failure::Forbidden), None);
    }
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let visitor = match visitor(app, request.headers(), is_reading || is_login).await {
        Ok(visitor) => visitor,
        Err(failure) => return (refuse(&failure), None),
    };
    let account = visitor.login.as_ref().map(|l| l.account.id.to_string());
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let within = match (&account, from) {
        (Some(account), _) => app.door.accounts.check_key(account).is_ok(),
        (None, Some(from)) => app.door.guests.check_key(&from).is_ok(),
        (None, None) => true,
    };
    if !within {
        return (refuse(&Failure::TooManyRequests(1)), account);
    }
    if let Some(scopes) = visitor.login.as_ref().and_then(|l| l.scopes.as_ref())
        && let Err(failure) = scopes::check(app, scopes, request.method(), request.uri().path()).await
    {
        return (refuse(&failure), account);
    }
    let visitor = match in_another_s_stead(app, visitor, asked_for(&request)).await {
        Ok(visitor) => visitor,
        Err(failure) => return (refuse(&failure), account),
    };
    request.extensions_mut().insert(visitor);
    (next.run(request).await, account)
}

/// `is_free`: the request reads only, or logs in anew (always possible, so that a stale cookie locks nobody out).
async fn visitor(app: &App, headers: &HeaderMap, is_free: bool) -> Result<Visitor, Failure> {
    if let Some(token) = bearer(headers) {
        let login = app.accounts.token(token).await?.ok_or(Failure::Unauthenticated)?;
        return Ok(Visitor {
            login: Some(login),
            ..Visitor::default()
        });
    }
    let Some(secret) = cookie_named(headers, COOKIE) else {
        return Ok(Visitor::default());
    };
    let Some(login) = app.accounts.session(&secret).await? else {
        return Ok(Visitor::default());
    };
    // A page of another site can make a browser send the cookie, but can't know what stands in this header.
    let sent = headers.get("x-csrf-token").map(HeaderValue::as_bytes).unwrap_or_default();
    let fits = login.csrf.as_ref().is_some_and(|csrf| bool::from(csrf.as_bytes().ct_eq(sent)));
    if !is_free && !fits {
        return Err(Failure::Forbidden);
    }
    Ok(Visitor {
        login: Some(login),
        cookie: Some(secret),
        acting: None,
    })
}

/// Name of the header by which a request says for whom it acts: the case number of the delegation.
const ACTING_FOR: &str = "acting-for";

/// The delegation that a request names. Only services and cases are done for another; what is the account's own (sessions, notices,
/// settings) stays the account's.
fn asked_for(request: &Request) -> Option<Result<CaseId, Failure>> {
    let path = request.uri().path();
    let for_another = ["/cases", "/services"].iter().any(|place| path.starts_with(place));
    let named = request.headers().get(ACTING_FOR).filter(|_| for_another)?;
    let id = named.to_str().ok().and_then(|text| CaseId::try_new(text).ok());
    Some(id.ok_or(Failure::NoDelegation))
}

async fn in_another_s_stead(app: &App, visitor: Visitor, asked: Option<Result<CaseId, Failure>>) -> Result<Visitor, Failure> {
    // A guest acts for nobody, himself included: what needs a login says so.
    let Some(delegation) = asked.filter(|_| visitor.login.is_some()).transpose()? else {
        return Ok(visitor);
    };
    let acting = app.house.acting_for(visitor.actor()?, &delegation).await?;
    Ok(Visitor {
        acting: Some(acting),
        ..visitor
    })
}

/// Every browser that is kept up to date says where a request comes from; a program says nothing.
fn is_from_another_site(headers: &HeaderMap) -> bool {
    let said = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    said.is_some_and(|site| site != b"same-origin" && site != b"none")
}

/// The token that a request shows.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The value of a cookie.
pub fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|h| h.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_string())
}

/// What every answer carries: no framing, no sniffing, no foreign script, no referrer.
pub async fn headers(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        (
            "content-security-policy",
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
             connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
