//! Carries out effects: performs an action on a case, tells a person. Each is done under its key, so that it happens once.

use std::sync::Arc;

use journal::outbox::{Carried, Carrier};
use journal::{DueEffect, WriteError};
use kernel::{Actor, Bilingual, CaseId, Effect, OpeningRefused, Outline, Problem};

use crate::failure::Failure;
use crate::house::House;
use crate::portal::preferences::MailKind;
use crate::portal::{notices, post};
use crate::runner::{Idempotency, Order};

/// The house's carrier.
pub struct HouseCarrier(pub Arc<House>);

impl Carrier for HouseCarrier {
    async fn carry(&self, due: &DueEffect) -> Carried {
        let carried = self.carry_one(due).await;
        self.0.measures.carried(match carried {
            Carried::Done => "done",
            Carried::Retry { .. } => "retry",
            Carried::Failed { .. } => "failed",
        });
        carried
    }
}

impl HouseCarrier {
    async fn carry_one(&self, due: &DueEffect) -> Carried {
        let effect: Effect = match serde_json::from_slice(&due.data) {
            Ok(effect) => effect,
            Err(error) => {
                return Carried::Failed {
                    error: format!("an effect can't be read: {error}"),
                };
            }
        };
        let result = match effect {
            Effect::Perform { case, action, input, .. } => {
                let id = case.map_or_else(|| CaseId::try_new(&due.stream), Ok);
                match id {
                    Ok(id) => self.perform(due, &id, &action, input).await,
                    Err(error) => return Carried::Failed { error: error.to_string() },
                }
            }
            Effect::Open {
                service,
                action,
                input,
                on_refusal,
            } => self.open(due, &service, &action, input, on_refusal.as_deref()).await,
            Effect::Notify { person, notice, with } => self.notify(due, &person, &notice, with).await,
            Effect::Hold { .. } | Effect::Release { .. } => Ok(()),
        };
        match result {
            Ok(()) => Carried::Done,
            // The case has moved on: a timer that nobody waits for any more.
            Err(Failure::Refusal { .. }) => Carried::Done,
            Err(Failure::BadInput(bad)) => Carried::Failed { error: format!("{bad:?}") },
            Err(Failure::NotFound | Failure::Forbidden) => Carried::Failed {
                error: "there is no such case or action".into(),
            },
            Err(other) => Carried::Retry {
                after_ms: 0,
                error: format!("{other:?}"),
            },
        }
    }

    async fn perform(&self, due: &DueEffect, id: &CaseId, action: &str, input: serde_json::Value) -> Result<(), Failure> {
        let loaded = self.0.load(id).await?.ok_or(Failure::NotFound)?;
        let order = Order {
            actor: &Actor::System,
            desk: &loaded.desk,
            case: Some(id),
            action,
            input,
            once: Some(once(due, "effect")),
        };
        self.0.perform(order).await.map(|_| ())
    }

    /// Opens a case of another service. Done a second time, the remembered answer comes back and nothing else is opened.
    async fn open(
        &self,
        due: &DueEffect,
        service: &str,
        action: &str,
        input: serde_json::Value,
        on_refusal: Option<&str>,
    ) -> Result<(), Failure> {
        let desk = self.0.desk(service)?;
        let order = Order {
            actor: &Actor::System,
            desk,
            case: None,
            action,
            input,
            once: Some(once(due, "effect")),
        };
        let (code, message) = match (self.0.perform(order).await, on_refusal) {
            (Ok(answered), Some(_)) if answered.status == 409 => refused_before(&answered.body)?,
            (Err(Failure::Refusal { code, message }), Some(_)) => (code, message),
            (Ok(_), _) => return Ok(()),
            (Err(failure), _) => return Err(failure),
        };
        let told = OpeningRefused {
            service: service.into(),
            code,
            message,
        };
        let told = serde_json::to_value(told).map_err(|e| Problem::during("a refusal is told", e))?;
        let opener = CaseId::try_new(&due.stream).map_err(|_| Failure::NotFound)?;
        let loaded = self.0.load(&opener).await?.ok_or(Failure::NotFound)?;
        let order = Order {
            actor: &Actor::System,
            desk: &loaded.desk,
            case: Some(&opener),
            action: on_refusal.unwrap_or_default(),
            input: told,
            once: Some(once(due, "refused")),
        };
        self.0.perform(order).await.map(|_| ())
    }

    async fn notify(
        &self,
        due: &DueEffect,
        person: &str,
        notice: &str,
        with: std::collections::BTreeMap<String, String>,
    ) -> Result<(), Failure> {
        let id = CaseId::try_new(&due.stream).map_err(|_| Failure::NotFound)?;
        let loaded = self.0.load(&id).await?.ok_or(Failure::NotFound)?;
        let words = loaded.desk.service.text.notice.get(notice).cloned().unwrap_or_default().fill(&with);
        let key = format!("{}.{}", due.key.position, due.key.index);
        let (service, records) = (&loaded.desk.service, self.0.journal.records());
        let kind = mail_kind(&service.machine().outline(&loaded.state), person);
        // The letters stand with the notice or not at all; they leave later, and hold up nothing here.
        let mut changes = post::of_notice(records, &key, person, kind, &id, &service.text.name, &words).await?;
        changes.push(notices::written(key, &id, service.slug, person, &words, due.due_ms));
        match records.write(changes).await {
            // It stands already: the effect was carried before.
            Ok(_) | Err(WriteError::Conflict { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }
}

/// The key under which an effect, or one step of it, is carried out.
/// What a notice is about, by where its case stands.
fn mail_kind(outline: &Outline, person: &str) -> MailKind {
    if outline.parties.iter().any(|party| party.awaited && party.person == person) {
        MailKind::Action
    } else if outline.closed {
        MailKind::Decision
    } else {
        MailKind::Reminder
    }
}

fn once(due: &DueEffect, step: &str) -> Idempotency {
    let key = format!("{}.{}", due.key.position, due.key.index);
    Idempotency::of(step, &key, &[&due.data])
}

/// Code and words of a refusal that was remembered as an answer.
fn refused_before(body: &[u8]) -> Result<(String, Bilingual), Failure> {
    #[derive(serde::Deserialize)]
    struct Body {
        error: Said,
    }
    #[derive(serde::Deserialize)]
    struct Said {
        code: String,
        message: Bilingual,
    }
    let body: Body = serde_json::from_slice(body).map_err(|e| Problem::during("a remembered refusal is read", e))?;
    Ok((body.error.code, body.error.message))
}
