//! Preferences of an account: where mail goes and for what, the language, large text. A mail address counts when its reader has
//! followed the link that was sent to it.

use jiff::Timestamp;
use journal::{Change, Collections, Order, WriteError};
use kernel::{AccountId, Bilingual, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::post::{self, About, Letter};
use super::{ms, refusal};
use crate::accounts::{Account, Capacity};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{ACCOUNTS_PER_PERSON_MAX, CONFIRMATION_SECONDS, CONFIRMATIONS_PER_ACCOUNT_MAX, SWEEP_SESSIONS_MAX, WRITE_TRIES_MAX};

const PREFERENCES: &str = "preferences";
const CONFIRMATIONS: &str = "mail-confirmations";
/// Tag by which confirmations are listed in order of their end.
const ENDS: &str = "ends";

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailKind {
    /// The case has come to its end.
    Decision,
    /// The case waits for the reader.
    Action,
    /// Everything else that is worth knowing.
    Reminder,
}

/// The portal's languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The words in this language.
    pub fn of(self, words: &Bilingual) -> &str {
        match self {
            Self::Zh => &words.zh,
            Self::En => &words.en,
        }
    }
}

/// Preferences in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preferences {
    /// Where mail goes.
    pub mail: Option<String>,
    /// Its reader has followed the link.
    pub mail_confirmed: bool,
    /// For what mail is sent.
    pub mail_for: Vec<MailKind>,
    /// None: as the browser says.
    pub language: Option<Language>,
    /// Text is shown large.
    pub large_text: bool,
    /// When mail to this address came back for good.
    #[serde(default)]
    pub bounced_at: Option<Timestamp>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            mail: None,
            mail_confirmed: false,
            mail_for: vec![MailKind::Decision, MailKind::Action, MailKind::Reminder],
            language: None,
            large_text: false,
            bounced_at: None,
        }
    }
}

/// What an account wants. Other fields are passed over, so that what was read can be sent back whole.
#[derive(Debug, Clone, Deserialize)]
pub struct Wish {
    mail: Option<String>,
    mail_for: Vec<MailKind>,
    language: Option<Language>,
    large_text: bool,
}

/// A confirmation that waits for its reader; it stands under the digest of its code.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Waiting {
    account: AccountId,
    mail: String,
    /// Seconds since 1970.
    until: i64,
}

/// What a link that was sent to a mail address leads to.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The address.
    pub mail: String,
    account: AccountId,
    place: String,
}

/// The preferences of an account, and the revision at which they stand.
///
/// # Errors
/// The store is away.
pub async fn of(records: &Collections, account: &AccountId) -> Result<(Preferences, u64), Failure> {
    let Some(found) = records.get(PREFERENCES, account.as_str()).await? else {
        return Ok((Preferences::default(), 0));
    };
    let read = serde_json::from_value(found.doc).map_err(|e| Problem::during("preferences are read", e))?;
    Ok((read, found.revision))
}

/// Accounts of a person that get mail.
///
/// # Errors
/// The store is away.
pub async fn with_mail(records: &Collections, person: &str) -> Result<Vec<(AccountId, Preferences)>, Failure> {
    let (documents, _) = records
        .list(PREFERENCES, &person_tag(person), Order::Ascending, None, ACCOUNTS_PER_PERSON_MAX)
        .await?;
    let read = |d: journal::Document| {
        let account = AccountId::try_new(&d.key).map_err(|e| Problem::during("preferences are read", e))?;
        let preferences = serde_json::from_value(d.doc).map_err(|e| Problem::during("preferences are read", e))?;
        Ok((account, preferences))
    };
    documents.into_iter().map(read).collect()
}

