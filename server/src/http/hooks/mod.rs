//! Other programs: webhooks that leave, answers of agencies' systems that come in.

mod systems;
mod webhooks;

use axum::Router;
use axum::routing::{delete, get, post};

use super::App;

/// The routes of this area, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks", get(webhooks::list).post(webhooks::subscribe))
        .route("/webhooks/{id}", delete(webhooks::unsubscribe))
        .route("/webhooks/{id}/rotate", post(webhooks::rotate))
        .route("/webhooks/{id}/enable", post(webhooks::enable))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/systems/{service}/cases/{id}/{action}", post(systems::act))
}
