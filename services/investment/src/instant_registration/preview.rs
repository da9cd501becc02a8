//! What a registration would come to, asked by another service of this chapter before it hands the application in.

use std::sync::Arc;

use kernel::{Finding, Ports, Setting};

use super::application::Apply;
use super::checks::{self, Terms};
use super::facts::{self, Facts};

/// The setting of another service with this service's parameters; none if the zone has none of today.
fn own_setting(setting: &Setting) -> Option<Setting> {
    let terms = setting.zone.terms_on("instant-registration", setting.today).ok()?;
    let terms: Terms = serde_json::from_value(terms).ok()?;
    let (case, actor, zone) = (setting.case.clone(), setting.actor.clone(), setting.zone.clone());
    Some(Setting::new(case, setting.now, actor, setting.seed, zone, Arc::new(terms)))
}

/// Asks the four libraries, as the registration would.
pub async fn gather(application: &Apply, setting: &Setting, ports: &Ports) -> Option<Facts> {
    let own = own_setting(setting)?;
    Some(facts::gather_all(application, &own, ports).await)
}

/// What the registration would find.
pub fn findings(application: &Apply, facts: &Facts, setting: &Setting) -> Vec<Finding> {
    own_setting(setting)
        .map(|own| checks::review(application, facts, false, &own))
        .unwrap_or_default()
}

/// A finding that does not speak against the application for ever: an identity may still be verified.
pub fn is_mendable(finding: &Finding) -> bool {
    matches!(finding.rule.as_str(), "people.identity" | "people.face-check")
}