/// Keeps what an account wants. A new address counts only when its reader has followed the link that is sent there.
///
/// # Errors
/// The address is none, too many confirmations wait, or the store is away.
pub async fn save(records: &Collections, account: &Account, wish: Wish, mail_is_sent: bool) -> Result<Preferences, Failure> {
    let mail = wish.mail.as_deref().map(str::trim).filter(|mail| !mail.is_empty());
    for _ in 0..WRITE_TRIES_MAX {
        let (before, revision) = of(records, &account.id).await?;
        let is_same = before.mail.as_deref() == mail;
        let after = Preferences {
            mail: mail.map(String::from),
            mail_confirmed: is_same && before.mail_confirmed,
            mail_for: wish.mail_for.clone(),
            language: wish.language,
            large_text: wish.large_text,
            bounced_at: before.bounced_at.filter(|_| is_same),
        };
        let mut changes = vec![put(account, &after, revision)?];
        if let Some(mail) = mail.filter(|_| !is_same) {
            check_mail(records, &account.id, mail, mail_is_sent).await?;
            let code = hex::encode(clock::random::<16>());
            changes.push(waiting(&account.id, mail, &code)?);
            changes.push(post::queued(
                &format!("confirm/{}", digest(&code)),
                letter(account, mail, wish.language, code),
            )?);
        }
        match records.write(changes).await {
            Ok(_) => return Ok(after),
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

async fn check_mail(records: &Collections, account: &AccountId, mail: &str, mail_is_sent: bool) -> Result<(), Failure> {
    if !mail_is_sent {
        return Err(refusal(
            "mail-not-set-up",
            "本系统尚未开通邮件通知",
            "This installation sends no mail",
        ));
    }
    if mail.len() > 254 || mail.parse::<lettre::Address>().is_err() {
        return Err(kernel::BadInput::at("/mail", "mail", "邮箱地址无效", "not a mail address").into());
    }
    if records.count(CONFIRMATIONS, &account_tag(account)).await? >= CONFIRMATIONS_PER_ACCOUNT_MAX {
        return Err(refusal(
            "too-many-confirmations",
            "今日更换邮箱次数过多，请明日再试",
            "The address was changed too often today; try again tomorrow",
        ));
    }
    Ok(())
}

fn letter(account: &Account, mail: &str, language: Option<Language>, code: String) -> Letter {
    Letter {
        account: account.id.clone(),
        to: mail.into(),
        language: language.unwrap_or_default(),
        about: About::Confirmation { code },
    }
}

fn waiting(account: &AccountId, mail: &str, code: &str) -> Result<Change, Problem> {
    let waiting = Waiting {
        account: account.clone(),
        mail: mail.into(),
        until: clock::now().as_second() + CONFIRMATION_SECONDS,
    };
    let doc = serde_json::to_value(&waiting).map_err(|e| Problem::during("a confirmation is written", e))?;
    let tags = vec![(ENDS.into(), waiting.until), (account_tag(account), waiting.until)];
    Ok(Change::put(CONFIRMATIONS, digest(code), doc, tags))
}

/// What a code confirms; none if it was used or is too old.
///
/// # Errors
/// The store is away.
pub async fn confirmation(records: &Collections, code: &str) -> Result<Option<Confirmation>, Failure> {
    let place = digest(code);
    let Some(found) = records.get(CONFIRMATIONS, &place).await? else {
        return Ok(None);
    };
    let waiting: Waiting = serde_json::from_value(found.doc).map_err(|e| Problem::during("a confirmation is read", e))?;
    let Waiting { account, mail, until } = waiting;
    Ok((until > clock::now().as_second()).then_some(Confirmation { mail, account, place }))
}

/// Confirms an address; false if the account has another one by now.
///
/// # Errors
/// The store is away.
pub async fn confirm(records: &Collections, accounts: &crate::accounts::Accounts, confirmation: Confirmation) -> Result<bool, Failure> {
    let used = Change::delete(CONFIRMATIONS, confirmation.place);
    for _ in 0..WRITE_TRIES_MAX {
        let (mut preferences, revision) = of(records, &confirmation.account).await?;
        let account = accounts.find(&confirmation.account).await?;
        let Some(account) = account.filter(|_| preferences.mail.as_ref() == Some(&confirmation.mail)) else {
            records.write(vec![used]).await?;
            return Ok(false);
        };
        preferences.mail_confirmed = true;
        preferences.bounced_at = None;
        match records.write(vec![put(&account, &preferences, revision)?, used.clone()]).await {
            Ok(_) => return Ok(true),
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

/// Notes that mail to an address came back for good; nothing more is sent there until it is confirmed anew.
///
/// # Errors
/// The store is away.
pub async fn came_back(records: &Collections, account: &AccountId, mail: &str, now: Timestamp) -> Result<(), Failure> {
    for _ in 0..WRITE_TRIES_MAX {
        let (mut preferences, revision) = of(records, account).await?;
        if preferences.mail.as_deref() != Some(mail) {
            return Ok(());
        }
        preferences.mail_confirmed = false;
        preferences.bounced_at = Some(now);
        // Without a confirmed address an account is in nobody's list.
        let doc = serde_json::to_value(&preferences).map_err(|e| Problem::during("preferences are written", e))?;
        let change = Change::PutIf {
            collection: PREFERENCES.into(),
            key: account.to_string(),
            doc,
            tags: vec![],
            revision,
        };
        match records.write(vec![change]).await {
            Ok(_) => return Ok(()),
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

/// Removes confirmations that nobody has answered in time.
///
/// # Errors
/// The store is away.
pub async fn sweep(records: &Collections, now: Timestamp) -> Result<(), Failure> {
    let (documents, _) = records
        .list(CONFIRMATIONS, ENDS, Order::Ascending, None, SWEEP_SESSIONS_MAX)
        .await?;
    let ended = |d: &journal::Document| d.doc["until"].as_i64().is_none_or(|until| until * 1_000 <= ms(now));
    let ended: Vec<Change> = documents
        .into_iter()
        .take_while(ended)
        .map(|d| Change::delete(CONFIRMATIONS, d.key))
        .collect();
    if !ended.is_empty() {
        records.write(ended).await?;
    }
    Ok(())
}

fn put(account: &Account, preferences: &Preferences, revision: u64) -> Result<Change, Problem> {
    let tags = match &account.capacity {
        Capacity::Person { paper } if preferences.mail_confirmed => vec![(person_tag(&paper.key()), 0)],
        Capacity::Person { .. } | Capacity::Officer { .. } => vec![],
    };
    Ok(Change::PutIf {
        collection: PREFERENCES.into(),
        key: account.id.to_string(),
        doc: serde_json::to_value(preferences).map_err(|e| Problem::during("preferences are written", e))?,
        tags,
        revision,
    })
}

/// Codes are kept as their digest: who reads the store can't confirm with it.
fn digest(code: &str) -> String {
    hex::encode(Sha256::digest(code.as_bytes()))
}

fn person_tag(person: &str) -> String {
    format!("person:{person}")
}

fn account_tag(account: &AccountId) -> String {
    format!("account:{account}")
}
