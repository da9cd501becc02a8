//! What the portal keeps for its readers beside the cases: drafts, preferences, notices read, ratings, the officer's desk, figures.

use axum::Router;

use super::App;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
}
