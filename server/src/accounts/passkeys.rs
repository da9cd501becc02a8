//! Passkeys (WebAuthn): a key in a person's device that logs in without a password, and can't be given away by mistake.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use journal::{Change, Order, WriteError};
use kernel::{AccountId, BadInput, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
    WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::passes::tag_of;
use super::{Account, Accounts, Session, Way};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{CEREMONY_SECONDS, PASSKEY_NAME_CHARS_MAX, PASSKEYS_PER_ACCOUNT_MAX};

const PASSKEYS: &str = "passkeys";
const REGISTRATION: &str = "passkey-registration";
const LOGIN: &str = "passkey-login";

/// The operator's section `[passkeys]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PasskeySettings {
    /// The domain that the keys belong to. It never changes: another one makes every key useless.
    pub rp_id: String,
    /// Address of the portal as browsers see it: the domain or one below it.
    pub origin: Url,
}

/// Registers and checks passkeys for one domain.
pub struct Passkeys {
    webauthn: Webauthn,
    /// The domain that the keys belong to.
    pub rp_id: String,
}

impl Passkeys {
    /// As the operator has set; without settings for `localhost` on any port, where browsers ask for no certificate.
    ///
    /// # Errors
    /// The domain does not go with the portal's address.
    pub fn new(settings: Option<PasskeySettings>) -> Result<Self, Problem> {
        let is_set = settings.is_some();
        let settings = match settings {
            Some(settings) => settings,
            None => PasskeySettings {
                rp_id: "localhost".into(),
                origin: Url::parse("http://localhost").map_err(|e| Problem::during("an address is read", e))?,
            },
        };
        let webauthn = WebauthnBuilder::new(&settings.rp_id, &settings.origin)
            .and_then(|builder| {
                builder
                    .rp_name("Qianhai")
                    .timeout(std::time::Duration::from_secs(CEREMONY_SECONDS.unsigned_abs()))
                    .allow_any_port(!is_set)
                    .build()
            })
            .map_err(|e| Problem::during("the operator's section [passkeys] is read", e))?;
        Ok(Self {
            webauthn,
            rp_id: settings.rp_id,
        })
    }
}

/// A passkey in the store, under its credential id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    account: AccountId,
    /// What the device calls the account by; the same for all keys of an account.
    handle: Uuid,
    name: String,
    /// Seconds since 1970.
    made: i64,
    /// Seconds since 1970.
    used: Option<i64>,
    key: Passkey,
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyLine {
    /// Its credential id, base64url.
    pub id: String,
    /// In its owner's words.
    pub name: String,
    /// Seconds since 1970.
    pub made: i64,
    /// Seconds since 1970.
    pub used: Option<i64>,
}

/// A registration between its two requests.
#[derive(Serialize, Deserialize)]
struct Registering {
    account: AccountId,
    handle: Uuid,
    state: PasskeyRegistration,
}

impl Accounts {
    /// Begins to register a passkey: the ceremony's secret, and what the browser is to be asked.
    ///
    /// # Errors
    /// Too many passkeys; the store is away.
    pub async fn begin_passkey(&self, passkeys: &Passkeys, account: &Account) -> Result<(String, Value), Failure> {
        let kept = self.kept_passkeys(&account.id).await?;
        if kept.len() >= PASSKEYS_PER_ACCOUNT_MAX {
            return Err(BadInput::at("", "too-many", "通行密钥数量已达上限", "no more passkeys for this account").into());
        }
        let handle = kept
            .first()
            .map_or_else(|| Uuid::from_bytes(clock::random()), |(_, first)| first.handle);
        let known = kept.iter().map(|(_, k)| k.key.cred_id().clone()).collect();
        let (options, state) = passkeys
            .webauthn
            .start_passkey_registration(handle, account.id.as_str(), &account.name, Some(known))
            .map_err(|e| Problem::during("a passkey's registration begins", e))?;
        let mut options = serde_json::to_value(options).map_err(|e| Problem::during("a passkey's registration begins", e))?;
        // Logging in asks for no name, so the device must keep the account beside the key.
        let wanted = &mut options["publicKey"]["authenticatorSelection"];
        wanted["residentKey"] = json!("required");
        wanted["requireResidentKey"] = json!(true);
        let registering = Registering {
            account: account.id.clone(),
            handle,
            state,
        };
        Ok((self.begin(REGISTRATION, &registering).await?, options["publicKey"].take()))
    }

