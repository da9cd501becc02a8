//! Notices: what happened that concerns a person, and whether the person has read it.

use jiff::Timestamp;
use journal::{Change, Collections, Document, Order, WriteError};
use kernel::{Bilingual, CaseId};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::limits::{NOTICES_MARKED_AT_ONCE, PAGE_ROWS, WRITE_TRIES_MAX};
use crate::runner::instant;

/// Collection of notices.
pub const NOTICES: &str = "notices";

/// A notice as its reader sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// By which it is marked as read.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Number of the case.
    pub case: Value,
    /// Slug of the case's service.
    pub service: Value,
    /// The words.
    pub text: Value,
    /// The reader has marked it so.
    pub read: bool,
}

/// The writing of a notice under the key of its effect: a second time changes nothing, and takes no read mark away.
pub fn written(key: String, case: &CaseId, service: &str, person: &str, text: &Bilingual, at_ms: i64) -> Change {
    let doc = json!({"case": case, "service": service, "text": text, "at_ms": at_ms, "person": person, "read": false});
    Change::put_if_absent(NOTICES, key, doc, vec![(person_tag(person), at_ms), (unread_tag(person), at_ms)])
}

/// A page of a person's notices, the latest first.
///
/// # Errors
/// The store is away, or the cursor is not one.
pub async fn page(records: &Collections, person: &str, cursor: Option<&str>) -> Result<(Vec<Notice>, Option<String>), Failure> {
    let listed = records
        .list(NOTICES, &person_tag(person), Order::Descending, cursor, PAGE_ROWS)
        .await?;
    Ok((listed.0.into_iter().map(notice).collect(), listed.1))
}

/// How many a person has not read.
///
/// # Errors
/// The store is away.
pub async fn unread(records: &Collections, person: &str) -> Result<u64, Failure> {
    Ok(records.count(NOTICES, &unread_tag(person)).await?)
}

/// Marks some notices of a person as read; another person's are left alone.
///
/// # Errors
/// The store is away.
pub async fn mark(records: &Collections, person: &str, ids: &[String]) -> Result<(), Failure> {
    for _ in 0..WRITE_TRIES_MAX {
        let found = records.get_many(NOTICES, ids).await?;
        let own = found
            .into_iter()
            .flatten()
            .filter(|d| d.doc["person"] == person && !is_read(&d.doc));
        let changes: Vec<Change> = own.map(|d| marked(d, person)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        match records.write(changes).await {
            Ok(_) => return Ok(()),
            // Another window marked one of them meanwhile.
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

/// Marks all notices of a person as read.
///
/// # Errors
/// The store is away.
pub async fn mark_all(records: &Collections, person: &str) -> Result<(), Failure> {
    let tag = unread_tag(person);
    loop {
        let (documents, _) = records.list(NOTICES, &tag, Order::Ascending, None, NOTICES_MARKED_AT_ONCE).await?;
        if documents.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = documents.into_iter().map(|d| d.key).collect();
        mark(records, person, &ids).await?;
    }
}

fn marked(document: Document, person: &str) -> Change {
    let mut doc = document.doc;
    let at_ms = doc["at_ms"].as_i64().unwrap_or_default();
    doc["read"] = true.into();
    Change::PutIf {
        collection: NOTICES.into(),
        key: document.key,
        doc,
        tags: vec![(person_tag(person), at_ms)],
        revision: document.revision,
    }
}

/// A notice from before there were marks counts as read.
fn is_read(doc: &Value) -> bool {
    doc["read"].as_bool().unwrap_or(true)
}

fn notice(document: Document) -> Notice {
    let doc = document.doc;
    Notice {
        id: document.key,
        at: instant(doc["at_ms"].as_i64().unwrap_or_default()),
        case: doc["case"].clone(),
        service: doc["service"].clone(),
        text: doc["text"].clone(),
        read: is_read(&doc),
    }
}

fn person_tag(person: &str) -> String {
    format!("person:{person}")
}

fn unread_tag(person: &str) -> String {
    format!("unread:{person}")
}
