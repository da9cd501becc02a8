//! API tokens: what each may do, and how one takes the place of another without an hour in which neither works.

use journal::{Change, WriteError};
use kernel::{AccountId, BadInput};
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::passes::{Pass, TOKENS, document, key_of, tag_of};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{SCOPES_MAX, TOKEN_OVERLAP_SECONDS, TOKEN_SECONDS_MAX, TOKENS_PER_ACCOUNT_MAX};

/// Something that a token may do; in JSON `read`, `write` or `service:<slug>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Look, and ask questions that change nothing.
    Read,
    /// Open cases and act on them, and whatever else changes something.
    Write,
    /// Only this service and its cases; narrows the other two.
    Service(String),
}

impl TryFrom<String> for Scope {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match (text.as_str(), text.strip_prefix("service:")) {
            ("read", _) => Ok(Self::Read),
            ("write", _) => Ok(Self::Write),
            (_, Some(slug)) if !slug.is_empty() => Ok(Self::Service(slug.into())),
            _ => Err(format!("{text} is no scope")),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        match scope {
            Scope::Read => "read".into(),
            Scope::Write => "write".into(),
            Scope::Service(slug) => format!("service:{slug}"),
        }
    }
}

/// All that a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes {
    /// Look and ask.
    pub read: bool,
    /// Change something.
    pub write: bool,
    /// Only these services; empty means all.
    pub services: Vec<String>,
}

impl Scopes {
    /// From what a token was given. None at all is a token from before there were scopes: it may do what its account may.
    pub fn of(scopes: &[Scope]) -> Self {
        let has = |scope: &Scope| scopes.is_empty() || scopes.contains(scope);
        let service = |scope: &Scope| match scope {
            Scope::Service(slug) => Some(slug.clone()),
            Scope::Read | Scope::Write => None,
        };
        Self {
            read: has(&Scope::Read),
            write: has(&Scope::Write),
            services: scopes.iter().filter_map(service).collect(),
        }
    }

    /// May touch this service.
    pub fn cover(&self, slug: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|s| s == slug)
    }
}

/// A token that somebody wants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenWish {
    /// What it is for, in its owner's words.
    pub label: String,
    /// How long it lasts.
    pub seconds: i64,
    /// What it may do; left out, it may look and change.
    #[serde(default = "read_and_write")]
    pub scopes: Vec<Scope>,
}

fn read_and_write() -> Vec<Scope> {
    vec![Scope::Read, Scope::Write]
}

/// A token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLine {
    /// Names it; the secret can't be found from it.
    pub id: String,
    /// In its owner's words.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Seconds since 1970; 0 where it was not noted.
    pub made: i64,
    /// Last use within an hour or so, seconds since 1970.
    pub used: Option<i64>,
    /// Seconds since 1970.
    pub until: i64,
    /// A successor stands already; this one ends soon.
    pub replaced: bool,
}

impl Accounts {
    /// Makes an API token; gives its id and its secret, which is shown once.
    ///
    /// # Errors
    /// Too many tokens, a life too long, scopes that allow nothing, or the store is away.
    pub async fn make_token(&self, account: &AccountId, wish: TokenWish) -> Result<(String, String), Failure> {
        if !(60..=TOKEN_SECONDS_MAX).contains(&wish.seconds) {
            return Err(BadInput::at("/seconds", "range", "有效期应在一分钟到一年之间", "from a minute to a year").into());
        }
        check_scopes(&wish.scopes)?;
        self.check_count(account, TOKENS_PER_ACCOUNT_MAX).await?;
        let now = clock::now().as_second();
        let pass = Pass {
            account: account.clone(),
            until: now + wish.seconds,
            csrf: None,
            label: wish.label.chars().take(60).collect(),
            made: now,
            way: super::Way::default(),
            scopes: wish.scopes,
            used: None,
            replaced: false,
        };
        let secret = fresh_secret();
        self.keep(TOKENS, &secret, &pass).await?;
        Ok((key_of(&secret), secret))
    }

    /// Tokens of an account, the one that lasts longest first.
    ///
    /// # Errors
    /// The store is away.
    pub async fn tokens(&self, account: &AccountId) -> Result<Vec<TokenLine>, Failure> {
        let now = clock::now().as_second();
        let line = |(id, pass): (String, Pass)| TokenLine {
            id,
            label: pass.label,
            scopes: if pass.scopes.is_empty() { read_and_write() } else { pass.scopes },
            made: pass.made,
            used: pass.used,
            until: pass.until,
            replaced: pass.replaced,
        };
        let passes = self.passes(TOKENS, account).await?;
        Ok(passes.into_iter().filter(|(_, pass)| pass.until > now).map(line).collect())
    }

