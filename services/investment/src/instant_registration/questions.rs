//! What can be asked before applying: is this name free, which addresses are there, which industry is mine.

use std::sync::Arc;

use jiff::civil::Date;
use kernel::ports::{NameHit, NameParts, NameQuestion};
use kernel::registers::{AddressRow, AddressState, AddressUse};
use kernel::{Answer, Outcome, Ports, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most rows that one answer lists.
const ROWS_MAX: usize = 200;

/// A name somebody thinks of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckName {
    /// The full name.
    #[schemars(length(min = 2, max = 100))]
    name: String,
}

/// What speaks against it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum NameAnswer {
    Checked { parts: NameParts, free: bool, hits: Vec<NameHit> },
    Down { down: String },
}

pub async fn check_name(question: CheckName, zone: Arc<Zone>, today: Date, ports: Ports) -> NameAnswer {
    let terms: Option<super::checks::Terms> = zone
        .terms_on("instant-registration", today)
        .ok()
        .and_then(|json| serde_json::from_value(json).ok());
    let Some(terms) = terms else {
        return NameAnswer::Down { down: "parameters".into() };
    };
    let question = NameQuestion {
        name: question.name,
        own: String::new(),
        industry: None,
        investors: vec![],
        on: today,
        cancelled_months: terms.cancelled_name_months,
        revoked_months: terms.revoked_name_months,
    };
    match ports.names.check(&question).await {
        Answer::Given(report) => {
            let free = report.hits.iter().all(|h| h.outcome < Outcome::Refer);
            NameAnswer::Checked {
                parts: report.parts,
                free,
                hits: report.hits,
            }
        }
        Answer::Down(down) => NameAnswer::Down { down: down.library },
    }
}

/// A community whose units are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindAddresses {
    /// The code of the finest division that the zone lists: twelve digits, or fewer.
    #[schemars(regex(pattern = r"^[0-9]{6,12}$"))]
    community: String,
}

/// Units of the community.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum AddressAnswer {
    Found { addresses: Vec<Unit> },
    Down { down: String },
}

/// A unit to choose.
#[derive(Debug, Serialize)]
pub struct Unit {
    code: String,
    text: String,
    #[serde(rename = "use")]
    used_for: AddressUse,
    state: AddressState,
}

pub async fn find_addresses(question: FindAddresses, _zone: Arc<Zone>, _today: Date, ports: Ports) -> AddressAnswer {
    let unit = |row: AddressRow| Unit {
        code: row.code,
        text: row.text,
        used_for: row.used_for,
        state: row.state,
    };
    match ports.registers.addresses_in(&question.community, ROWS_MAX).await {
        Answer::Given(rows) => AddressAnswer::Found {
            addresses: rows.into_iter().map(unit).collect(),
        },
        Answer::Down(down) => AddressAnswer::Down { down: down.library },
    }
}

/// Words of an industry, or the beginning of its code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindIndustries {
    /// Any part of the name.
    #[schemars(length(max = 40))]
    text: String,
}

/// Classes that fit.
#[derive(Debug, Serialize)]
pub struct IndustryAnswer {
    industries: Vec<super::licence::ScopeItem>,
}

pub async fn find_industries(question: FindIndustries, zone: Arc<Zone>, _today: Date, _ports: Ports) -> IndustryAnswer {
    let text = question.text.trim().to_uppercase();
    let industries = zone
        .industries
        .iter()
        .filter(|(code, name)| code.len() == 5 && (text.is_empty() || code.starts_with(&text) || name.contains(&text)))
        .take(ROWS_MAX)
        .map(|(code, name)| super::licence::ScopeItem {
            code: code.clone(),
            name: name.clone(),
        })
        .collect();
    IndustryAnswer { industries }
}
