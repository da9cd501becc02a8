//! What the machine looks at before it grants: real names, risk, and the quantities that a first request may have
//! (国家税务总局公告2018年第29号).

use std::collections::BTreeMap;

use kernel::finding::{Finding, Outcome};
use kernel::registers::{AddressRow, DishonestyRow, Ground, IdentityRow};
use kernel::{Answer, Firm, Ports, Setting};
use serde::{Deserialize, Serialize};

use super::order::{FaceLimit, TaxOrder};
use super::stock::InvoiceKind;

/// The parameters of the package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Terms {
    /// Working days that the tax service has.
    pub service_days: u32,
    /// A face check older than this no longer counts.
    pub face_check_days: u32,
    /// Special invoices a month that a first request may have.
    pub special_copies_max: u32,
    /// Highest amount of one of them.
    pub special_limit_max: FaceLimit,
    /// Ordinary invoices a month that a first request may have.
    pub ordinary_copies_max: u32,
    /// From so many firms at one unit on it is looked at by an officer.
    pub firms_per_address_risk: u32,
    /// Days within which the accounting system and accounts are to be filed.
    pub filing_days: u32,
    /// Seconds after which a silent register is asked again.
    pub review_retry_seconds: u32,
}

/// What the registers said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The firm, where the request names it by its code.
    pub firm: Option<Answer<Option<Firm>>>,
    /// Another case of this firm.
    pub package: Option<Answer<Option<String>>>,
    /// Verified identities by person.
    pub identities: Option<Answer<BTreeMap<String, IdentityRow>>>,
    /// Entries about the legal representative and the agent.
    pub dishonesty: Option<Answer<Vec<DishonestyRow>>>,
    /// The seat.
    pub address: Option<Answer<Option<AddressRow>>>,
    /// The stocks by kind.
    pub stocks: BTreeMap<InvoiceKind, String>,
}

/// Asks what a review needs about a firm and those who act for it.
pub async fn gather(firm: &Firm, people: &[String], setting: &Setting, ports: &Ports) -> Facts {
    let identities = match ports.registers.identities(people).await {
        Answer::Given(rows) => Answer::Given(people.iter().cloned().zip(rows).filter_map(|(p, row)| Some((p, row?))).collect()),
        Answer::Down(down) => Answer::Down(down),
    };
    Facts {
        package: Some(other_package(firm.unified_code.as_str(), setting, ports).await),
        identities: Some(identities),
        dishonesty: Some(ports.registers.dishonesty(people).await),
        address: Some(ports.registers.address(&firm.address_code).await),
        stocks: stocks(setting, ports).await,
        firm: None,
    }
}

/// Another case that already is this firm's package.
async fn other_package(code: &str, setting: &Setting, ports: &Ports) -> Answer<Option<String>> {
    match ports.holds.holder("tax-package", code, setting.now).await {
        Answer::Given(holder) => Answer::Given(holder.filter(|h| h != setting.case.as_str())),
        Answer::Down(down) => Answer::Down(down),
    }
}

/// Where the invoices of each kind are kept.
pub async fn stocks(setting: &Setting, ports: &Ports) -> BTreeMap<InvoiceKind, String> {
    let mut found = BTreeMap::new();
    for kind in InvoiceKind::ALL {
        if let Answer::Given(Some(case)) = ports.holds.holder("invoice-stock", kind.slug(), setting.now).await {
            found.insert(kind, case);
        }
    }
    found
}

/// What a firm is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Special invoices a month.
    pub special_copies: u32,
    /// Highest amount of one of them.
    pub special_limit: FaceLimit,
    /// Ordinary invoices a month.
    pub ordinary_copies: u32,
}

impl Grant {
    /// Copies of a kind.
    pub fn copies(&self, kind: InvoiceKind) -> u32 {
        match kind {
            InvoiceKind::Special => self.special_copies,
            InvoiceKind::Ordinary => self.ordinary_copies,
        }
    }

