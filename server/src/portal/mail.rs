//! Mail: where it leaves from, and what waits to leave.

use std::path::PathBuf;

use kernel::Problem;
use lettre::message::Mailbox;
use serde::Deserialize;

use crate::operator::Operator;

/// How the way to the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// Not at all; for a server on the same machine.
    None,
    /// Turned on after the greeting; a server without it gets no mail.
    Starttls,
    /// From the first byte.
    Tls,
}

/// The operator's section `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MailSettings {
    /// Name or address of the mail server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept private.
    pub encryption: Encryption,
    /// Who logs in there, if somebody must.
    pub user: Option<String>,
    /// File with the password of `user`.
    pub secret_file: Option<PathBuf>,
    /// Whom mail is from.
    pub from: Mailbox,
    /// Where the portal is reached from outside, without a slash at the end.
    pub public_url: String,
}

impl MailSettings {
    /// What the operator has set, if anything.
    ///
    /// # Errors
    /// The section has another shape.
    pub fn of(operator: &Operator) -> Result<Option<Self>, Problem> {
        let Some(settings) = operator.section::<Self>("mail")? else {
            return Ok(None);
        };
        if settings.user.is_some() != settings.secret_file.is_some() {
            return Err(Problem("[mail]: user and secret-file go together".into()));
        }
        if !settings.public_url.starts_with("http://") && !settings.public_url.starts_with("https://") {
            return Err(Problem("[mail]: public-url begins with http:// or https://".into()));
        }
        Ok(Some(settings))
    }
}
