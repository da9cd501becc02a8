//! What messages say. A webhook is told that something happened, never to whom; an agency's own system gets the case as its officer sees it.

use kernel::CaseId;
use serde_json::{Value, json};

use super::Hooks;
use super::queue::Delivery;
use super::settings::System;
use crate::failure::Failure;
use crate::portal::looks;
use crate::runner::instant;

/// The body for a webhook: no name, no number of a person, nothing of the case's content.
pub fn for_webhook(delivery: &Delivery) -> Value {
    json!({
        "type": if delivery.version == 1 { "case.opened" } else { "case.changed" },
        "timestamp": instant(delivery.at_ms),
        "data": {
            "case": delivery.case, "service": delivery.service, "event": delivery.event, "version": delivery.version, "status": delivery.status,
        },
    })
}

impl Hooks {
    /// The body for a system. The case is drawn when the message is sent, so that no copy of it waits in a queue.
    pub(super) async fn message_for_system(&self, delivery: &Delivery, system: &System) -> Result<Value, Failure> {
        let id = CaseId::try_new(&delivery.case).map_err(|_| Failure::NotFound)?;
        let (loaded, view) = self.house.see(&id, &system.actor).await?;
        // Whose data leaves can see where it went.
        looks::by_reader(self.house.journal.records(), &system.actor, &id, &loaded, "case").await?;
        let mut message = for_webhook(delivery);
        message["data"]["view"] = serde_json::to_value(view).unwrap_or_default();
        Ok(message)
    }
}
