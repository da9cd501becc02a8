//! People, applications and facts that the tests begin with.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::papers::{Paper, UnifiedCode};
use kernel::ports::{Answer, Down, NameParts, NameReport};
use kernel::registers::{AddressRow, AddressState, AddressUse, DishonestyRow, Ground, IdentityRow};
use kernel::{AccountId, Actor, AgencyId, Setting, testing};
use rust_decimal::Decimal;
use serde_json::json;

use super::super::checks::Terms;
use super::super::*;

pub const LIN: &str = "440399199203181026";
pub const CHEN: &str = "440399198811022155";
pub const NOW: &str = "2026-11-22T02:00:00Z";

pub fn paper(number: &str) -> Paper {
    Paper::try_new("citizen-id", number).unwrap().unwrap()
}

pub fn key(number: &str) -> String {
    paper(number).key()
}

pub fn terms() -> serde_json::Value {
    json!({
        "name-reservation-months": 2, "cancelled-name-months": 12, "revoked-name-months": 12, "face-check-days": 180,
        "firms-per-address-max": 2, "auto-kinds": ["limited-company", "sole-proprietor"], "pay-in-years-max": 5,
        "disqualification": {"conviction-years": 5, "probation-years": 2, "bankruptcy-years": 3, "revoked-years": 3, "basis": "test"},
        "licensed-industries": ["J66"], "commercial-uses": ["office"], "residential-allowed": false, "review-retry-seconds": 20,
        "holders-max": 50, "forms-by-kind": {"limited-company": ["有限公司"], "sole-proprietor": ["店"]},
    })
}

pub fn setting_of(actor: Actor) -> Setting {
    let terms = terms();
    let named: Vec<(&str, serde_json::Value)> = terms.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    let zone = testing::zone(
        "instant-registration",
        &named,
        &[("I6513", "应用软件开发"), ("J6621", "商业银行服务")],
    );
    let typed: Terms = serde_json::from_value(terms).unwrap();
    testing::setting(zone, Arc::new(typed), NOW, actor)
}

pub fn person(number: &str, name: &str) -> Actor {
    Actor::Person {
        account: AccountId::try_new("someone").unwrap(),
        person: key(number),
        name: name.into(),
        by: None,
    }
}

pub fn officer() -> Actor {
    Actor::Officer {
        account: AccountId::try_new("officer").unwrap(),
        name: "黄".into(),
        agency: AgencyId::try_new("registrar").unwrap(),
    }
}

pub fn holder(number: &str, name: &str, amount_fen: i64, percent: i64) -> Holder {
    Holder {
        name: name.into(),
        paper: paper(number),
        amount_fen,
        percent: Decimal::from(percent),
        method: Method::Currency,
    }
}

pub fn office(number: &str, name: &str, role: Role) -> Officer {
    Officer {
        name: name.into(),
        paper: paper(number),
        role,
    }
}

/// Lin alone founds a company.
pub fn solo() -> Apply {
    Apply {
        kind: Kind::LimitedCompany,
        name: "测试市青禾软件有限公司".into(),
        industry: "I6513".into(),
        scope: vec!["I6513".into()],
        address: "990100000001".into(),
        capital_fen: 1_000_000,
        pay_by: Some(jiff::civil::date(2030, 1, 1)),
        holders: vec![holder(LIN, "林晓雨", 1_000_000, 100)],
        officers: vec![
            office(LIN, "林晓雨", Role::LegalRepresentative),
            office(LIN, "林晓雨", Role::Director),
        ],
        investors: vec![],
        articles: Articles::SingleDirector,
        accept_similar: false,
        sign: true,
    }
}

/// Lin and Chen found one together.
pub fn pair() -> Apply {
    let mut application = solo();
    application.holders = vec![holder(LIN, "林晓雨", 600_000, 60), holder(CHEN, "陈致远", 400_000, 40)];
    application
}

pub fn identity(number: &str, name: &str) -> (String, IdentityRow) {
    let row = IdentityRow {
        person: key(number),
        name: name.into(),
        verified_on: jiff::civil::date(2026, 11, 1),
        capacity: true,
    };
    (key(number), row)
}

/// Every library answers, and nothing speaks against anything.
pub fn facts() -> Facts {
    let parts = NameParts {
        region: "测试市".into(),
        brand: "青禾".into(),
        industry: "软件".into(),
        form: "有限公司".into(),
    };
    let report = NameReport {
        version: "1".into(),
        parts,
        key: "青禾|软件".into(),
        full_key: "测试青禾软件有限公司".into(),
        hits: vec![],
    };
    let address = AddressRow {
        code: "990100000001".into(),
        text: "测试市一号楼".into(),
        used_for: AddressUse::Office,
        state: AddressState::Standing,
        firms: 0,
        shared: false,
    };
    Facts {
        name: Some(Answer::Given(report)),
        name_held_by: Some(Answer::Given(None)),
        address: Some(Answer::Given(Some(address))),
        seats_held: Some(0),
        seat: Some("990100000001#1".into()),
        identities: Some(Answer::Given(BTreeMap::from([identity(LIN, "林晓雨"), identity(CHEN, "陈致远")]))),
        dishonesty: Some(Answer::Given(vec![])),
        code: Some(UnifiedCode::issue('9', '1', "990100", "MA000001").unwrap()),
    }
}

pub fn entry(number: &str, ground: Ground, since: jiff::civil::Date) -> DishonestyRow {
    DishonestyRow {
        person: key(number),
        ground,
        since,
        case_number: "（2025）测执1号".into(),
        listed_by: "测试法院".into(),
        lifted_on: None,
    }
}

pub fn silent<T>(library: &str) -> Option<Answer<T>> {
    Some(Answer::Down(Down {
        library: library.into(),
        why: "test".into(),
    }))
}
