//! From the journal to deliveries. The deliveries of some events and the place reached in the journal are written together, so that a crash
//! loses none and doubles none. Unlike a view this can't be dropped and drawn anew: what was once sent is not sent again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use journal::{Change, Recorded, WriteError};
use kernel::CaseId;
use serde_json::json;

use super::Hooks;
use super::queue::{Delivery, State};
use super::subscriptions::{Webhook, reader};
use crate::case_lines::{agency_tag, person_tag};
use crate::failure::Failure;
use crate::limits::{DELIVERY_EVENTS, DELIVERY_RETRY_MS, DELIVERY_UNSAVED_EVENTS_MAX};

/// Collection and key of the place reached in the journal.
const PLACE: (&str, &str) = ("delivery-place", "journal");

/// Where the follower stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    position: u64,
    saved: u64,
    revision: u64,
}

/// What was found out for the events of one step.
#[derive(Default)]
struct Known {
    /// Webhooks by whose cases they tell of.
    webhooks: HashMap<String, Vec<Webhook>>,
}

impl Hooks {
    /// Follows the journal for ever.
    pub(super) async fn follow(&self) {
        let mut head = self.house.journal.subscribe();
        let mut place = None;
        loop {
            let stepped = match place {
                None => self.find_place().await.map(|found| (found, true)),
                Some(place) => self.step(place).await,
            };
            match stepped {
                Ok((at, moved)) => {
                    place = Some(at);
                    if !moved && head.wait_for(|head| *head > at.position).await.is_err() {
                        return;
                    }
                }
                Err(Stop::Moved) => place = None,
                Err(Stop::Failure(failure)) => {
                    tracing::warn!(?failure, "deliveries wait for the store");
                    tokio::time::sleep(Duration::from_millis(DELIVERY_RETRY_MS.unsigned_abs())).await;
                }
            }
        }
    }

    /// The saved place; at the very first start, the newest event: nobody is told of what happened before anyone could ask.
    async fn find_place(&self) -> Result<Place, Stop> {
        let records = self.house.journal.records();
        loop {
            if let Some(found) = records.get(PLACE.0, PLACE.1).await? {
                let position = found.doc["position"].as_u64().unwrap_or(0);
                return Ok(Place {
                    position,
                    saved: position,
                    revision: found.revision,
                });
            }
            let position = self.house.journal.head().await?.position;
            let first = Change::put_if_absent(PLACE.0, PLACE.1, json!({"position": position}), vec![]);
            match records.write(vec![first]).await {
                Ok(_) | Err(WriteError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
    }

    /// Turns some events into deliveries; false if there were none.
    async fn step(&self, place: Place) -> Result<(Place, bool), Stop> {
        let events = self.house.journal.read_from(place.position, DELIVERY_EVENTS).await?;
        let Some(last) = events.last() else { return Ok((place, false)) };
        let position = last.position;
        let mut deliveries = Vec::new();
        if !self.nobody_listens().await? {
            let mut known = Known::default();
            for event in &events {
                self.tell(event, &mut known, &mut deliveries).await?;
            }
        }
        if deliveries.is_empty() && position - place.saved < DELIVERY_UNSAVED_EVENTS_MAX {
            // Read again after a crash, and then again nobody is told.
            return Ok((Place { position, ..place }, true));
        }
        let mut changes = deliveries.iter().map(Delivery::change).collect::<Result<Vec<_>, _>>()?;
        changes.push(Change::PutIf {
            collection: PLACE.0.into(),
            key: PLACE.1.into(),
            doc: json!({"position": position}),
            tags: vec![],
            revision: place.revision,
        });
        let revision = match self.house.journal.records().write(changes).await {
            Ok(revision) => revision,
            Err(WriteError::Conflict { .. }) => return Err(Stop::Moved),
            Err(other) => return Err(other.into()),
        };
        self.wake(deliveries.into_iter().map(|delivery| delivery.target));
        let place = Place {
            position,
            saved: position,
            revision,
        };
        Ok((place, true))
    }

    async fn tell(&self, event: &Recorded, known: &mut Known, deliveries: &mut Vec<Delivery>) -> Result<(), Stop> {
        let Ok(id) = CaseId::try_new(&event.stream) else { return Ok(()) };
        let loaded = match self.house.load_at_least(&id, event.version).await {
            Ok(Some(loaded)) => loaded,
            // The case was set aside and logged; it must not stop the others.
            Ok(None) | Err(Failure::Problem(_)) => return Ok(()),
            Err(other) => return Err(other.into()),
        };
        let desk = &loaded.desk;
        let outline = desk.service.machine().outline(&loaded.state);
        let kind = event.kind.rsplit('/').next().unwrap_or_default();
        let delivery = |target: String| Delivery {
            target,
            position: event.position,
            case: id.to_string(),
            service: desk.service.slug.into(),
            event: kind.into(),
            version: event.version,
            status: outline.status.clone(),
            at_ms: event.at_ms,
            state: State::Waiting,
            attempts: 0,
            answer: None,
            tried_at_ms: None,
        };
        if self.systems.contains_key(desk.service.slug) {
            deliveries.push(delivery(system_target(desk.service.slug)));
        }
        let people = outline.parties.iter().map(|p| p.person.as_str()).chain(loaded.owner.as_deref());
        let mut readers: Vec<String> = people.map(person_tag).chain([agency_tag(desk.agency.as_str())]).collect();
        readers.sort_unstable();
        readers.dedup();
        for reader in readers {
            let webhooks = self.webhooks_known(reader, known).await?;
            let wanting = webhooks.iter().filter(|w| w.wants(desk.service.slug, kind, event.position));
            deliveries.extend(wanting.map(|webhook| delivery(webhook.id.clone())));
        }
        Ok(())
    }

    async fn webhooks_known<'a>(&self, reader: String, known: &'a mut Known) -> Result<&'a [Webhook], Stop> {
        match known.webhooks.entry(reader) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => {
                let webhooks = self.webhooks_for(place.key()).await?;
                Ok(place.insert(webhooks))
            }
        }
    }

    /// True if the account of a webhook may still read what it is told of.
    pub(super) async fn may_still_read(&self, webhook: &Webhook) -> Result<bool, Failure> {
        let account = self.accounts.find(&webhook.account).await?;
        Ok(account.is_some_and(|account| !account.disabled && reader(&account.actor()).is_some_and(|now| now == webhook.reader)))
    }
}

/// Target of the messages to the system of a service.
pub(super) fn system_target(slug: &str) -> String {
    format!("system-{slug}")
}

/// Why a step was not taken.
enum Stop {
    /// Another process moved the place: look where it is now.
    Moved,
    /// The store is away.
    Failure(Failure),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failure(error.into())
    }
}
