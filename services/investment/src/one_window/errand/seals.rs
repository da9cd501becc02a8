//! 公章刻制: an engraver whom the police have licensed cuts the firm's seals and enters them in the police's register of seals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use kernel::{Firm, Ports, Service, Setting, Who, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{No, Office, Place, Terms};

/// The engraver and the police.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seals;

/// A kind of seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SealKind {
    /// 公章: round, 40 mm, the firm's name.
    Company,
    /// 财务专用章.
    Finance,
    /// 发票专用章: an ellipse of 40 by 30 mm that carries the tax number.
    Invoice,
    /// 法定代表人名章.
    Representative,
}

impl SealKind {
    fn slug(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Finance => "finance",
            Self::Invoice => "invoice",
            Self::Representative => "representative",
        }
    }
}

/// Which seals, by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealOrder {
    /// Each kind once.
    #[schemars(length(min = 1, max = 4), extend("uniqueItems" = true))]
    pub kinds: Vec<SealKind>,
    /// Id of a licensed engraver.
    #[schemars(length(min = 1, max = 60))]
    pub engraver: String,
}

/// What was cut and entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealRecord {
    /// Every seal that was ordered.
    #[schemars(length(min = 1, max = 4))]
    pub seals: Vec<Seal>,
}

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Its kind.
    pub kind: SealKind,
    /// The name as it was cut.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Code of the seal in the register of seals.
    #[schemars(regex(pattern = r"^[0-9]{8,20}$"))]
    pub code: String,
    /// The tax number as it was cut; on an invoice seal alone.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub tax_number: Option<String>,
}

/// Codes that another case holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealFacts {
    pub(super) taken: Vec<String>,
    pub(super) silent: bool,
}

impl Office for Seals {
    const SLUG: &'static str = "seal-engraving";
    type Order = SealOrder;
    type Deed = SealRecord;
    type Facts = SealFacts;

    async fn gather(_: &SealOrder, deed: Option<&SealRecord>, _: &Firm, setting: &Setting, ports: &Ports) -> SealFacts {
        let mut facts = SealFacts::default();
        for seal in deed.iter().flat_map(|d| &d.seals) {
            let holder = ports.holds.holder("seal-code", &seal.code, setting.now).await;
            match holder.given() {
                Some(Some(holder)) if holder != setting.case.as_str() => facts.taken.push(seal.code.clone()),
                Some(_) => {}
                None => facts.silent = true,
            }
        }
        facts
    }

    fn admit(order: &SealOrder, _: &SealFacts, terms: &Terms) -> Result<(), No> {
        if terms.engravers.iter().all(|e| e.id != order.engraver) {
            return Err(No::new("no-such-engraver").with("engraver", &order.engraver));
        }
        Ok(())
    }

    fn examine(order: &SealOrder, deed: &SealRecord, firm: &Firm, facts: &SealFacts, terms: &Terms) -> Result<(), No> {
        let cut: BTreeSet<SealKind> = deed.seals.iter().map(|s| s.kind).collect();
        let ordered: BTreeSet<SealKind> = order.kinds.iter().copied().collect();
        if cut != ordered || cut.len() != deed.seals.len() {
            return Err(No::new("not-as-ordered"));
        }
        for seal in &deed.seals {
            let expected = match seal.kind {
                SealKind::Representative => &firm.representative_name,
                SealKind::Company | SealKind::Finance | SealKind::Invoice => &firm.name,
            };
            if seal.name != *expected {
                return Err(No::new("seal-name-mismatch").with("cut", &seal.name).with("registered", expected));
            }
            if seal.kind == SealKind::Invoice && seal.tax_number.as_deref() != Some(firm.unified_code.as_str()) {
                return Err(No::new("tax-number-mismatch").with("registered", firm.unified_code.as_str()));
            }
            if !terms.seal_code_digits.contains(&seal.code.len()) {
                return Err(No::new("seal-code-length").with("code", &seal.code));
            }
        }
        let codes: BTreeSet<&str> = deed.seals.iter().map(|s| s.code.as_str()).collect();
        if codes.len() != deed.seals.len() {
            return Err(No::new("seal-code-taken").with("code", &deed.seals[0].code));
        }
        if facts.silent {
            return Err(No::new("register-silent"));
        }
        match facts.taken.first() {
            Some(code) => Err(No::new("seal-code-taken").with("code", code)),
            None => Ok(()),
        }
    }

    fn kept(deed: &SealRecord) -> Vec<(&'static str, String)> {
        deed.seals.iter().map(|s| ("seal-code", s.code.clone())).collect()
    }

    fn said(deed: &SealRecord) -> BTreeMap<String, String> {
        deed.seals
            .iter()
            .map(|s| (format!("seal-{}", s.kind.slug()), s.code.clone()))
            .collect()
    }

    fn is_outdated(deed: &SealRecord, firm: &Firm) -> bool {
        let outdated = |seal: &Seal| match seal.kind {
            SealKind::Representative => seal.name != firm.representative_name,
            SealKind::Company | SealKind::Finance | SealKind::Invoice => seal.name != firm.name,
        };
        deed.seals.iter().any(outdated)
    }

    fn declare(service: Service) -> Service {
        service.question("find-engravers", Who::Anyone, find_engravers)
    }
}

/// Nothing to say: all are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindEngravers {}

/// The licensed engravers, to choose from.
pub async fn find_engravers(_: FindEngravers, zone: Arc<Zone>, today: Date, _: Ports) -> Vec<Place> {
    let terms = zone.terms_on(Seals::SLUG, today).ok();
    let terms: Option<Terms> = terms.and_then(|json| serde_json::from_value(json).ok());
    terms.map(|terms| terms.engravers).unwrap_or_default()
}
