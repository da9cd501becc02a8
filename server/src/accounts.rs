//! Accounts, sessions and API tokens: who is at the door.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use journal::{Change, Journal, Order, WriteError};
use kernel::papers::Paper;
use kernel::{AccountId, Actor, AgencyId, BadInput, Problem};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::clock;
use crate::failure::Failure;
use crate::limits::{
    LOGIN_MEMORY_MAX, LOGIN_MEMORY_SECONDS, OFFICERS_LISTED_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PASSWORD_HASHES_AT_ONCE_MAX,
    SESSION_SECONDS, SWEEP_SESSIONS_MAX, TOKEN_SECONDS_MAX, TOKENS_PER_ACCOUNT_MAX,
};

const ACCOUNTS: &str = "accounts";
const SESSIONS: &str = "sessions";
const TOKENS: &str = "tokens";
/// Tag by which sessions and tokens are listed in order of their end.
const ENDS: &str = "ends";

/// What an account is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Capacity {
    /// A citizen, known by a paper.
    Person {
        /// The paper.
        paper: Paper,
    },
    /// An officer of an agency.
    Officer {
        /// The agency.
        agency: AgencyId,
    },
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Log-in name.
    pub id: AccountId,
    /// The person's name.
    pub name: String,
    /// Citizen or officer.
    #[serde(flatten)]
    pub capacity: Capacity,
    /// Argon2id, PHC string.
    password: String,
    /// Can't log in.
    #[serde(default)]
    pub disabled: bool,
}

impl Account {
    /// The account as the one who acts.
    pub fn actor(&self) -> Actor {
        match &self.capacity {
            Capacity::Person { paper } => Actor::Person {
                account: self.id.clone(),
                person: paper.key(),
                name: self.name.clone(),
            },
            Capacity::Officer { agency } => Actor::Officer {
                account: self.id.clone(),
                name: self.name.clone(),
                agency: agency.clone(),
            },
        }
    }
}

/// A session or token in the store, under the SHA-256 of its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pass {
    account: AccountId,
    /// Seconds since 1970.
    until: i64,
    /// What a form must send back; none for an API token.
    csrf: Option<String>,
    /// What a token was named by its owner.
    #[serde(default)]
    label: String,
}

/// Who is at the door, checked.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account.
    pub account: Arc<Account>,
    /// What a form must send back; none with an API token.
    pub csrf: Option<String>,
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

/// The accounts of a store.
pub struct Accounts {
    journal: Journal,
    hashing: Semaphore,
    memory: Cache<String, Login>,
    /// Hash of a password that nobody has: an unknown name takes as long as a wrong password.
    nobody: String,
}

impl Accounts {
    /// Over a store.
    ///
    /// # Errors
    /// The hash function does not work.
    pub fn new(journal: Journal) -> Result<Self, Problem> {
        let nobody = hash(&clock::readable::<16>())?;
        Ok(Self {
            journal,
            hashing: Semaphore::new(PASSWORD_HASHES_AT_ONCE_MAX),
            memory: Cache::new(LOGIN_MEMORY_MAX),
            nobody,
        })
    }

