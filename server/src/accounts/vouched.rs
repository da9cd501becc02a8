//! Accounts of people for whom somebody else vouches: an OpenID Connect provider says who they are and what they are for, anew at
//! each login.

use std::sync::Arc;

use journal::{Change, WriteError};
use kernel::papers::Paper;
use kernel::{AccountId, Problem};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{ACCOUNTS, Account, Accounts, Capacity, PAPERS, Session, Way};
use crate::failure::Failure;
use crate::limits::DECISION_TRIES_MAX;

/// What a provider says of somebody.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// The provider.
    pub issuer: String,
    /// Its name for the person; never given to another.
    pub subject: String,
    /// The person's name.
    pub name: String,
    /// What they are for; none if the provider says nothing that we know.
    pub capacity: Option<Capacity>,
}

impl Vouched {
    /// The account's name follows from issuer and subject, so that there is one for each.
    fn account(&self) -> Result<AccountId, Problem> {
        let mut hash = Sha256::new();
        hash.update((self.issuer.len() as u64).to_le_bytes());
        hash.update(&self.issuer);
        hash.update(&self.subject);
        let name = format!("oidc-{}", &hex::encode(hash.finalize())[..32]);
        AccountId::try_new(&name).map_err(|e| Problem::during("an account is named", e))
    }
}

impl Accounts {
    /// Opens or updates the account of somebody and logs it in. What the provider no longer says is taken away, whoever is logged in.
    ///
    /// # Errors
    /// A refusal: nothing that the person could do here, a paper of another account, a locked account. The store is away.
    pub async fn log_in_vouched(&self, vouched: &Vouched) -> Result<Session, Failure> {
        for _ in 0..DECISION_TRIES_MAX {
            match self.keep_vouched(vouched).await? {
                Some(account) => return self.open_session(Arc::new(account), Way::Oidc).await,
                None => continue,
            }
        }
        Err(Failure::Unavailable(1))
    }

    /// The account as the provider now describes it; none if somebody else was writing it.
    async fn keep_vouched(&self, vouched: &Vouched) -> Result<Option<Account>, Failure> {
        let id = vouched.account()?;
        let found = self.journal.records().get(ACCOUNTS, id.as_str()).await?;
        let revision = found.as_ref().map_or(0, |d| d.revision);
        let before: Option<Account> = found
            .map(|d| serde_json::from_value(d.doc).map_err(|e| Problem::during("an account is read", e)))
            .transpose()?;
        if before.as_ref().is_some_and(|a| a.disabled) {
            return Err(Failure::refusal("account-locked", "该账户已被锁定", "This account is locked"));
        }
        let Some(capacity) = vouched.capacity.clone() else {
            if let Some(before) = before.filter(|a| !a.lapsed) {
                self.write_vouched(&Account { lapsed: true, ..before }, revision, vec![]).await?;
            }
            return Err(Failure::refusal(
                "no-capacity",
                "统一身份认证未提供可在本平台使用的证件或岗位",
                "Your provider names no paper and no office that could be used here",
            ));
        };
        let mut bound = vec![];
        if let Capacity::Person { paper } = &capacity {
            match self.account_of_paper(paper).await? {
                Some(other) if other != id => {
                    return Err(Failure::refusal(
                        "paper-taken",
                        "该证件已绑定另一账户，请用原账户登录",
                        "This paper belongs to another account already; log in to that one",
                    ));
                }
                Some(_) => {}
                None => bound.push(binding(paper, &id)),
            }
        }
        let account = Account {
            id,
            name: vouched.name.clone(),
            capacity,
            password: before.as_ref().map(|a| a.password.clone()).unwrap_or_default(),
            disabled: false,
            lapsed: false,
        };
        if before.as_ref() == Some(&account) && bound.is_empty() {
            return Ok(Some(account));
        }
        let written = self.write_vouched(&account, revision, bound).await?;
        Ok(written.then_some(account))
    }

    async fn write_vouched(&self, account: &Account, revision: u64, mut changes: Vec<Change>) -> Result<bool, Failure> {
        changes.push(Change::PutIf {
            collection: ACCOUNTS.into(),
            key: account.id.to_string(),
            doc: account.document()?,
            tags: account.tags(),
            revision,
        });
        match self.journal.records().write(changes).await {
            Ok(_) => {
                // Who is logged in with what the account was before is read again.
                self.memory.clear();
                Ok(true)
            }
            Err(WriteError::Conflict { .. }) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    pub(super) async fn account_of_paper(&self, paper: &Paper) -> Result<Option<AccountId>, Failure> {
        let Some(found) = self.journal.records().get(PAPERS, &paper.key()).await? else {
            return Ok(None);
        };
        let account = found.doc["account"].as_str().unwrap_or_default();
        let account = AccountId::try_new(account).map_err(|e| Problem::during("a paper's account is read", e))?;
        Ok(Some(account))
    }
}

/// Says whose a paper is, where nobody has said it yet.
pub(super) fn binding(paper: &Paper, account: &AccountId) -> Change {
    Change::put_if_absent(PAPERS, paper.key(), json!({"account": account}), vec![])
}
