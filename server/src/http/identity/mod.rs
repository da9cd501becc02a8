//! Ways to log in besides a password, and what stands in for a login: OpenID Connect, passkeys, tokens.

use axum::Router;

use super::App;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
}
