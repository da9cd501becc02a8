//! Webhooks: who wants to be told what, and where. A person is told of the own cases, an officer of the agency's.

use journal::{Change, Order, WriteError};
use kernel::{AccountId, Actor, BadInput, Problem};
use serde::{Deserialize, Serialize};

use super::queue::Delivery;
use super::signature::Secret;
use super::{Hooks, address, queue};
use crate::accounts::Account;
use crate::case_lines::{agency_tag, person_tag};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{WEBHOOK_FILTERS_MAX, WEBHOOK_OVERLAP_SECONDS, WEBHOOKS_PER_ACCOUNT_MAX, WEBHOOKS_PER_LOOK, WEBHOOKS_PER_READER_MAX};

const WEBHOOKS: &str = "webhooks";
/// Tag of those that are not switched off.
const ACTIVE: &str = "active";

/// A webhook in the store. Its secret stands there in the clear: without it nothing can be signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Whose cases it tells of: the tag of a person or an agency.
    pub reader: String,
    /// Where messages go.
    pub url: String,
    /// Only of these services; empty for all.
    pub services: Vec<String>,
    /// Only these kinds of events; empty for all.
    pub events: Vec<String>,
    /// Events after this position.
    pub since: u64,
    /// When it was made, milliseconds since 1970.
    pub made_at_ms: i64,
    /// Since when nothing has arrived.
    pub failing_since_ms: Option<i64>,
    /// Why it was switched off.
    pub disabled: Option<Disabled>,
    secret: String,
    old_secret: Option<OldSecret>,
}

/// Why a webhook was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disabled {
    /// Nothing arrived for too long.
    Failing,
    /// The receiver answered 410.
    Gone,
    /// The account was locked, or is somebody else's by now.
    Account,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OldSecret {
    secret: String,
    until_ms: i64,
}

/// What someone wishes to be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Where.
    pub url: String,
    /// Only of these services.
    #[serde(default)]
    pub services: Vec<String>,
    /// Only these kinds of events.
    #[serde(default)]
    pub events: Vec<String>,
}

/// Whose cases an actor is told of.
pub fn reader(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Person { person, .. } => Some(person_tag(person)),
        Actor::Officer { agency, .. } => Some(agency_tag(agency.as_str())),
        Actor::System => None,
    }
}

impl Webhook {
    /// The secrets that sign at this moment, the newest first.
    pub fn secrets(&self, now_ms: i64) -> Vec<Secret> {
        let old = self.old_secret.as_ref().filter(|old| old.until_ms > now_ms).map(|old| &old.secret);
        std::iter::once(&self.secret)
            .chain(old)
            .filter_map(|text| Secret::parse(text))
            .collect()
    }

    /// Until when the secret before this one signs too, in milliseconds since 1970.
    pub fn old_until_ms(&self) -> Option<i64> {
        self.old_secret.as_ref().map(|old| old.until_ms)
    }

    /// True if it wants to be told of this event.
    pub fn wants(&self, service: &str, event: &str, position: u64) -> bool {
        let named = |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        self.disabled.is_none() && self.since < position && named(&self.services, service) && named(&self.events, event)
    }

    fn change(&self, revision: Option<u64>) -> Result<Change, Problem> {
        let doc = serde_json::to_value(self).map_err(|e| Problem::during("a webhook is written", e))?;
        let mut tags = vec![
            (account_tag(&self.account), self.made_at_ms),
            (self.reader.clone(), self.made_at_ms),
        ];
        if self.disabled.is_none() {
            tags.push((ACTIVE.into(), self.made_at_ms));
        }
        Ok(Change::PutIf {
            collection: WEBHOOKS.into(),
            key: self.id.clone(),
            doc,
            tags,
            revision: revision.unwrap_or(0),
        })
    }
}

fn account_tag(account: &AccountId) -> String {
    format!("account:{account}")
}

fn read(document: journal::Document) -> Result<Webhook, Failure> {
    serde_json::from_value(document.doc).map_err(|e| Problem::during("a webhook is read", e).into())
}

impl Hooks {
    /// Makes a webhook, and gives it with its secret, which is not shown again.
    ///
    /// # Errors
    /// The address or a filter is unfit, there are too many, or the store is away.
    pub async fn subscribe(&self, account: &Account, wish: Wish) -> Result<(Webhook, String), Failure> {
        let records = self.house.journal.records();
        let url = address::check(&wish.url, self.settings.allow_private)?;
        self.check_filters(&wish)?;
        let reader = reader(&account.actor()).ok_or(Failure::Forbidden)?;
        if records.count(WEBHOOKS, &account_tag(&account.id)).await? >= WEBHOOKS_PER_ACCOUNT_MAX {
            return Err(BadInput::at("", "too-many", "推送地址数量已达上限", "no more webhooks for this account").into());
        }
        let webhook = Webhook {
            id: format!("wh-{}", clock::readable::<12>()),
            account: account.id.clone(),
            reader,
            url: url.into(),
            services: wish.services,
            events: wish.events,
            since: self.house.journal.head().await?.position,
            made_at_ms: clock::now_ms(),
            failing_since_ms: None,
            disabled: None,
            secret: Secret::fresh(),
            old_secret: None,
        };
        records.write(vec![webhook.change(None)?]).await?;
        tracing::info!(target: "audit", account = %account.id, webhook = webhook.id, "made a webhook");
        let secret = webhook.secret.clone();
        Ok((webhook, secret))
    }

