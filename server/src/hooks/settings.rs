//! What the operator sets for other programs: the sections `[webhooks]` and `[systems.<service>]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kernel::{AccountId, Actor, AgencyId, Problem};
use reqwest::Url;
use serde::Deserialize;

use super::signature::Secret;
use crate::house::House;
use crate::limits::{WEBHOOK_DISABLE_SECONDS, WEBHOOK_GIVE_UP_SECONDS};
use crate::operator::Operator;
use crate::secret_file;

/// The section `[webhooks]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WebhookSettings {
    /// Addresses of this network, and plain HTTP, are allowed too: for tests and closed networks.
    pub allow_private: bool,
    /// A message that did not arrive in this time is given up.
    pub give_up_seconds: i64,
    /// A webhook at which nothing arrived for this time is switched off.
    pub disable_seconds: i64,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_private: false,
            give_up_seconds: WEBHOOK_GIVE_UP_SECONDS,
            disable_seconds: WEBHOOK_DISABLE_SECONDS,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SystemSettings {
    url: String,
    secret_file: PathBuf,
    agency: AgencyId,
}

/// An agency's own system, which handles the cases of one service.
#[derive(Debug, Clone)]
pub struct System {
    /// Where its messages go.
    pub url: Url,
    /// Signs both ways.
    pub secret: Secret,
    /// As whom it acts and reads: an officer of its agency.
    pub actor: Actor,
}

/// The systems by slug of their service.
pub type Systems = BTreeMap<String, System>;

/// Reads `[systems.<service>]`.
///
/// # Errors
/// It has another shape, the service is not open, the agency does not handle it, or the secret can't be read.
pub fn systems(operator: &Operator, house: &House) -> Result<Systems, Problem> {
    let sections: BTreeMap<String, SystemSettings> = operator.section("systems")?.unwrap_or_default();
    let system = |(slug, settings): (String, SystemSettings)| {
        let read = System::new(&slug, settings, house).map_err(|e| Problem::during(&format!("[systems.{slug}] is read"), e))?;
        Ok((slug, read))
    };
    sections.into_iter().map(system).collect()
}

impl System {
    fn new(slug: &str, settings: SystemSettings, house: &House) -> Result<Self, Problem> {
        let desk = house.desks.get(slug).ok_or_else(|| Problem(format!("no service {slug} is open")))?;
        if desk.agency != settings.agency {
            return Err(Problem(format!("{slug} is handled by {}, not by {}", desk.agency, settings.agency)));
        }
        let url: Url = settings.url.parse().map_err(|e| Problem::during("url", e))?;
        let text = secret_file::read(&settings.secret_file)?;
        let secret = Secret::parse(&text).ok_or_else(|| Problem(format!("{} holds no whsec_ secret", settings.secret_file.display())))?;
        let account = AccountId::try_new(&format!("system-{slug}")).map_err(|e| Problem::during("the system is named", e))?;
        let agency = house.zone.card.agencies.get(&settings.agency);
        let name = agency.map_or_else(|| settings.agency.to_string(), |name| format!("{}业务系统", name.zh));
        let actor = Actor::Officer {
            account,
            name,
            agency: settings.agency,
        };
        Ok(Self { url, secret, actor })
    }
}
