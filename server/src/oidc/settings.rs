//! The operator's section `[oidc]`.

use std::path::PathBuf;

use kernel::{AgencyId, Bilingual, Problem, Zone};
use serde::Deserialize;
use url::{Host, Url};

/// Who vouches for logins, and what its claims mean here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The provider, exactly as it calls itself.
    pub issuer: Url,
    /// How the provider calls us.
    pub client_id: String,
    /// File with the secret that we share with the provider; without one we are a public client.
    pub secret_file: Option<PathBuf>,
    /// What the button says.
    pub name: Bilingual,
    /// Address of the portal as browsers see it; the provider sends them back below it.
    pub redirect: Url,
    /// Scopes beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Where the provider says who somebody is.
    pub claims: Claims,
    /// What makes an officer, the first that fits.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// Names of claims. A name with dots that is no claim leads into one: `realm_access.roles`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claims {
    /// The person's name.
    #[serde(default = "name")]
    pub name: String,
    /// The number of the person's paper; without it nobody is a citizen here.
    pub paper_number: Option<String>,
    /// The kind of that paper; without it, or where the provider is silent, it is a citizen's identity card.
    pub paper_kind: Option<String>,
}

fn name() -> String {
    "name".into()
}

/// A value of a claim that makes an officer of an agency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Role {
    /// The claim: a text or a list of texts.
    pub claim: String,
    /// What must stand in it.
    pub value: String,
    /// The agency that the officer decides for.
    pub agency: AgencyId,
}

impl Settings {
    /// Finds what would fail only at the first login.
    ///
    /// # Errors
    /// An agency that the zone has not, or a provider that is reached without encryption from elsewhere.
    pub fn check(&self, zone: &Zone) -> Result<(), Problem> {
        for role in &self.roles {
            if !zone.card.agencies.contains_key(&role.agency) {
                return Err(Problem(format!(
                    "[oidc] makes officers of {}, an agency that the zone has not",
                    role.agency
                )));
            }
        }
        for (what, url) in [("issuer", &self.issuer), ("redirect", &self.redirect)] {
            if url.scheme() != "https" && !is_this_machine(url) {
                return Err(Problem(format!("[oidc] {what} = {url}: only https, except on this machine")));
            }
        }
        Ok(())
    }

    /// The secret, if there is one.
    ///
    /// # Errors
    /// The file can't be read or is empty.
    pub fn secret(&self) -> Result<Option<String>, Problem> {
        let Some(file) = &self.secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(file).map_err(|e| Problem::during(&format!("{} is read", file.display()), e))?;
        match text.trim() {
            "" => Err(Problem(format!("{} holds no secret", file.display()))),
            secret => Ok(Some(secret.to_string())),
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
