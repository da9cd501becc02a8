//! The operator's mail server, and the way to it.

use std::path::PathBuf;
use std::time::Duration;

use kernel::Problem;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::Deserialize;

use crate::limits::LETTER_MS_MAX;
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

    /// The way to the mail server.
    ///
    /// # Errors
    /// The password can't be read, or encryption can't be set up.
    pub fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Problem> {
        let tls = || TlsParameters::new_rustls(self.server.clone()).map_err(|e| Problem::during("[mail]: encryption is set up", e));
        let tls = match self.encryption {
            Encryption::None => Tls::None,
            Encryption::Starttls => Tls::Required(tls()?),
            Encryption::Tls => Tls::Wrapper(tls()?),
        };
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server)
            .port(self.port)
            .tls(tls)
            .timeout(Some(Duration::from_millis(LETTER_MS_MAX)));
        if let (Some(user), Some(file)) = (&self.user, &self.secret_file) {
            let secret = std::fs::read_to_string(file).map_err(|e| Problem::during("[mail]: the secret-file is read", e))?;
            server = server.credentials(Credentials::new(user.clone(), secret.trim_end().to_owned()));
        }
        Ok(server.build())
    }
}