    /// Keeps the passkey that the browser has made; gives its id.
    ///
    /// # Errors
    /// A refusal if it was not begun here or does not hold; the store is away.
    pub async fn finish_passkey(
        &self,
        passkeys: &Passkeys,
        account: &AccountId,
        ceremony: &str,
        name: &str,
        made: &RegisterPublicKeyCredential,
    ) -> Result<String, Failure> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > PASSKEY_NAME_CHARS_MAX {
            let zh = format!("名称为 1 至 {PASSKEY_NAME_CHARS_MAX} 个字");
            return Err(BadInput::at("/name", "length", zh, format!("1 to {PASSKEY_NAME_CHARS_MAX} characters")).into());
        }
        let begun: Option<Registering> = self.take(REGISTRATION, ceremony).await?;
        let begun = begun.filter(|b| b.account == *account).ok_or_else(ended)?;
        let key = passkeys
            .webauthn
            .finish_passkey_registration(made, &begun.state)
            .map_err(not_proven)?;
        let id = URL_SAFE_NO_PAD.encode(key.cred_id());
        let kept = Kept {
            account: account.clone(),
            handle: begun.handle,
            name: name.into(),
            made: clock::now().as_second(),
            used: None,
            key,
        };
        let change = Change::put_if_absent(PASSKEYS, &id, document(&kept)?, tags(&kept));
        match self.journal.records().write(vec![change]).await {
            Ok(_) => Ok(id),
            Err(WriteError::Conflict { .. }) => Err(Failure::refusal(
                "passkey-known",
                "该通行密钥已登记",
                "This passkey is registered already",
            )),
            Err(other) => Err(other.into()),
        }
    }

    /// Passkeys of an account, the newest first.
    ///
    /// # Errors
    /// The store is away.
    pub async fn passkeys(&self, account: &AccountId) -> Result<Vec<PasskeyLine>, Failure> {
        let line = |(id, kept): (String, Kept)| PasskeyLine {
            id,
            name: kept.name,
            made: kept.made,
            used: kept.used,
        };
        Ok(self.kept_passkeys(account).await?.into_iter().map(line).collect())
    }

    /// Removes a passkey of an account.
    ///
    /// # Errors
    /// The account has no such passkey; the store is away.
    pub async fn remove_passkey(&self, account: &AccountId, id: &str) -> Result<(), Failure> {
        let (kept, _) = self.kept_passkey(id).await?.ok_or(Failure::NotFound)?;
        if kept.account != *account {
            return Err(Failure::NotFound);
        }
        self.journal.records().write(vec![Change::delete(PASSKEYS, id)]).await?;
        Ok(())
    }

    /// Begins to log in with a passkey, whosever it is: the ceremony's secret, and what the browser is to be asked.
    ///
    /// # Errors
    /// The store is away.
    pub async fn begin_passkey_login(&self, passkeys: &Passkeys) -> Result<(String, Value), Failure> {
        let (options, state) = passkeys
            .webauthn
            .start_discoverable_authentication()
            .map_err(|e| Problem::during("a login with a passkey begins", e))?;
        let mut options = serde_json::to_value(options).map_err(|e| Problem::during("a login with a passkey begins", e))?;
        Ok((self.begin(LOGIN, &state).await?, options["publicKey"].take()))
    }

    /// Logs in with a passkey.
    ///
    /// # Errors
    /// A refusal if it was not begun here, does not hold, or is used by two devices; unauthenticated if the account is locked.
    pub async fn log_in_with_passkey(&self, passkeys: &Passkeys, ceremony: &str, shown: &PublicKeyCredential) -> Result<Session, Failure> {
        let state: DiscoverableAuthentication = self.take(LOGIN, ceremony).await?.ok_or_else(ended)?;
        let (handle, credential) = passkeys.webauthn.identify_discoverable_authentication(shown).map_err(not_proven)?;
        let id = URL_SAFE_NO_PAD.encode(credential);
        let (mut kept, revision) = self
            .kept_passkey(&id)
            .await?
            .filter(|(kept, _)| kept.handle == handle)
            .ok_or_else(unknown)?;
        let result = passkeys
            .webauthn
            .finish_discoverable_authentication_v2(shown, state, DiscoverableKey::from(&kept.key))
            .map_err(not_proven)?;
        kept.key.update_credential(&result);
        kept.used = Some(clock::now().as_second());
        let change = Change::PutIf {
            collection: PASSKEYS.into(),
            key: id,
            doc: document(&kept)?,
            tags: tags(&kept),
            revision,
        };
        match self.journal.records().write(vec![change]).await {
            Ok(_) => {}
            // The counter has moved on, or the key was removed: what was checked is no longer what stands.
            Err(WriteError::Conflict { .. }) => return Err(ended()),
            Err(other) => return Err(other.into()),
        }
        let account = self.find(&kept.account).await?.filter(Account::is_open);
        self.open_session(Arc::new(account.ok_or(Failure::Unauthenticated)?), Way::Passkey)
            .await
    }

    async fn kept_passkeys(&self, account: &AccountId) -> Result<Vec<(String, Kept)>, Failure> {
        let records = self.journal.records();
        let (documents, _) = records
            .list(PASSKEYS, &tag_of(account), Order::Descending, None, PASSKEYS_PER_ACCOUNT_MAX)
            .await?;
        let read = |d: journal::Document| Ok((d.key, read(d.doc)?));
        documents.into_iter().map(read).collect()
    }

    async fn kept_passkey(&self, id: &str) -> Result<Option<(Kept, u64)>, Failure> {
        let found = self.journal.records().get(PASSKEYS, id).await?;
        found.map(|d| Ok((read(d.doc)?, d.revision))).transpose()
    }
}