    /// Opens an account.
    ///
    /// # Errors
    /// The name is taken, the password too short or too long, or the store is away.
    pub async fn add(&self, id: AccountId, name: String, capacity: Capacity, password: &str) -> Result<Account, Failure> {
        check_password(password)?;
        let account = Account {
            id,
            name,
            capacity,
            password: self.hash(password).await?,
            disabled: false,
        };
        let doc = serde_json::to_value(&account).map_err(|e| Problem::during("an account is written", e))?;
        let change = Change::put_if_absent(ACCOUNTS, account.id.as_str(), doc, tags(&account));
        match self.journal.records().write(vec![change]).await {
            Ok(_) => Ok(account),
            Err(WriteError::Conflict { .. }) => {
                Err(BadInput::at("/account", "account-taken", "账号已存在", "the account exists already").into())
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The account with this name.
    ///
    /// # Errors
    /// The store is away.
    pub async fn find(&self, id: &AccountId) -> Result<Option<Account>, Failure> {
        let found = self.journal.records().get(ACCOUNTS, id.as_str()).await?;
        found
            .map(|d| serde_json::from_value(d.doc).map_err(|e| Problem::during("an account is read", e).into()))
            .transpose()
    }

    /// Accounts in order of their names.
    ///
    /// # Errors
    /// The store is away.
    pub async fn list(&self, cursor: Option<&str>, limit: usize) -> Result<(Vec<Account>, Option<String>), Failure> {
        let (documents, next) = self.journal.records().list(ACCOUNTS, "", Order::Ascending, cursor, limit).await?;
        let read = |d: journal::Document| serde_json::from_value(d.doc).map_err(|e| Problem::during("an account is read", e).into());
        Ok((documents.into_iter().map(read).collect::<Result<_, Failure>>()?, next))
    }

    /// Officers of an agency who can log in, in order of their log-in names.
    ///
    /// # Errors
    /// The store is away.
    pub async fn officers(&self, agency: &AgencyId) -> Result<Vec<Account>, Failure> {
        let (documents, _) = self
            .journal
            .records()
            .list(ACCOUNTS, &officers_tag(agency), Order::Ascending, None, OFFICERS_LISTED_MAX)
            .await?;
        let read = |d: journal::Document| serde_json::from_value(d.doc).map_err(|e| Problem::during("an account is read", e).into());
        let officers: Vec<Account> = documents.into_iter().map(read).collect::<Result<_, Failure>>()?;
        Ok(officers.into_iter().filter(|officer| !officer.disabled).collect())
    }

    /// Sets a new password, or locks or unlocks the account. What is logged in stays so for some seconds at most.
    ///
    /// # Errors
    /// No such account, an unfit password, or the store is away.
    pub async fn change(&self, id: &AccountId, password: Option<&str>, disabled: Option<bool>) -> Result<(), Failure> {
        let mut account = self.find(id).await?.ok_or(Failure::NotFound)?;
        if let Some(password) = password {
            check_password(password)?;
            account.password = self.hash(password).await?;
        }
        account.disabled = disabled.unwrap_or(account.disabled);
        let doc = serde_json::to_value(&account).map_err(|e| Problem::during("an account is written", e))?;
        self.journal
            .records()
            .write(vec![Change::put(ACCOUNTS, id.as_str(), doc, tags(&account))])
            .await?;
        self.memory.clear();
        Ok(())
    }

    /// Checks a password and opens a session.
    ///
    /// # Errors
    /// Unauthenticated, without telling whether the name or the password was wrong; the store is away.
    pub async fn log_in(&self, id: &str, password: &str) -> Result<Session, Failure> {
        let account = match AccountId::try_new(id) {
            Ok(id) => self.find(&id).await?,
            Err(_) => None,
        };
        let hash = account.as_ref().map_or(self.nobody.clone(), |a| a.password.clone());
        let fits = password.len() <= PASSWORD_BYTES_MAX && self.verify(password, hash).await?;
        let account = account.filter(|a| fits && !a.disabled).ok_or(Failure::Unauthenticated)?;
        let (secret, csrf) = (hex::encode(clock::random::<32>()), hex::encode(clock::random::<16>()));
        let pass = Pass {
            account: account.id.clone(),
            until: clock::now().as_second() + SESSION_SECONDS,
            csrf: Some(csrf.clone()),
            label: String::new(),
        };
        self.keep(SESSIONS, &secret, &pass, vec![(ENDS.into(), pass.until)]).await?;
        Ok(Session {
            secret,
            csrf,
            account: Arc::new(account),
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store is away.
    pub async fn log_out(&self, secret: &str) -> Result<(), Failure> {
        self.memory.remove(&format!("{SESSIONS}/{}", key_of(secret)));
        self.journal.records().write(vec![Change::delete(SESSIONS, key_of(secret))]).await?;
        Ok(())
    }

    /// Removes sessions and tokens that have ended.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sweep(&self) -> Result<(), Failure> {
        let now = clock::now().as_second();
        for collection in [SESSIONS, TOKENS] {
            let (documents, _) = self
                .journal
                .records()
                .list(collection, ENDS, Order::Ascending, None, SWEEP_SESSIONS_MAX)
                .await?;
            let ended = |d: &journal::Document| d.doc["until"].as_i64().is_some_and(|until| until <= now);
            let changes: Vec<Change> = documents
                .into_iter()
                .take_while(ended)
                .map(|d| Change::delete(collection, d.key))
                .collect();
            if !changes.is_empty() {
                self.journal.records().write(changes).await?;
            }
        }
        Ok(())
    }

    /// Makes an API token; its secret is shown once.
    ///
    /// # Errors
    /// Too many tokens, a life too long, or the store is away.
    pub async fn make_token(&self, account: &AccountId, label: &str, seconds: i64) -> Result<String, Failure> {
        if !(60..=TOKEN_SECONDS_MAX).contains(&seconds) {
            return Err(BadInput::at("/seconds", "range", "有效期应在一分钟到一年之间", "from a minute to a year").into());
        }
        let tag = format!("account:{account}");
        if self.journal.records().count(TOKENS, &tag).await? >= TOKENS_PER_ACCOUNT_MAX {
            return Err(BadInput::at("", "too-many", "令牌数量已达上限", "no more tokens for this account").into());
        }
        let secret = format!("qht_{}", hex::encode(clock::random::<24>()));
        let pass = Pass {
            account: account.clone(),
            until: clock::now().as_second() + seconds,
            csrf: None,
            label: label.chars().take(60).collect(),
        };
        self.keep(TOKENS, &secret, &pass, vec![(tag, pass.until), (ENDS.into(), pass.until)])
            .await?;
        Ok(secret)
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

    async fn check(&self, collection: &str, secret: &str) -> Result<Option<Login>, Failure> {
        let now = clock::now().as_second();
        let place = format!("{collection}/{}", key_of(secret));
        if let Some(login) = self.memory.get(&place)
            && login.checked_at + LOGIN_MEMORY_SECONDS > now
        {
            return Ok(Some(login).filter(|l| l.until > now));
        }
        let Some(found) = self.journal.records().get(collection, &key_of(secret)).await? else {
            self.memory.remove(&place);
            return Ok(None);
        };
        let pass: Pass = serde_json::from_value(found.doc).map_err(|e| Problem::during("a session is read", e))?;
        let account = self.find(&pass.account).await?.filter(|a| !a.disabled && pass.until > now);
        let Some(account) = account else { return Ok(None) };
        let login = Login {
            account: Arc::new(account),
            csrf: pass.csrf,
            until: pass.until,
            checked_at: now,
        };
        self.memory.insert(place, login.clone());
        Ok(Some(login))
    }

    async fn keep(&self, collection: &str, secret: &str, pass: &Pass, tags: Vec<(String, i64)>) -> Result<(), Failure> {
        let doc = serde_json::to_value(pass).map_err(|e| Problem::during("a session is written", e))?;
        self.journal
            .records()
            .write(vec![Change::put(collection, key_of(secret), doc, tags)])
            .await?;
        Ok(())
    }

    async fn hash(&self, password: &str) -> Result<String, Problem> {
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Problem::during("a password is hashed", e))?;
        let password = password.to_string();
        tokio::task::spawn_blocking(move || hash(&password))
            .await
            .map_err(|e| Problem::during("a password is hashed", e))?
    }

    async fn verify(&self, password: &str, hash: String) -> Result<bool, Problem> {
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Problem::during("a password is checked", e))?;
        let password = password.to_string();
        let check =
            move || PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        tokio::task::spawn_blocking(check)
            .await
            .map_err(|e| Problem::during("a password is checked", e))
    }
}

fn tags(account: &Account) -> Vec<(String, i64)> {
    match &account.capacity {
        Capacity::Officer { agency } => vec![(officers_tag(agency), 0)],
        Capacity::Person { .. } => vec![],
    }
}

fn officers_tag(agency: &AgencyId) -> String {
    format!("officers:{agency}")
}

fn hash(password: &str) -> Result<String, Problem> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|h| h.to_string())
        .map_err(|e| Problem::during("a password is hashed", e))
}

fn check_password(password: &str) -> Result<(), BadInput> {
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        let zh = format!("密码至少 {PASSWORD_CHARS_MIN} 个字符");
        return Err(BadInput::at(
            "/password",
            "password",
            zh,
            format!("at least {PASSWORD_CHARS_MIN} characters"),
        ));
    }
    Ok(())
}

/// Secrets are kept as their digest: who reads the store can't log in with it.
fn key_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
