//! Other programs: webhooks that leave, answers of agencies' systems that come in.

use axum::Router;

use super::App;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
}
