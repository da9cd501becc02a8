//! Assignments: which officer has a case, since when and why. The history is kept, because people answer for it.

use jiff::Timestamp;
use journal::{Change, Collections, WriteError};
use kernel::{AccountId, CaseId, Problem};
use serde::{Deserialize, Serialize};

use super::refusal;
use crate::failure::Failure;
use crate::limits::{HANDOVERS_MAX, WRITE_TRIES_MAX};

const ASSIGNMENTS: &str = "assignments";

/// An officer as colleagues know one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// Log-in name.
    pub account: AccountId,
    /// Name.
    pub name: String,
}

/// One hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// When.
    pub at: Timestamp,
    /// Who has the case since.
    pub to: Colleague,
    /// Who gave it.
    pub by: Colleague,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    history: Vec<Handover>,
}

/// The hand-overs of a case, the latest last.
///
/// # Errors
/// The store is away.
pub async fn history(records: &Collections, case: &CaseId) -> Result<Vec<Handover>, Failure> {
    Ok(read(records, &[case.as_str()]).await?.pop().unwrap_or_default().0.history)
}

/// Who has each of some cases, in their order.
///
/// # Errors
/// The store is away.
pub async fn of<K: AsRef<str> + Sync>(records: &Collections, cases: &[K]) -> Result<Vec<Option<Colleague>>, Failure> {
    let last = |(mut stored, _): (Stored, u64)| stored.history.pop().map(|handover| handover.to);
    Ok(read(records, cases).await?.into_iter().map(last).collect())
}

/// Gives some cases to an officer, all or none.
///
/// # Errors
/// One of them was handed over too often; the store is away.
pub async fn hand_over(records: &Collections, cases: &[CaseId], handover: &Handover) -> Result<(), Failure> {
    let keys: Vec<&str> = cases.iter().map(CaseId::as_str).collect();
    for _ in 0..WRITE_TRIES_MAX {
        let mut changes = Vec::with_capacity(cases.len());
        for (key, (mut stored, revision)) in keys.iter().zip(read(records, &keys).await?) {
            if stored.history.len() >= HANDOVERS_MAX {
                return Err(refusal(
                    "too-many-handovers",
                    "该办件转办次数过多",
                    "This case was handed over too often",
                ));
            }
            stored.history.push(handover.clone());
            changes.push(Change::PutIf {
                collection: ASSIGNMENTS.into(),
                key: (*key).into(),
                doc: serde_json::to_value(&stored).map_err(|e| Problem::during("an assignment is written", e))?,
                tags: vec![],
                revision,
            });
        }
        match records.write(changes).await {
            Ok(_) => return Ok(()),
            // A colleague gave one of them away meanwhile: this hand-over comes after it.
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

async fn read<K: AsRef<str> + Sync>(records: &Collections, cases: &[K]) -> Result<Vec<(Stored, u64)>, Failure> {
    let found = records.get_many(ASSIGNMENTS, cases).await?;
    let read = |document: Option<journal::Document>| match document {
        Some(d) => serde_json::from_value(d.doc)
            .map(|stored| (stored, d.revision))
            .map_err(|e| Problem::during("an assignment is read", e).into()),
        None => Ok((Stored::default(), 0)),
    };
    found.into_iter().map(read).collect()
}
