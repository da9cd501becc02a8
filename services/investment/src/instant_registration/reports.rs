//! What others are told of a registration: the case that commissioned it, and the authorities that ask for the firm.

use jiff::Timestamp;
use kernel::case::{Report, Stage};
use kernel::{Bond, Effect, Firm};

use super::decide::Registration;

const SERVICE: &str = "instant-registration";

impl Registration {
    /// The firm, once it is registered.
    pub fn firm(&self) -> Option<Firm> {
        let (applied, licence) = (self.applied.as_deref()?, self.licence.as_deref()?);
        let (representative, name) = applied.application.legal_representative()?;
        Some(Firm {
            unified_code: licence.unified_code.clone(),
            name: licence.name.clone(),
            representative,
            representative_name: name.to_string(),
            address_code: applied.application.address.clone(),
            address: licence.address.clone(),
            industry: applied.application.industry.clone(),
            established_on: licence.established_on,
            registration: self.watchers.first().map(|bond| bond.own.clone()),
        })
    }

    /// Tells the cases that want to know.
    pub(super) fn tell(&self, stage: Stage, at: Timestamp, reason: Option<&str>) -> Vec<Effect> {
        let told = |bond: &Bond| {
            let mut report = Report {
                firm: self.firm(),
                ..bond.report(SERVICE, stage, at)
            };
            report.said.extend(reason.map(|reason| ("reason".to_string(), reason.to_string())));
            bond.tell(&report)
        };
        self.watchers.iter().map(told).collect()
    }
}
