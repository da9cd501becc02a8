//! Signed messages of an agency's own system: checked, done once, and refused when an old one is played again.

use axum::http::HeaderMap;
use journal::{Change, Order as ListOrder};
use kernel::{Bilingual, CaseId, Who};
use serde_json::json;

use super::Hooks;
use super::settings::System;
use super::signature::fits;
use crate::clock;
use crate::failure::Failure;
use crate::limits::{SIGNED_ID_BYTES_MAX, SIGNED_SECONDS_MAX, SIGNED_SWEEP_MAX};
use crate::runner::{Answered, Idempotency, Order};

/// Messages that were acted on, for as long as their time would still be accepted.
const SIGNED: &str = "signed-messages";
const AT: &str = "at";

/// An action that a system asks for.
pub struct Asked<'a> {
    /// Service of the system.
    pub slug: &'a str,
    /// The case.
    pub case: &'a CaseId,
    /// The action.
    pub action: &'a str,
    /// With the headers of Standard Webhooks.
    pub headers: &'a HeaderMap,
    /// The action's input, as it was signed.
    pub body: &'a [u8],
}

/// A message whose signature fits.
struct Message {
    id: String,
    seconds: i64,
}

fn refused(code: &str, zh: &str, en: &str) -> Failure {
    Failure::Refusal {
        code: code.into(),
        message: Bilingual::new(zh, en),
    }
}

impl Asked<'_> {
    /// The message, if the system has signed it for this very action on this very case: the id is signed, so it must name both.
    fn checked(&self, system: &System) -> Result<Message, Failure> {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        let told = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        let (Some(id), Some(seconds), Some(signature)) = told else {
            return Err(Failure::Unauthenticated);
        };
        let seconds: i64 = seconds.parse().map_err(|_| Failure::Unauthenticated)?;
        if id.len() > SIGNED_ID_BYTES_MAX || !fits(&system.secret, id, seconds, self.body, signature) {
            return Err(Failure::Unauthenticated);
        }
        if (clock::now().as_second() - seconds).abs() > SIGNED_SECONDS_MAX {
            return Err(refused(
                "message-too-old",
                "报文时间与现在相差过大",
                "the message's time is too far from now",
            ));
        }
        if !id.starts_with(&format!("{}:{}:", self.case, self.action)) {
            return Err(refused(
                "message-for-another",
                "报文编号须以“办件编号:操作:”开头",
                "the message's id must begin with “case:action:”",
            ));
        }
        Ok(Message { id: id.into(), seconds })
    }
}

impl Hooks {
    /// Does what a system asks for, as an officer of its agency. One that sends a message again, signed anew, gets the first answer; the very
    /// same bytes again are refused.
    ///
    /// # Errors
    /// Every [`Failure`]: among them that the signature does not fit, or that the message is old or was played before.
    pub async fn act(&self, asked: Asked<'_>) -> Result<Answered, Failure> {
        let system = self.systems.get(asked.slug).ok_or(Failure::NotFound)?;
        let message = asked.checked(system)?;
        let desk = self.house.desk(asked.slug)?;
        let action = desk.service.find_action(asked.action).ok_or(Failure::NotFound)?;
        if action.who != Who::Officer {
            return Err(Failure::Forbidden);
        }
        let records = self.house.journal.records();
        let key = format!("{}/{}/{}", asked.slug, message.id, message.seconds);
        if records.get(SIGNED, &key).await?.is_some() {
            return Err(refused(
                "message-played-again",
                "此报文已经处理过",
                "this very message was acted on before",
            ));
        }
        let input = crate::http::read_json(asked.body)?;
        let request: [&[u8]; 3] = [asked.case.as_str().as_bytes(), asked.action.as_bytes(), asked.body];
        let order = Order {
            actor: &system.actor,
            desk,
            case: Some(asked.case),
            action: asked.action,
            input,
            once: Some(Idempotency::of(&format!("system:{}", asked.slug), &message.id, &request)),
        };
        let answered = self.house.perform(order).await;
        // What failed for another reason may be sent again as it is.
        if matches!(answered, Ok(_) | Err(Failure::Refusal { .. })) {
            let seen = Change::put(SIGNED, key, json!({}), vec![(AT.into(), message.seconds)]);
            records.write(vec![seen]).await?;
        }
        answered
    }

    /// Forgets messages that are too old to be accepted anyway.
    pub(super) async fn forget_signed(&self) -> Result<(), Failure> {
        let records = self.house.journal.records();
        let oldest = clock::now().as_second() - 2 * SIGNED_SECONDS_MAX;
        let (found, _) = records.list(SIGNED, AT, ListOrder::Ascending, None, SIGNED_SWEEP_MAX).await?;
        let seconds = |key: &str| key.rsplit('/').next().and_then(|seconds| seconds.parse::<i64>().ok());
        let old = found
            .into_iter()
            .filter(|d| seconds(&d.key).is_some_and(|seconds| seconds < oldest));
        let changes: Vec<Change> = old.map(|d| Change::delete(SIGNED, d.key)).collect();
        if !changes.is_empty() {
            records.write(changes).await?;
        }
        Ok(())
    }
}
