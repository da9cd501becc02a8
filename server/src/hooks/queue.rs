//! Deliveries in the store: what is to be told to whom, in the order in which it happened, and what became of it.

use journal::{Change, Collections, Order};
use kernel::Problem;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::limits::{DELIVERIES_KEPT, DELIVERY_EVENTS};

const DELIVERIES: &str = "deliveries";

/// Something to be told to one webhook or system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Number of a webhook, or `system-` and a slug.
    pub target: String,
    /// Position of the event.
    pub position: u64,
    /// The case.
    pub case: String,
    /// Its service.
    pub service: String,
    /// Kind of the event.
    pub event: String,
    /// Place of the event in the case; 1 opened it.
    pub version: u64,
    /// The case's status when the delivery was written.
    pub status: String,
    /// When the event happened, milliseconds since 1970.
    pub at_ms: i64,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last try came to: an HTTP status, or why there was no answer.
    pub answer: Option<String>,
    /// When it was last tried.
    pub tried_at_ms: Option<i64>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// To be sent, or to be sent again.
    Waiting,
    /// It arrived.
    Delivered,
    /// It did not arrive in time.
    GivenUp,
}

impl Delivery {
    /// By which a receiver knows the message again.
    pub fn id(&self) -> String {
        format!("msg-{}-{}", self.target, self.position)
    }

    /// What writes it.
    pub fn change(&self) -> Result<Change, Problem> {
        let doc = serde_json::to_value(self).map_err(|e| Problem::during("a delivery is written", e))?;
        let sort = i64::try_from(self.position).unwrap_or(i64::MAX);
        let how = match self.state {
            State::Waiting => waiting_tag(&self.target),
            State::Delivered | State::GivenUp => ended_tag(&self.target),
        };
        Ok(Change::put(
            DELIVERIES,
            key(&self.target, self.position),
            doc,
            vec![(how, sort), (of_tag(&self.target), sort)],
        ))
    }
}

fn key(target: &str, position: u64) -> String {
    format!("{target}/{position:020}")
}

fn waiting_tag(target: &str) -> String {
    format!("waiting:{target}")
}

fn ended_tag(target: &str) -> String {
    format!("ended:{target}")
}

fn of_tag(target: &str) -> String {
    format!("of:{target}")
}

async fn list(records: &Collections, tag: &str, order: Order, limit: usize) -> Result<Vec<Delivery>, Failure> {
    let (found, _) = records.list(DELIVERIES, tag, order, None, limit).await?;
    let read = |d: journal::Document| serde_json::from_value(d.doc).map_err(|e| Problem::during("a delivery is read", e).into());
    found.into_iter().map(read).collect()
}

/// The deliveries of a target that wait, the first first.
pub async fn waiting(records: &Collections, target: &str, limit: usize) -> Result<Vec<Delivery>, Failure> {
    list(records, &waiting_tag(target), Order::Ascending, limit).await
}

/// True if something waits for a target.
pub async fn is_waiting(records: &Collections, target: &str) -> Result<bool, Failure> {
    Ok(records.count(DELIVERIES, &waiting_tag(target)).await? > 0)
}

/// The last deliveries of a target, the latest first.
pub async fn latest(records: &Collections, target: &str) -> Result<Vec<Delivery>, Failure> {
    list(records, &of_tag(target), Order::Descending, DELIVERIES_KEPT).await
}

/// Writes what became of deliveries, and forgets those that ended long ago.
pub async fn keep(records: &Collections, changed: &[Delivery]) -> Result<(), Failure> {
    let Some(target) = changed.first().map(|delivery| &delivery.target) else {
        return Ok(());
    };
    let mut changes = changed.iter().map(Delivery::change).collect::<Result<Vec<_>, _>>()?;
    let ended = usize::try_from(records.count(DELIVERIES, &ended_tag(target)).await?).unwrap_or(usize::MAX);
    if let Some(over) = ended.checked_sub(DELIVERIES_KEPT).filter(|over| *over > 0) {
        let oldest = list(records, &ended_tag(target), Order::Ascending, over.min(DELIVERY_EVENTS)).await?;
        changes.extend(oldest.iter().map(|old| Change::delete(DELIVERIES, key(target, old.position))));
    }
    records.write(changes).await?;
    Ok(())
}

/// Removes everything of a target.
pub async fn forget(records: &Collections, target: &str) -> Result<(), Failure> {
    loop {
        let some = list(records, &of_tag(target), Order::Ascending, DELIVERY_EVENTS).await?;
        if some.is_empty() {
            return Ok(());
        }
        let delete = |delivery: &Delivery| Change::delete(DELIVERIES, key(target, delivery.position));
        records.write(some.iter().map(delete).collect()).await?;
    }
}