fn read(doc: Value) -> Result<Kept, Failure> {
    serde_json::from_value(doc).map_err(|e| Problem::during("a passkey is read", e).into())
}

fn document(kept: &Kept) -> Result<Value, Problem> {
    serde_json::to_value(kept).map_err(|e| Problem::during("a passkey is written", e))
}

fn tags(kept: &Kept) -> Vec<(String, i64)> {
    vec![(tag_of(&kept.account), kept.made)]
}

fn ended() -> Failure {
    Failure::refusal(
        "login-ended",
        "本次操作已超时或已完成，请重新开始",
        "This has ended or was done already; begin again",
    )
}

fn unknown() -> Failure {
    Failure::refusal(
        "passkey-unknown",
        "该通行密钥未在本平台登记，或已被删除",
        "This passkey is not registered here, or was removed",
    )
}

/// What the library objects to is for the log; that a key may have been copied is for its owner.
fn not_proven(error: WebauthnError) -> Failure {
    tracing::info!(target: "audit", %error, "a passkey was refused");
    match error {
        WebauthnError::CredentialPossibleCompromise => Failure::refusal(
            "passkey-copied",
            "该通行密钥的使用次数倒退，可能已被复制；请用其他方式登录并删除它",
            "The counter of this passkey went back: it may have been copied. Log in another way and remove it",
        ),
        _ => Failure::refusal(
            "passkey-not-proven",
            "通行密钥未通过验证，请重试",
            "The passkey could not be verified; try again",
        ),
    }
}
