//! What the portal keeps for its readers beside the cases: drafts, notices, preferences, mail. Records that can be erased; no
//! decision reads them.

pub mod assignments;
pub mod drafts;
pub mod letters;
pub mod looks;
pub mod mail;
pub mod notices;
pub mod post;
pub mod preferences;
pub mod ratings;

use jiff::Timestamp;
use journal::Collections;
use kernel::Bilingual;

use crate::failure::Failure;

/// A refusal of the portal itself, in its own words.
fn refusal(code: &str, zh: &str, en: &str) -> Failure {
    Failure::Refusal {
        code: code.into(),
        message: Bilingual::new(zh, en),
    }
}

/// An instant as milliseconds, to sort by.
fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// Removes what has had its time: old drafts, confirmations without an answer, letters that nobody took.
///
/// # Errors
/// The store is away.
pub async fn sweep(records: &Collections, now: Timestamp) -> Result<(), Failure> {
    drafts::sweep(records, now).await?;
    preferences::sweep(records, now).await?;
    post::sweep(records, now).await
}
