//! The post: letters wait in the store until the mail server has taken them, each by itself, so that none holds up another.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use journal::{Change, Collections, Document, Journal, Order, WriteError};
use kernel::{AccountId, Bilingual, CaseId, Problem};
use lettre::transport::smtp::response::Category;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::mail::MailSettings;
use super::preferences::{self, Language, MailKind};
use super::{letters, ms};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{LETTER_CLAIM_MS, LETTER_DAYS_MAX, LETTERS_AT_ONCE_MAX, LETTERS_POLL_MS, SWEEP_LETTERS_MAX};
use crate::runner::instant;

/// Collection of letters that wait.
const LETTERS: &str = "letters";
/// Tag by which letters are listed in order of their next try.
const DUE: &str = "due";
/// Tag by which letters are listed in order of their age.
const QUEUED: &str = "queued";

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
    due_at: Timestamp,
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
        due_at: now,
        tries: 0,
    };
    put(key, &waiting, 0)
}

/// The letters that a notice makes: one to each account of the person that wants it by mail.
///
/// # Errors
/// The store is away.
pub async fn of_notice(
    records: &Collections,
    key: &str,
    person: &str,
    kind: MailKind,
    case: &CaseId,
    service: &Bilingual,
    text: &Bilingual,
) -> Result<Vec<Change>, Failure> {
    let wanted = preferences::with_mail(records, person).await?.into_iter();
    let wanted = wanted.filter(|(_, preferences)| preferences.mail_for.contains(&kind));
    let letters = wanted.filter_map(|(account, preferences)| {
        let letter = Letter {
            to: preferences.mail?,
            language: preferences.language.unwrap_or_default(),
            about: About::Notice {
                case: case.clone(),
                service: service.clone(),
                text: text.clone(),
            },
            account: account.clone(),
        };
        Some(queued(&format!("notice/{key}/{account}"), letter))
    });
    Ok(letters.collect::<Result<_, Problem>>()?)
}

/// Throws letters away that no mail server has taken for days.
///
/// # Errors
/// The store is away.
pub async fn sweep(records: &Collections, now: Timestamp) -> Result<(), Failure> {
    let oldest = ms(now) - LETTER_DAYS_MAX * 24 * 3_600_000;
    let (documents, _) = records.list(LETTERS, QUEUED, Order::Ascending, None, SWEEP_LETTERS_MAX).await?;
    let mut old = Vec::new();
    for document in documents {
        if read(&document).is_ok_and(|waiting| ms(waiting.queued_at) >= oldest) {
            break;
        }
        tracing::error!(
            letter = message_key(&document.key),
            "a letter was thrown away: no mail server took it for days"
        );
        old.push(Change::delete(LETTERS, document.key));
    }
    if !old.is_empty() {
        records.write(old).await?;
    }
    Ok(())
}

fn put(key: &str, waiting: &Waiting, revision: u64) -> Result<Change, Problem> {
    Ok(Change::PutIf {
        collection: LETTERS.into(),
        key: key.into(),
        doc: serde_json::to_value(waiting).map_err(|e| Problem::during("a letter is written", e))?,
        tags: vec![(DUE.into(), ms(waiting.due_at)), (QUEUED.into(), ms(waiting.queued_at))],
        revision,
    })
}

fn read(document: &Document) -> Result<Waiting, Problem> {
    serde_json::from_value(document.doc.clone()).map_err(|e| Problem::during("a letter is read", e))
}

/// A letter's name outside of the house: it tells a repetition, and nothing about anybody.
pub fn message_key(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes())[..16])
}

/// What became of a letter that was given to the mail server.
enum Sent {
    Taken,
    /// Not now.
    Later(String),
    /// Never.
    Refused(String),
}

/// Gives letters to the mail server.
pub struct Postman {
    journal: Journal,
    settings: Arc<MailSettings>,
    server: AsyncSmtpTransport<Tokio1Executor>,
}

