//! Sessions, and what they share with API tokens: a secret that stands for an account until it ends.

use std::sync::Arc;

use journal::{Change, Document, Order, WriteError};
use kernel::{AccountId, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ceremonies::CEREMONIES;
use super::tokens::{Scope, Scopes};
use super::{Account, Accounts};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{LOGIN_MEMORY_SECONDS, SESSION_SECONDS, SESSIONS_LISTED_MAX, SWEEP_SESSIONS_MAX, USE_NOTED_SECONDS};

pub(super) const SESSIONS: &str = "sessions";
pub(super) const TOKENS: &str = "tokens";
/// Tag by which sessions, tokens and ceremonies are listed in order of their end.
pub(super) const ENDS: &str = "ends";

/// How a session was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// With a password.
    #[default]
    Password,
    /// With a passkey.
    Passkey,
    /// With the word of an OpenID Connect provider.
    Oidc,
}

/// A session or token in the store, under the SHA-256 of its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pass {
    pub account: AccountId,
    /// Seconds since 1970.
    pub until: i64,
    /// What a form must send back; none for an API token.
    pub csrf: Option<String>,
    /// What a token was named by its owner.
    #[serde(default)]
    pub label: String,
    /// Seconds since 1970; 0 where it was not noted.
    #[serde(default)]
    pub made: i64,
    /// How a session was opened.
    #[serde(default)]
    pub way: Way,
    /// What a token may do; none means everything, as tokens once could.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// When a token was last used, within an hour or so; seconds since 1970.
    #[serde(default)]
    pub used: Option<i64>,
    /// A token that was rotated: its successor stands already.
    #[serde(default)]
    pub replaced: bool,
}

impl Pass {
    pub(super) fn tags(&self) -> Vec<(String, i64)> {
        vec![(tag_of(&self.account), self.until), (ENDS.into(), self.until)]
    }
}

/// Who is at the door, checked.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account.
    pub account: Arc<Account>,
    /// What a form must send back; none with an API token.
    pub csrf: Option<String>,
    /// What an API token may do; none with a session, which may do what its account may.
    pub scopes: Option<Scopes>,
    until: i64,
    checked_at: i64,
}

/// A fresh session.
pub struct Session {
    /// Goes into the cookie.
    pub secret: String,
    /// What forms must send back.
    pub csrf: String,
    /// Whose it is.
    pub account: Arc<Account>,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    /// Names it; the secret can't be found from it.
    pub id: String,
    /// Seconds since 1970; 0 where it was not noted.
    pub made: i64,
    /// Seconds since 1970.
    pub until: i64,
    /// How it was opened.
    pub way: Way,
    /// The one that asks.
    pub own: bool,
}

impl Accounts {
    pub(super) async fn open_session(&self, account: Arc<Account>, way: Way) -> Result<Session, Failure> {
        let (secret, csrf) = (hex::encode(clock::random::<32>()), hex::encode(clock::random::<16>()));
        let now = clock::now().as_second();
        let pass = Pass {
            account: account.id.clone(),
            until: now + SESSION_SECONDS,
            csrf: Some(csrf.clone()),
            label: String::new(),
            made: now,
            way,
            scopes: vec![],
            used: None,
            replaced: false,
        };
        self.keep(SESSIONS, &secret, &pass).await?;
        Ok(Session { secret, csrf, account })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store is away.
    pub async fn log_out(&self, secret: &str) -> Result<(), Failure> {
        self.end(SESSIONS, &key_of(secret)).await
    }

    /// Sessions of an account, the one that lasts longest first; `own` is the secret of the one that asks.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sessions(&self, account: &AccountId, own: Option<&str>) -> Result<Vec<SessionLine>, Failure> {
        let (now, own) = (clock::now().as_second(), own.map(key_of));
        let line = |(id, pass): (String, Pass)| SessionLine {
            own: own.as_ref() == Some(&id),
            id,
            made: pass.made,
            until: pass.until,
            way: pass.way,
        };
        let passes = self.passes(SESSIONS, account).await?;
        Ok(passes.into_iter().filter(|(_, pass)| pass.until > now).map(line).collect())
    }

    /// Ends one of an account's sessions.
    ///
    /// # Errors
    /// The account has no such session; the store is away.
    pub async fn end_session(&self, account: &AccountId, id: &str) -> Result<(), Failure> {
        self.pass_of(SESSIONS, account, id).await?;
        self.end(SESSIONS, id).await
    }

    /// Whose session this is.
    ///
    /// # Errors
    /// The store is away.
    pub async fn session(&self, secret: &str) -> Result<Option<Login>, Failure> {
        self.check(SESSIONS, secret).await
    }

    /// Whose API token this is.
    ///
    /// # Errors
    /// The store is away.
    pub async fn token(&self, secret: &str) -> Result<Option<Login>, Failure> {
        self.check(TOKENS, secret).await
    }

