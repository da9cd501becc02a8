//! What handlers take out of a request; whatever is wrong with it is told in the one shape of errors.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use http_body_util::BodyExt;
use kernel::BadInput;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::limits::{BODY_BYTES_MAX, BODY_DRAIN_BYTES_MAX};

/// The whole body.
pub struct Body(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Failure;
    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let mut body = request.into_body();
        let (mut bytes, mut total) = (Vec::new(), 0);
        // A body that is too large is read on for a while and thrown away: who is still sending could not hear the answer.
        while total <= BODY_DRAIN_BYTES_MAX {
            let Some(frame) = body.frame().await else { break };
            let frame = frame.map_err(|_| BadInput::at("", "broken-off", "请求中断", "the request broke off"))?;
            let Some(data) = frame.data_ref() else { continue };
            total += data.len();
            if total <= BODY_BYTES_MAX {
                bytes.extend_from_slice(data);
            }
        }
        if total > BODY_BYTES_MAX {
            let zh = format!("请求超过 {BODY_BYTES_MAX} 字节");
            return Err(BadInput::at("", "too-large", zh, format!("more than {BODY_BYTES_MAX} bytes")).into());
        }
        Ok(Self(bytes))
    }
}

/// The variable parts of a path; what can't be one of them names nothing that there is.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Failure::NotFound)
    }
}

/// The query of a URL.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|rejection: QueryRejection| {
            BadInput::at("/query", "query", "查询参数无效", format!("not a usable query: {rejection}")).into()
        })
    }
}
