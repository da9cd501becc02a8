//! The post: letters wait in the store until the mail server has taken them, each by itself, so that none holds up another.

use jiff::Timestamp;
use journal::Change;
use kernel::{AccountId, Bilingual, CaseId, Problem};
use serde::{Deserialize, Serialize};

use super::ms;
use super::preferences::Language;
use crate::clock;

/// Collection of letters that wait.
const LETTERS: &str = "letters";
/// Tag by which letters are listed in order of their next try.
const DUE: &str = "due";

/// A letter to the owner of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    /// Whose it is.
    pub account: AccountId,
    /// Where it goes.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub about: About,
}

/// What a letter says. No number of a person ever stands in one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The address is to be confirmed with this code.
    Confirmation {
        /// Goes into the link.
        code: String,
    },
    /// Something happened to a case.
    Notice {
        /// Its number.
        case: CaseId,
        /// Name of its service.
        service: Bilingual,
        /// The words of the notice.
        text: Bilingual,
    },
}

/// A letter that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Waiting {
    letter: Letter,
    queued_at: Timestamp,
    tries: u32,
}

/// The writing of a letter under a key of its own; the same key twice is one letter.
///
/// # Errors
/// The letter can't be written.
pub fn queued(key: &str, letter: Letter) -> Result<Change, Problem> {
    let now = clock::now();
    let waiting = Waiting {
        letter,
        queued_at: now,
        tries: 0,
    };
    put(key, &waiting, ms(now), 0)
}

fn put(key: &str, waiting: &Waiting, due_ms: i64, revision: u64) -> Result<Change, Problem> {
    Ok(Change::PutIf {
        collection: LETTERS.into(),
        key: key.into(),
        doc: serde_json::to_value(waiting).map_err(|e| Problem::during("a letter is written", e))?,
        tags: vec![(DUE.into(), due_ms)],
        revision,
    })
}