    /// Removes sessions, tokens and ceremonies that have ended.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sweep(&self) -> Result<(), Failure> {
        let now = clock::now().as_second();
        for collection in [SESSIONS, TOKENS, CEREMONIES] {
            while self.sweep_once(collection, now).await? == SWEEP_SESSIONS_MAX {}
        }
        Ok(())
    }

    async fn sweep_once(&self, collection: &str, now: i64) -> Result<usize, Failure> {
        let (documents, _) = self
            .journal
            .records()
            .list(collection, ENDS, Order::Ascending, None, SWEEP_SESSIONS_MAX)
            .await?;
        let ended = |d: &Document| d.doc["until"].as_i64().is_some_and(|until| until <= now);
        let changes: Vec<Change> = documents
            .into_iter()
            .take_while(ended)
            .map(|d| Change::delete(collection, d.key))
            .collect();
        let count = changes.len();
        if count > 0 {
            self.journal.records().write(changes).await?;
        }
        Ok(count)
    }

    async fn check(&self, collection: &str, secret: &str) -> Result<Option<Login>, Failure> {
        let now = clock::now().as_second();
        let key = key_of(secret);
        let place = format!("{collection}/{key}");
        if let Some(login) = self.memory.get(&place)
            && login.checked_at + LOGIN_MEMORY_SECONDS > now
        {
            return Ok(Some(login).filter(|l| l.until > now));
        }
        self.memory.remove(&place);
        let Some(document) = self.journal.records().get(collection, &key).await? else {
            return Ok(None);
        };
        let revision = document.revision;
        let (_, pass) = read(document)?;
        let Some(account) = self.find(&pass.account).await?.filter(|a| a.is_open() && pass.until > now) else {
            return Ok(None);
        };
        let scopes = (collection == TOKENS).then(|| Scopes::of(&pass.scopes));
        let login = Login {
            account: Arc::new(account),
            csrf: pass.csrf.clone(),
            scopes,
            until: pass.until,
            checked_at: now,
        };
        if collection == TOKENS {
            self.note_use(key, pass, revision, now).await?;
        }
        self.memory.insert(place, login.clone());
        Ok(Some(login))
    }

    /// Notes that a token was used, at most once an hour: its owner sees which ones nobody needs.
    async fn note_use(&self, key: String, mut pass: Pass, revision: u64, now: i64) -> Result<(), Failure> {
        if pass.used.is_some_and(|used| used + USE_NOTED_SECONDS > now) {
            return Ok(());
        }
        pass.used = Some(now);
        let change = Change::PutIf {
            collection: TOKENS.into(),
            key,
            doc: document(&pass)?,
            tags: pass.tags(),
            revision,
        };
        match self.journal.records().write(vec![change]).await {
            // Another one has noted it, or the token was revoked meanwhile and must not come back.
            Ok(_) | Err(WriteError::Conflict { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    pub(super) async fn keep(&self, collection: &str, secret: &str, pass: &Pass) -> Result<(), Failure> {
        let change = Change::put(collection, key_of(secret), document(pass)?, pass.tags());
        self.journal.records().write(vec![change]).await?;
        Ok(())
    }

    pub(super) async fn end(&self, collection: &str, key: &str) -> Result<(), Failure> {
        self.memory.remove(&format!("{collection}/{key}"));
        self.journal.records().write(vec![Change::delete(collection, key)]).await?;
        Ok(())
    }

    /// Forgets what is remembered of a pass that has changed.
    pub(super) fn forget(&self, collection: &str, key: &str) {
        self.memory.remove(&format!("{collection}/{key}"));
    }

    /// An account's own pass under a key; one of somebody else is not found.
    pub(super) async fn pass_of(&self, collection: &str, account: &AccountId, key: &str) -> Result<(Pass, u64), Failure> {
        let document = self.journal.records().get(collection, key).await?.ok_or(Failure::NotFound)?;
        let revision = document.revision;
        let (_, pass) = read(document)?;
        if pass.account == *account {
            Ok((pass, revision))
        } else {
            Err(Failure::NotFound)
        }
    }

    pub(super) async fn passes(&self, collection: &str, account: &AccountId) -> Result<Vec<(String, Pass)>, Failure> {
        let (documents, _) = self
            .journal
            .records()
            .list(collection, &tag_of(account), Order::Descending, None, SESSIONS_LISTED_MAX)
            .await?;
        documents.into_iter().map(|d| read(d).map_err(Failure::from)).collect()
    }
}

fn read(document: Document) -> Result<(String, Pass), Problem> {
    let pass = serde_json::from_value(document.doc).map_err(|e| Problem::during("a session is read", e))?;
    Ok((document.key, pass))
}

pub(super) fn document(pass: &Pass) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(pass).map_err(|e| Problem::during("a session is written", e))
}

pub(super) fn tag_of(account: &AccountId) -> String {
    format!("account:{account}")
}

/// Secrets are kept as their digest: who reads the store can't log in with it.
pub(super) fn key_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