    /// A filter that nothing can ever pass is a slip of the pen.
    fn check_filters(&self, wish: &Wish) -> Result<(), BadInput> {
        if wish.services.len() > WEBHOOK_FILTERS_MAX || wish.events.len() > WEBHOOK_FILTERS_MAX {
            return Err(BadInput::at("", "too-many", "筛选条件过多", "too many filters"));
        }
        let desks = &self.house.desks;
        if let Some(n) = wish.services.iter().position(|slug| !desks.contains_key(slug.as_str())) {
            return Err(BadInput::at(
                format!("/services/{n}"),
                "unknown-service",
                "没有此项服务",
                "there is no such service",
            ));
        }
        let is_event = |kind: &String| desks.values().any(|desk| desk.service.text.event.contains_key(kind));
        match wish.events.iter().position(|kind| !is_event(kind)) {
            Some(n) => Err(BadInput::at(
                format!("/events/{n}"),
                "unknown-event",
                "没有此类事件",
                "there is no such event",
            )),
            None => Ok(()),
        }
    }

    /// The webhooks of an account, the first made first.
    ///
    /// # Errors
    /// The store is away.
    pub async fn webhooks_of(&self, account: &AccountId) -> Result<Vec<Webhook>, Failure> {
        let records = self.house.journal.records();
        let limit = WEBHOOKS_PER_READER_MAX;
        let (found, _) = records.list(WEBHOOKS, &account_tag(account), Order::Ascending, None, limit).await?;
        found.into_iter().map(read).collect()
    }

    /// The webhooks that tell of a person's or an agency's cases.
    pub(super) async fn webhooks_for(&self, reader: &str) -> Result<Vec<Webhook>, Failure> {
        let records = self.house.journal.records();
        let (found, _) = records
            .list(WEBHOOKS, reader, Order::Ascending, None, WEBHOOKS_PER_READER_MAX)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// Some numbers of webhooks that are not switched off.
    pub(super) async fn active_webhooks(&self, cursor: Option<&str>) -> Result<(Vec<String>, Option<String>), Failure> {
        let records = self.house.journal.records();
        let (found, next) = records.list(WEBHOOKS, ACTIVE, Order::Ascending, cursor, WEBHOOKS_PER_LOOK).await?;
        Ok((found.into_iter().map(|d| d.key).collect(), next))
    }

    /// True if nobody wants to be told anything.
    pub(super) async fn nobody_listens(&self) -> Result<bool, Failure> {
        Ok(self.systems.is_empty() && self.house.journal.records().count(WEBHOOKS, ACTIVE).await? == 0)
    }

    pub(super) async fn webhook(&self, id: &str) -> Result<Option<Webhook>, Failure> {
        let found = self.house.journal.records().get(WEBHOOKS, id).await?;
        found.map(read).transpose()
    }

    /// A webhook of this account.
    ///
    /// # Errors
    /// There is none with this number, or the store is away.
    pub async fn own_webhook(&self, account: &AccountId, id: &str) -> Result<Webhook, Failure> {
        let found = self.webhook(id).await?;
        found.filter(|webhook| webhook.account == *account).ok_or(Failure::NotFound)
    }

    /// The last deliveries of a webhook, the latest first.
    ///
    /// # Errors
    /// There is none with this number, or the store is away.
    pub async fn deliveries_of(&self, account: &AccountId, id: &str) -> Result<Vec<Delivery>, Failure> {
        let webhook = self.own_webhook(account, id).await?;
        queue::latest(self.house.journal.records(), &webhook.id).await
    }

    /// Removes a webhook with what waits for it.
    ///
    /// # Errors
    /// There is none with this number, or the store is away.
    pub async fn unsubscribe(&self, account: &AccountId, id: &str) -> Result<(), Failure> {
        let webhook = self.own_webhook(account, id).await?;
        let records = self.house.journal.records();
        records.write(vec![Change::delete(WEBHOOKS, webhook.id)]).await?;
        queue::forget(records, id).await?;
        tracing::info!(target: "audit", %account, webhook = id, "removed a webhook");
        Ok(())
    }

    /// Gives a webhook a new secret; for a day the old one signs too.
    ///
    /// # Errors
    /// There is none with this number, or the store is away.
    pub async fn rotate(&self, account: &AccountId, id: &str) -> Result<(Webhook, String), Failure> {
        self.own_webhook(account, id).await?;
        let fresh = Secret::fresh();
        let until_ms = clock::now_ms() + WEBHOOK_OVERLAP_SECONDS * 1_000;
        let changed = self.change_webhook(id, |webhook| {
            let secret = std::mem::replace(&mut webhook.secret, fresh.clone());
            webhook.old_secret = Some(OldSecret { secret, until_ms });
        });
        let webhook = changed.await?.ok_or(Failure::NotFound)?;
        tracing::info!(target: "audit", %account, webhook = id, "changed the secret of a webhook");
        Ok((webhook, fresh))
    }

    /// Switches a webhook on again; what still waits is sent at once.
    ///
    /// # Errors
    /// There is none with this number, or the store is away.
    pub async fn enable(&self, account: &AccountId, id: &str) -> Result<Webhook, Failure> {
        self.own_webhook(account, id).await?;
        let changed = self.change_webhook(id, |webhook| {
            webhook.disabled = None;
            webhook.failing_since_ms = None;
        });
        let webhook = changed.await?.ok_or(Failure::NotFound)?;
        self.at_once(id);
        Ok(webhook)
    }

    /// Changes a webhook, whoever else changes it at the same time; none if it was removed.
    pub(super) async fn change_webhook(&self, id: &str, change: impl Fn(&mut Webhook)) -> Result<Option<Webhook>, Failure> {
        let records = self.house.journal.records();
        loop {
            let Some(found) = records.get(WEBHOOKS, id).await? else {
                return Ok(None);
            };
            let revision = found.revision;
            let mut webhook = read(found)?;
            change(&mut webhook);
            match records.write(vec![webhook.change(Some(revision))?]).await {
                Ok(_) => return Ok(Some(webhook)),
                Err(WriteError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
    }
}
