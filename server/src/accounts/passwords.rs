//! Passwords: hashed with Argon2id, a few at a time, and never told apart from a name that does not exist.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use kernel::{AccountId, BadInput, Problem};

use super::{Accounts, Session, Way};
use crate::failure::Failure;
use crate::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

impl Accounts {
    /// Checks a password and opens a session.
    ///
    /// # Errors
    /// Unauthenticated, without telling whether the name or the password was wrong; the store is away.
    pub async fn log_in(&self, id: &str, password: &str) -> Result<Session, Failure> {
        let account = match AccountId::try_new(id) {
            Ok(id) => self.find(&id).await?,
            Err(_) => None,
        };
        // An account without a password takes as long as one with a password.
        let hash = account.as_ref().map(|a| a.password.clone()).filter(|hash| !hash.is_empty());
        let has_password = hash.is_some();
        let fits = password.len() <= PASSWORD_BYTES_MAX && self.verify(password, hash.unwrap_or_else(|| self.nobody.clone())).await?;
        let account = account
            .filter(|a| fits && has_password && a.is_open())
            .ok_or(Failure::Unauthenticated)?;
        self.open_session(Arc::new(account), Way::Password).await
    }

    pub(super) async fn hash(&self, password: &str) -> Result<String, Problem> {
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

pub(super) fn hash(password: &str) -> Result<String, Problem> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|h| h.to_string())
        .map_err(|e| Problem::during("a password is hashed", e))
}

pub(super) fn check_fit(password: &str) -> Result<(), BadInput> {
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
