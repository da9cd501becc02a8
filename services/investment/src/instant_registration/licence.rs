//! The electronic licence (营业执照) and the unified code on it.

use jiff::civil::Date;
use kernel::papers::UnifiedCode;
use kernel::{Bilingual, Setting, Zone};
use serde::{Deserialize, Serialize};

use super::application::{Apply, Kind};

/// What a licence says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Licence {
    /// 统一社会信用代码.
    pub unified_code: UnifiedCode,
    /// 名称.
    pub name: String,
    /// 类型.
    pub kind: Kind,
    /// 法定代表人 or 经营者.
    pub legal_representative: String,
    /// 注册资本, in fen.
    pub capital_fen: i64,
    /// 成立日期.
    pub established_on: Date,
    /// 住所.
    pub address: String,
    /// 经营范围.
    pub scope: Vec<ScopeItem>,
    /// 登记机关.
    pub registrar: Bilingual,
}

/// One item of the business scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeItem {
    /// GB/T 4754 class.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// The alphabet of organisation codes that are issued here: GB 11714 without the letters that GB 32100 leaves out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The `n`-th code that this decision may try; the server makes sure that none is ever given twice (hold `unified-code`).
pub fn candidate(kind: Kind, setting: &Setting, n: u64) -> Option<UnifiedCode> {
    let series = &setting.zone.card.unified_code;
    let mut drawn = setting.draw(n);
    let mut body = series.organisation_prefix.clone();
    while body.len() < 8 {
        body.push(char::from(ALPHABET[(drawn % 31) as usize]));
        drawn /= 31;
    }
    // GB 32100: 9 is the market regulator; under it 1 is an enterprise, 2 a sole proprietorship.
    let class = match kind {
        Kind::LimitedCompany => '1',
        Kind::SoleProprietor => '2',
    };
    UnifiedCode::issue('9', class, &series.division, &body).ok()
}

/// Writes the licence of an approved application.
pub fn issue(application: &Apply, address_text: &str, code: UnifiedCode, setting: &Setting) -> Licence {
    Licence {
        unified_code: code,
        name: application.name.clone(),
        kind: application.kind,
        legal_representative: application
            .legal_representative()
            .map(|(_, name)| name.to_string())
            .unwrap_or_default(),
        capital_fen: application.capital_fen,
        established_on: setting.today,
        address: address_text.to_string(),
        scope: application.scope.iter().map(|code| scope_item(code, &setting.zone)).collect(),
        registrar: registrar(&setting.zone),
    }
}

fn scope_item(code: &str, zone: &Zone) -> ScopeItem {
    ScopeItem {
        code: code.to_string(),
        name: zone.industries.get(code).cloned().unwrap_or_else(|| code.to_string()),
    }
}

fn registrar(zone: &Zone) -> Bilingual {
    let agency = zone.card.handled_by.get("instant-registration");
    let named = agency.and_then(|id| zone.card.agencies.get(id));
    named.cloned().unwrap_or_else(|| zone.card.name.clone())
}
