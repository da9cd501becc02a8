//! Drafts: a form that somebody has begun, kept under the account, so that it can be finished at another desk.

use jiff::Timestamp;
use journal::{Change, Collections, Document, Order, WriteError};
use kernel::{AccountId, BadInput, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ms, refusal};
use crate::failure::Failure;
use crate::limits::{DRAFT_BYTES_MAX, DRAFT_DAYS, DRAFTS_LISTED_MAX, SWEEP_DRAFTS_MAX};

const DRAFTS: &str = "drafts";
/// Tag by which drafts are listed in order of their last change.
const SAVED: &str = "saved";
/// Answers that say what a form is about, the first that is there.
const TITLES: [&str; 3] = ["name", "title", "project"];

/// A draft in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    service: String,
    action: String,
    answers: Value,
    saved_at: Timestamp,
}

/// A draft.
#[derive(Debug, Clone, Serialize)]
pub struct Draft {
    /// Slug of the service.
    pub service: String,
    /// The action whose form it is.
    pub action: String,
    /// What is filled in so far; nothing of it is checked.
    pub answers: Value,
    /// Changes with each save and never comes back.
    pub version: u64,
    /// Last change.
    pub saved_at: Timestamp,
}

/// A draft as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct DraftLine {
    /// Slug of the service.
    pub service: String,
    /// The action whose form it is.
    pub action: String,
    /// What it is about, as far as its answers tell; may be empty.
    pub title: String,
    /// Last change.
    pub saved_at: Timestamp,
}

/// What a window wants to keep.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The action whose form it is.
    pub action: String,
    /// What is filled in so far.
    pub answers: Value,
    /// The version that the window knows; 0 if it knows none.
    pub version: u64,
}

/// The drafts of an account, the latest first.
///
/// # Errors
/// The store is away.
pub async fn list(records: &Collections, account: &AccountId) -> Result<Vec<DraftLine>, Failure> {
    let (documents, _) = records
        .list(DRAFTS, &account_tag(account), Order::Descending, None, DRAFTS_LISTED_MAX)
        .await?;
    documents.into_iter().map(|d| read(d).map(line)).collect()
}

/// A draft.
///
/// # Errors
/// Not found; the store is away.
pub async fn find(records: &Collections, account: &AccountId, slug: &str) -> Result<Draft, Failure> {
    let found = records.get(DRAFTS, &key(account, slug)).await?.ok_or(Failure::NotFound)?;
    read(found)
}

/// Keeps a draft.
///
/// # Errors
/// It is too large; another window has saved since (`draft-changed`); the store is away.
pub async fn save(records: &Collections, account: &AccountId, slug: &str, wish: Wish, now: Timestamp) -> Result<Draft, Failure> {
    if wish.answers.to_string().len() > DRAFT_BYTES_MAX {
        let zh = format!("草稿超过 {} KB", DRAFT_BYTES_MAX >> 10);
        let en = format!("more than {} KiB", DRAFT_BYTES_MAX >> 10);
        return Err(BadInput::at("/answers", "too-large", zh, en).into());
    }
    let stored = Stored {
        service: slug.into(),
        action: wish.action,
        answers: wish.answers,
        saved_at: now,
    };
    let change = Change::PutIf {
        collection: DRAFTS.into(),
        key: key(account, slug),
        doc: serde_json::to_value(&stored).map_err(|e| Problem::during("a draft is written", e))?,
        tags: vec![(account_tag(account), ms(now)), (SAVED.into(), ms(now))],
        revision: wish.version,
    };
    match records.write(vec![change]).await {
        Ok(version) => Ok(draft(stored, version)),
        Err(WriteError::Conflict { .. }) => Err(refusal(
            "draft-changed",
            "草稿已在另一窗口保存，请先载入最新内容",
            "Another window has saved this draft; load it first",
        )),
        Err(other) => Err(other.into()),
    }
}

/// Throws a draft away; nothing happens if there is none.
///
/// # Errors
/// The store is away.
pub async fn discard(records: &Collections, account: &AccountId, slug: &str) -> Result<(), Failure> {
    records.write(vec![Change::delete(DRAFTS, key(account, slug))]).await?;
    Ok(())
}

/// Removes drafts that nobody has touched for long.
///
/// # Errors
/// The store is away.
pub async fn sweep(records: &Collections, now: Timestamp) -> Result<(), Failure> {
    let oldest = ms(now) - DRAFT_DAYS * 24 * 3_600_000;
    let (documents, _) = records.list(DRAFTS, SAVED, Order::Ascending, None, SWEEP_DRAFTS_MAX).await?;
    let mut forgotten = Vec::new();
    for document in documents {
        let key = document.key.clone();
        if read(document).is_ok_and(|draft| ms(draft.saved_at) >= oldest) {
            break;
        }
        forgotten.push(Change::delete(DRAFTS, key));
    }
    if !forgotten.is_empty() {
        records.write(forgotten).await?;
    }
    Ok(())
}

fn key(account: &AccountId, slug: &str) -> String {
    format!("{account}/{slug}")
}

fn account_tag(account: &AccountId) -> String {
    format!("account:{account}")
}

fn read(document: Document) -> Result<Draft, Failure> {
    let stored: Stored = serde_json::from_value(document.doc).map_err(|e| Problem::during("a draft is read", e))?;
    Ok(draft(stored, document.revision))
}

fn draft(stored: Stored, version: u64) -> Draft {
    let Stored {
        service,
        action,
        answers,
        saved_at,
    } = stored;
    Draft {
        service,
        action,
        answers,
        version,
        saved_at,
    }
}

fn line(draft: Draft) -> DraftLine {
    let title = TITLES.iter().find_map(|name| draft.answers[*name].as_str()).unwrap_or_default();
    DraftLine {
        title: title.chars().take(100).collect(),
        service: draft.service,
        action: draft.action,
        saved_at: draft.saved_at,
    }
}
