//! An agency's own system acts on a case: its signature stands for the login.

use axum::extract::State;
use axum::http::HeaderMap;
use kernel::CaseId;

use crate::failure::Failure;
use crate::hooks::inbound::Asked;
use crate::http::App;
use crate::http::answers::Answer;
use crate::http::cases::answer;
use crate::http::extract::{Body, Path};

/// Performs an officer's action.
pub async fn act(
    State(app): State<App>,
    Path((slug, id, action)): Path<(String, String, String)>,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    let case = CaseId::try_new(&id).map_err(|_| Failure::NotFound)?;
    let asked = Asked {
        slug: &slug,
        case: &case,
        action: &action,
        headers: &headers,
        body: &body,
    };
    Ok(answer(app.hooks.act(asked).await?))
}
