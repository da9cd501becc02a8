//! How answers are written: JSON, and every failure in the one shape.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{BadInput, Problem};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// What a handler gives.
pub type Answer = Result<Response, Failure>;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refuse(&self)
    }
}

/// A failure as an answer.
pub fn refuse(failure: &Failure) -> Response {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_bytes(status, serde_json::to_vec(&failure.body()).unwrap_or_default());
    if let Some(seconds) = failure.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// 200 with a value.
pub fn json(value: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(value).map_err(|e| Problem::during("an answer is written", e))?;
    Ok(json_bytes(StatusCode::OK, bytes))
}

/// Any status with JSON that is written already.
pub fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// Reads a request's body.
///
/// # Errors
/// It is no JSON; an empty body counts as `{}`.
pub fn read_json(body: &[u8]) -> Result<Value, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let place = |e: &serde_json::Error| format!("（第 {} 行第 {} 列）", e.line(), e.column());
    serde_json::from_slice(body).map_err(|e| {
        let zh = format!("内容不是有效的 JSON{}", place(&e));
        BadInput::at(
            "",
            "malformed-json",
            zh,
            format!("not JSON: line {}, column {}", e.line(), e.column()),
        )
        .into()
    })
}

/// Reads a body into a type of the server's own.
///
/// # Errors
/// It is no JSON, or not of that shape.
pub fn read_typed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let value = read_json(body)?;
    crate::validate::check_shape(&value)?;
    Ok(kernel::schema::read(value)?)
}

/// A handler has panicked: a problem like any other.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
    refuse(&Failure::Problem(Problem(format!(
        "a handler panicked: {}",
        said.unwrap_or_default()
    ))))
}
