//! `/metrics`: what the house counts about itself, for the operator's Prometheus and for nobody else.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;
use tracing::Instrument;
use tracing::field::Empty;

use super::App;
use super::door;
use crate::clock;
use crate::failure::Failure;
use crate::traces::SPANS;

/// What a proxy adds to a request that it passes on.
const PASSED_ON: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// The measures. With a token, only for who shows it; without one, only for this machine itself, and never for what a proxy on it passes on.
pub async fn show(
    State(app): State<App>,
    connected: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let may = match &app.metrics_token {
        Some(token) => door::bearer(&headers).is_some_and(|shown| bool::from(shown.as_bytes().ct_eq(token.as_bytes()))),
        None => connected.is_some_and(|c| c.0.0.ip().is_loopback()) && !PASSED_ON.iter().any(|name| headers.contains_key(*name)),
    };
    if !may {
        return Err(Failure::NotFound);
    }
    let text = app.house.measures.text(&app.house).await;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Counts and traces each request under the template of its route, so that no number of cases makes a number of rows.
pub async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let measures = &app.house.measures;
    let _in_flight = measures.request_begins();
    let begun = clock::tick();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = method(request.method());
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let span = tracing::info_span!(
        target: SPANS, "request", otel.name = format!("{method} {route}"), otel.kind = "server", http.request.method = method,
        http.route = route, http.response.status_code = Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    measures.request_ended(route, method, status, begun.elapsed());
    response
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
