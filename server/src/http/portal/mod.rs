//! What the portal keeps for its readers beside the cases: drafts, preferences, notices read, ratings, the officer's desk, figures.

mod desk;
mod drafts;
mod figures;
mod looks;
mod notices;
mod preferences;
mod rating;

use axum::Router;
use axum::routing::{get, post};

use super::App;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/drafts", get(drafts::list))
        .route("/drafts/{slug}", get(drafts::one).put(drafts::save).delete(drafts::discard))
        .route("/notices", get(notices::list))
        .route("/notices/read", post(notices::mark))
        .route("/preferences", get(preferences::one).put(preferences::save))
        .route("/preferences/confirm", get(preferences::confirm))
        .route("/looks", get(looks::list))
        .route("/cases/{id}/rating", get(rating::one).post(rating::rate))
        .route("/cases/{id}/assignment", get(desk::history))
        .route("/desk", get(desk::list))
        .route("/desk/officers", get(desk::officers))
        .route("/desk/assign", post(desk::assign))
        .route("/figures", get(figures::between))
}