    /// As much of the order as a first request may have; more is a licence of its own, later.
    pub fn within(order: &TaxOrder, terms: &Terms) -> Self {
        Self {
            special_copies: order.special_copies.min(terms.special_copies_max),
            special_limit: order.special_limit.min(terms.special_limit_max),
            ordinary_copies: order.ordinary_copies.min(terms.ordinary_copies_max),
        }
    }

    /// No more than a first request may have.
    pub fn is_within(&self, terms: &Terms) -> bool {
        self.special_copies <= terms.special_copies_max
            && self.special_limit <= terms.special_limit_max
            && self.ordinary_copies <= terms.ordinary_copies_max
    }
}

/// Every rule that was looked at.
pub fn findings(order: &TaxOrder, firm: &Firm, people: &BTreeMap<String, String>, facts: &Facts, setting: &Setting) -> Vec<Finding> {
    let terms: &Terms = setting.terms();
    let mut findings = vec![];
    real_names(people, facts, terms, setting, &mut findings);
    risk(people, facts, &mut findings);
    address(firm, facts, terms, &mut findings);
    let within = Grant::within(order, terms);
    let as_asked = within.special_copies == order.special_copies
        && within.special_limit == order.special_limit
        && within.ordinary_copies == order.ordinary_copies;
    findings.push(
        Finding::test("quantity", "quantity.first-request", as_asked, Outcome::Warn)
            .with("special", terms.special_copies_max.to_string())
            .with("limit", terms.special_limit_max.yuan().to_string())
            .with("ordinary", terms.ordinary_copies_max.to_string()),
    );
    findings
}

fn unknown(element: &str, library: &str) -> Finding {
    Finding::new(element, "library.answers", Outcome::Unknown).with("library", library)
}

fn real_names(people: &BTreeMap<String, String>, facts: &Facts, terms: &Terms, setting: &Setting, findings: &mut Vec<Finding>) {
    let rows = match &facts.identities {
        Some(Answer::Given(rows)) => rows,
        Some(Answer::Down(down)) => return findings.push(unknown("people", &down.library)),
        None => return findings.push(unknown("people", "identities")),
    };
    for (person, name) in people {
        let fresh = rows.get(person).is_some_and(|row| {
            let age = setting.today.since(row.verified_on).map_or(i32::MAX, |span| span.get_days());
            row.name == *name && (0..=terms.face_check_days as i32).contains(&age)
        });
        findings.push(Finding::test("people", "people.real-name", fresh, Outcome::Refer).with("person", name));
    }
}

fn risk(people: &BTreeMap<String, String>, facts: &Facts, findings: &mut Vec<Finding>) {
    let entries = match &facts.dishonesty {
        Some(Answer::Given(entries)) => entries,
        Some(Answer::Down(down)) => return findings.push(unknown("risk", &down.library)),
        None => return findings.push(unknown("risk", "dishonesty")),
    };
    let live = |e: &&DishonestyRow| e.lifted_on.is_none() && matches!(e.ground, Ground::TaxAbnormal | Ground::TaxMajorViolation);
    let entry = entries.iter().find(live);
    let finding = Finding::test("risk", "risk.no-abnormal-taxpayer", entry.is_none(), Outcome::Refer);
    let name = entry.and_then(|e| people.get(&e.person)).cloned().unwrap_or_default();
    let number = entry.map(|e| e.case_number.clone()).unwrap_or_default();
    findings.push(finding.with("person", name).with("case_number", number));
}

fn address(firm: &Firm, facts: &Facts, terms: &Terms, findings: &mut Vec<Finding>) {
    let row = match &facts.address {
        Some(Answer::Given(row)) => row,
        Some(Answer::Down(down)) => return findings.push(unknown("address", &down.library)),
        None => return findings.push(unknown("address", "addresses")),
    };
    let firms = row.as_ref().map_or(0, |row| row.firms);
    let few = row
        .as_ref()
        .is_none_or(|row| row.shared || row.firms < terms.firms_per_address_risk);
    findings.push(
        Finding::test("address", "address.few-firms", few, Outcome::Refer)
            .with("address", &firm.address)
            .with("firms", firms.to_string())
            .with("limit", terms.firms_per_address_risk.to_string()),
    );
}
