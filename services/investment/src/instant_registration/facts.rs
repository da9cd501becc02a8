//! What the libraries are asked for a registration, and their answers.

use std::collections::BTreeMap;

use kernel::papers::UnifiedCode;
use kernel::ports::{NameQuestion, NameReport};
use kernel::registers::{AddressRow, DishonestyRow, IdentityRow};
use kernel::{Answer, Ports, Setting};
use serde::{Deserialize, Serialize};

use super::application::Apply;
use super::checks::Terms;
use super::licence;

/// How many codes are tried before giving up; each is free with overwhelming likelihood.
const CODE_TRIES: u64 = 8;

/// What the libraries said, as far as the command needed it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The library of names.
    pub name: Option<Answer<NameReport>>,
    /// Another case that holds the name.
    pub name_held_by: Option<Answer<Option<String>>>,
    /// The unit.
    pub address: Option<Answer<Option<AddressRow>>>,
    /// Seats of the unit that other cases hold; none if it could not be asked.
    pub seats_held: Option<u32>,
    /// The first seat that nobody else holds.
    pub seat: Option<String>,
    /// Verified identities by person.
    pub identities: Option<Answer<BTreeMap<String, IdentityRow>>>,
    /// Entries about any person of the application.
    pub dishonesty: Option<Answer<Vec<DishonestyRow>>>,
    /// A code that no register knows.
    pub code: Option<UnifiedCode>,
}

/// Asks everything that a review needs.
pub async fn gather_all(application: &Apply, setting: &Setting, ports: &Ports) -> Facts {
    let terms: &Terms = setting.terms();
    let people: Vec<String> = application.people().into_keys().collect();
    let question = NameQuestion {
        name: application.name.clone(),
        own: setting.case.to_string(),
        industry: Some(application.industry.clone()),
        investors: application.investors.iter().map(|code| code.as_str().to_string()).collect(),
        on: setting.today,
        cancelled_months: terms.cancelled_name_months,
        revoked_months: terms.revoked_name_months,
    };
    let name = ports.names.check(&question).await;
    let name_held_by = match name.given() {
        Some(report) => Some(other_holder(&name_keys(report, application), setting, ports).await),
        None => None,
    };
    let address = ports.registers.address(&application.address).await;
    let (seats_held, seat) = seats(application, &address, terms, setting, ports).await;
    let identities = match ports.registers.identities(&people).await {
        Answer::Given(rows) => Answer::Given(people.iter().cloned().zip(rows).filter_map(|(p, row)| Some((p, row?))).collect()),
        Answer::Down(down) => Answer::Down(down),
    };
    let dishonesty = ports.registers.dishonesty(&people).await;
    let code = free_code(application, setting, ports).await;
    Facts {
        name: Some(name),
        name_held_by,
        address: Some(address),
        seats_held,
        seat,
        identities: Some(identities),
        dishonesty: Some(dishonesty),
        code,
    }
}

/// The keys under which this application would hold its name. With an investment relation brand and industry may be shared, so
/// only the whole text is held.
pub fn name_keys(report: &NameReport, application: &Apply) -> Vec<String> {
    if report.key.is_empty() {
        return vec![];
    }
    let whole = format!("={}", report.full_key);
    if application.investors.is_empty() {
        vec![whole, report.key.clone()]
    } else {
        vec![whole]
    }
}

async fn other_holder(keys: &[String], setting: &Setting, ports: &Ports) -> Answer<Option<String>> {
    for key in keys {
        match ports.holds.holder("company-name", key, setting.now).await {
            Answer::Given(Some(holder)) if holder != setting.case.as_str() => return Answer::Given(Some(holder)),
            Answer::Given(_) => {}
            down @ Answer::Down(_) => return down,
        }
    }
    Answer::Given(None)
}

/// Looks for a seat at the unit that no other case holds: seats are numbered, and a hold on a number settles a race.
async fn seats(
    application: &Apply,
    address: &Answer<Option<AddressRow>>,
    terms: &Terms,
    setting: &Setting,
    ports: &Ports,
) -> (Option<u32>, Option<String>) {
    let Some(Some(row)) = address.given() else { return (None, None) };
    if row.shared {
        return (Some(0), None);
    }
    let (mut held, mut free) = (0, None);
    for number in 1..=terms.firms_per_address_max.saturating_sub(row.firms) {
        let seat = format!("{}#{number}", application.address);
        match ports.holds.holder("address-seat", &seat, setting.now).await {
            Answer::Given(Some(holder)) if holder == setting.case.as_str() => return (Some(held), Some(seat)),
            Answer::Given(Some(_)) => held += 1,
            Answer::Given(None) => {
                free.get_or_insert(seat);
                break;
            }
            Answer::Down(_) => return (None, None),
        }
    }
    (Some(held), free)
}

async fn free_code(application: &Apply, setting: &Setting, ports: &Ports) -> Option<UnifiedCode> {
    for n in 0..CODE_TRIES {
        let code = licence::candidate(application.kind, setting, n)?;
        let registered = ports.registers.code_taken(code.as_ref()).await;
        let held = ports.holds.holder("unified-code", code.as_ref(), setting.now).await;
        match (registered.given(), held.given()) {
            (Some(false), Some(None)) => return Some(code),
            (Some(_), Some(_)) => {}
            _ => return None,
        }
    }
    None
}