impl Postman {
    /// Over a store, to the server that the operator has set.
    ///
    /// # Errors
    /// The password can't be read, or encryption can't be set up.
    pub fn new(journal: Journal, settings: Arc<MailSettings>) -> Result<Self, Problem> {
        let server = settings.transport()?;
        Ok(Self { journal, settings, server })
    }

    /// Carries letters until `stop` is ready.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let postman = Arc::new(self);
        tokio::pin!(stop);
        loop {
            let carried = postman.clone().carry_due().await.unwrap_or_else(|failure| {
                tracing::warn!(?failure, "the post can't be looked through");
                0
            });
            // After a full round there may be more at once.
            let pause = if carried == LETTERS_AT_ONCE_MAX { 0 } else { LETTERS_POLL_MS };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(Duration::from_millis(pause)) => {}
            }
        }
    }

    /// Carries the letters that are due, each by itself, and tells how many there were.
    async fn carry_due(self: Arc<Self>) -> Result<usize, Failure> {
        let records = self.journal.records();
        let (documents, _) = records.list(LETTERS, DUE, Order::Ascending, None, LETTERS_AT_ONCE_MAX).await?;
        let mut going = JoinSet::new();
        for document in documents {
            let waiting = read(&document)?;
            if waiting.due_at > clock::now() {
                break;
            }
            let postman = self.clone();
            going.spawn(async move { postman.carry(document.key, document.revision, waiting).await });
        }
        let mut carried = 0;
        while let Some(ended) = going.join_next().await {
            carried += 1;
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::warn!(?failure, "what became of a letter was not written; it goes out again"),
                Err(error) => tracing::error!(%error, "a letter's task ended"),
            }
        }
        Ok(carried)
    }

    /// Claims a letter, sends it, and writes down what became of it. After a crash between the two it is sent again under the same
    /// Message-ID.
    async fn carry(&self, key: String, revision: u64, mut waiting: Waiting) -> Result<(), Failure> {
        let records = self.journal.records();
        waiting.due_at = instant(clock::now_ms() + LETTER_CLAIM_MS);
        waiting.tries += 1;
        let claimed = match records.write(vec![put(&key, &waiting, revision)?]).await {
            Ok(claimed) => claimed,
            // Another process has it.
            Err(WriteError::Conflict { .. }) => return Ok(()),
            Err(other) => return Err(other.into()),
        };
        let letter = message_key(&key);
        match self.send(&key, &waiting).await {
            Sent::Taken => _ = records.write(vec![Change::delete(LETTERS, key)]).await?,
            Sent::Later(why) => {
                tracing::warn!(
                    letter,
                    tries = waiting.tries,
                    why,
                    "a letter waits: the mail server does not take it now"
                );
                waiting.due_at = instant(clock::now_ms() + journal::outbox::pause_ms(waiting.tries, 0));
                records.write(vec![put(&key, &waiting, claimed)?]).await?;
            }
            Sent::Refused(why) => {
                tracing::warn!(letter, account = %waiting.letter.account, why, "a letter came back for good");
                preferences::came_back(records, &waiting.letter.account, &waiting.letter.to, clock::now()).await?;
                records.write(vec![Change::delete(LETTERS, key)]).await?;
            }
        }
        Ok(())
    }

    async fn send(&self, key: &str, waiting: &Waiting) -> Sent {
        let message = match letters::written(&self.settings, &message_key(key), &waiting.letter, waiting.queued_at) {
            Ok(message) => message,
            Err(problem) => return Sent::Refused(problem.to_string()),
        };
        match self.server.send(message).await {
            Ok(_) => Sent::Taken,
            // A login that the server refuses is the operator's matter, not the address's.
            Err(error) if error.is_permanent() && error.status().is_some_and(|code| code.category != Category::Unspecified3) => {
                Sent::Refused(error.to_string())
            }
            Err(error) => Sent::Later(told(&error)),
        }
    }
}

/// The error with what is below it: a refused connection is named there.
fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(below) => format!("{error}: {}", told(below)),
        None => error.to_string(),
    }
}