    /// Makes a successor with the same label, scopes and length of life; the old one ends after [`TOKEN_OVERLAP_SECONDS`].
    /// Gives the successor's id and secret.
    ///
    /// # Errors
    /// No such token, or one that has a successor already; too many tokens; the store is away.
    pub async fn rotate_token(&self, account: &AccountId, id: &str) -> Result<(String, String, i64), Failure> {
        let now = clock::now().as_second();
        let (mut old, revision) = self.pass_of(TOKENS, account, id).await?;
        if old.until <= now {
            return Err(Failure::NotFound);
        }
        if old.replaced {
            return Err(Failure::refusal(
                "token-replaced",
                "该令牌已更换，请使用新令牌",
                "This token has been rotated already; use its successor",
            ));
        }
        self.check_count(account, 2 * TOKENS_PER_ACCOUNT_MAX).await?;
        let seconds = (old.until - old.made).clamp(60, TOKEN_SECONDS_MAX);
        let secret = fresh_secret();
        let successor = Pass {
            until: now + seconds,
            made: now,
            used: None,
            ..old.clone()
        };
        old.until = old.until.min(now + TOKEN_OVERLAP_SECONDS);
        old.replaced = true;
        let changes = vec![
            Change::PutIf {
                collection: TOKENS.into(),
                key: id.into(),
                doc: document(&old)?,
                tags: old.tags(),
                revision,
            },
            Change::put_if_absent(TOKENS, key_of(&secret), document(&successor)?, successor.tags()),
        ];
        match self.journal.records().write(changes).await {
            Ok(_) => {}
            // It was used or rotated at this very moment; who asks again sees which.
            Err(WriteError::Conflict { .. }) => return Err(Failure::Unavailable(1)),
            Err(other) => return Err(other.into()),
        }
        self.forget(TOKENS, id);
        Ok((key_of(&secret), secret, old.until))
    }

    /// Ends one of an account's tokens at once.
    ///
    /// # Errors
    /// The account has no such token; the store is away.
    pub async fn revoke_token(&self, account: &AccountId, id: &str) -> Result<(), Failure> {
        self.pass_of(TOKENS, account, id).await?;
        self.end(TOKENS, id).await
    }

    async fn check_count(&self, account: &AccountId, max: u64) -> Result<(), Failure> {
        if self.journal.records().count(TOKENS, &tag_of(account)).await? >= max {
            return Err(BadInput::at("", "too-many", "令牌数量已达上限", "no more tokens for this account").into());
        }
        Ok(())
    }
}

fn check_scopes(scopes: &[Scope]) -> Result<(), BadInput> {
    if scopes.len() > SCOPES_MAX {
        let zh = format!("最多 {SCOPES_MAX} 项权限");
        return Err(BadInput::at("/scopes", "too-many", zh, format!("at most {SCOPES_MAX} scopes")));
    }
    if !scopes.iter().any(|s| matches!(s, Scope::Read | Scope::Write)) {
        return Err(BadInput::at(
            "/scopes",
            "scopes",
            "请至少选择“查看”或“办理”",
            "at least `read` or `write`; `service:…` narrows them",
        ));
    }
    Ok(())
}

fn fresh_secret() -> String {
    format!("qht_{}", hex::encode(clock::random::<24>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written_and_nothing_else_is_one() {
        for text in ["read", "write", "service:instant-registration"] {
            let scope = Scope::try_from(text.to_string()).unwrap();
            assert_eq!(String::from(scope), text);
        }
        for text in ["", "Read", "service:", "admin", "service"] {
            assert!(Scope::try_from(text.to_string()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_service_narrows_and_alone_allows_nothing() {
        let narrow = Scopes::of(&[Scope::Read, Scope::Service("a".into())]);
        assert!(narrow.read && !narrow.write && narrow.cover("a") && !narrow.cover("b"));
        assert!(check_scopes(&[Scope::Service("a".into())]).is_err());
        let old = Scopes::of(&[]);
        assert!(old.read && old.write && old.cover("b"));
    }
}
