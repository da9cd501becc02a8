//! Accounts, sessions and API tokens: who is at the door.

mod ceremonies;
mod passes;
mod passkeys;
mod passwords;
mod tokens;
mod vouched;

pub use passes::{Login, Session, SessionLine, Way};
pub use passkeys::{PasskeyLine, PasskeySettings, Passkeys};
pub use tokens::{Scope, Scopes, TokenLine, TokenWish};
pub use vouched::Vouched;

use journal::{Change, Journal, Order, WriteError};
use kernel::papers::Paper;
use kernel::{AccountId, Actor, AgencyId, BadInput, Problem};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::clock;
use crate::failure::Failure;
use crate::limits::{LOGIN_MEMORY_MAX, OFFICERS_LISTED_MAX, PASSWORD_HASHES_AT_ONCE_MAX};

/// Collections of what serves one login and ends with it; a backup is without them, or it would be a key to the portal.
pub const LOGINS: [&str; 2] = [passes::SESSIONS, ceremonies::CEREMONIES];

const ACCOUNTS: &str = "accounts";
/// Which account a person's paper belongs to, by the person's key.
const PAPERS: &str = "papers";

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
    /// Argon2id, PHC string; empty for who logs in with a passkey or elsewhere alone.
    password: String,
    /// Can't log in: the operator has locked it.
    #[serde(default)]
    pub disabled: bool,
    /// Can't log in: who vouched for it no longer says what it is for.
    #[serde(default)]
    lapsed: bool,
}

impl Account {
    fn document(&self) -> Result<serde_json::Value, Problem> {
        serde_json::to_value(self).map_err(|e| Problem::during("an account is written", e))
    }

    fn tags(&self) -> Vec<(String, i64)> {
        match &self.capacity {
            Capacity::Officer { agency } => vec![(officers_tag(agency), 0)],
            Capacity::Person { .. } => vec![],
        }
    }

    /// May be logged in to.
    pub fn is_open(&self) -> bool {
        !self.disabled && !self.lapsed
    }

    /// The account as the one who acts.
    pub fn actor(&self) -> Actor {
        match &self.capacity {
            Capacity::Person { paper } => Actor::Person {
                account: self.id.clone(),
                person: paper.key(),
                name: self.name.clone(),
                by: None,
            },
            Capacity::Officer { agency } => Actor::Officer {
                account: self.id.clone(),
                name: self.name.clone(),
                agency: agency.clone(),
            },
        }
    }
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
        let nobody = passwords::hash(&clock::readable::<16>())?;
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
        passwords::check_fit(password)?;
        let account = Account {
            id,
            name,
            capacity,
            password: self.hash(password).await?,
            disabled: false,
            lapsed: false,
        };
        let mut changes = vec![Change::put_if_absent(
            ACCOUNTS,
            account.id.as_str(),
            account.document()?,
            account.tags(),
        )];
        // The operator may give one person a second account; who vouches for logins is told of the first.
        if let Capacity::Person { paper } = &account.capacity
            && self.account_of_paper(paper).await?.is_none()
        {
            changes.push(vouched::binding(paper, &account.id));
        }
        match self.journal.records().write(changes).await {
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
        Ok(officers.into_iter().filter(Account::is_open).collect())
    }

    /// Sets a new password, or locks or unlocks the account. What is logged in stays so for some seconds at most.
    ///
    /// # Errors
    /// No such account, an unfit password, or the store is away.
    pub async fn change(&self, id: &AccountId, password: Option<&str>, disabled: Option<bool>) -> Result<(), Failure> {
        let mut account = self.find(id).await?.ok_or(Failure::NotFound)?;
        if let Some(password) = password {
            passwords::check_fit(password)?;
            account.password = self.hash(password).await?;
        }
        account.disabled = disabled.unwrap_or(account.disabled);
        self.journal
            .records()
            .write(vec![Change::put(ACCOUNTS, id.as_str(), account.document()?, account.tags())])
            .await?;
        self.memory.clear();
        Ok(())
    }
}

fn officers_tag(agency: &AgencyId) -> String {
    format!("officers:{agency}")
}
