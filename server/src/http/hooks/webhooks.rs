//! Webhooks of whoever is logged in.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::Problem;
use serde_json::{Value, json};

use crate::accounts::Account;
use crate::failure::Failure;
use crate::hooks::subscriptions::{Webhook, Wish};
use crate::http::App;
use crate::http::answers::{Answer, json as reply, json_bytes, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Path};
use crate::runner::instant;

fn account(visitor: &Visitor) -> Result<&Account, Failure> {
    visitor.login.as_ref().map(|login| &*login.account).ok_or(Failure::Unauthenticated)
}

fn shown(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id, "url": webhook.url, "services": webhook.services, "events": webhook.events,
        "state": if webhook.disabled.is_some() { "disabled" } else { "active" }, "disabled": webhook.disabled,
        "made_at": instant(webhook.made_at_ms), "failing_since": webhook.failing_since_ms.map(instant),
        "old_secret_until": webhook.old_until_ms().map(instant),
    })
}

/// The reader's webhooks.
pub async fn list(State(app): State<App>, visitor: Visitor) -> Answer {
    let webhooks = app.hooks.webhooks_of(&account(&visitor)?.id).await?;
    reply(&json!({"webhooks": webhooks.iter().map(shown).collect::<Vec<_>>()}))
}

/// Makes one; its secret is shown once.
pub async fn subscribe(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let account = account(&visitor)?;
    let wish: Wish = read_typed(&body)?;
    let (webhook, secret) = app.hooks.subscribe(account, wish).await?;
    let body = serde_json::to_vec(&json!({"webhook": shown(&webhook), "secret": secret}));
    Ok(json_bytes(
        StatusCode::CREATED,
        body.map_err(|e| Problem::during("an answer is written", e))?,
    ))
}

/// Removes one.
pub async fn unsubscribe(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    app.hooks.unsubscribe(&account(&visitor)?.id, &id).await?;
    reply(&json!({}))
}

/// A new secret; the old one signs for a while too.
pub async fn rotate(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let (webhook, secret) = app.hooks.rotate(&account(&visitor)?.id, &id).await?;
    reply(&json!({"webhook": shown(&webhook), "secret": secret}))
}

/// Switches one on again.
pub async fn enable(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let webhook = app.hooks.enable(&account(&visitor)?.id, &id).await?;
    reply(&json!({"webhook": shown(&webhook)}))
}

/// The last deliveries of one, the latest first.
pub async fn deliveries(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let deliveries = app.hooks.deliveries_of(&account(&visitor)?.id, &id).await?;
    let shown = deliveries.iter().map(|d| {
        json!({
            "id": d.id(), "case": d.case, "service": d.service, "event": d.event, "status": d.status, "at": instant(d.at_ms),
            "state": d.state, "attempts": d.attempts, "answer": d.answer, "tried_at": d.tried_at_ms.map(instant),
        })
    });
    reply(&json!({"deliveries": shown.collect::<Vec<_>>()}))
}
