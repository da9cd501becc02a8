//! The application as it is handed in: one form for the company, its holders and its officers.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::papers::{Paper, UnifiedCode};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of firm is to be registered (市场主体类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 有限责任公司.
    LimitedCompany,
    /// 个体工商户.
    SoleProprietor,
}

impl Kind {
    /// As it stands in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Self::LimitedCompany => "limited-company",
            Self::SoleProprietor => "sole-proprietor",
        }
    }
}

/// How a contribution is made (出资方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// 货币.
    Currency,
    /// 实物.
    InKind,
    /// 知识产权.
    IntellectualProperty,
    /// 土地使用权.
    LandUse,
    /// 股权.
    Equity,
    /// 债权.
    Claims,
}

/// An office in the company (职务).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 法定代表人.
    LegalRepresentative,
    /// 董事 or 执行董事.
    Director,
    /// 经理.
    Manager,
    /// 监事.
    Supervisor,
}

/// Model articles that are adopted (章程范本).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Articles {
    /// One director, no board.
    SingleDirector,
    /// A board of directors.
    Board,
    /// None: a sole proprietor has no articles.
    None,
}

/// The whole application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// What is to be registered.
    pub kind: Kind,
    /// The full name: region, brand, industry, form.
    #[schemars(length(min = 2, max = 100))]
    pub name: String,
    /// Main industry, a GB/T 4754 class: `F5126`.
    #[schemars(regex(pattern = r"^[A-T][0-9]{4}$"))]
    pub industry: String,
    /// Business scope as GB/T 4754 classes.
    #[schemars(length(min = 1, max = 50), inner(regex(pattern = r"^[A-T][0-9]{4}$")))]
    pub scope: Vec<String>,
    /// Unified address code of the seat.
    #[schemars(regex(pattern = r"^[0-9]{12,40}$"))]
    pub address: String,
    /// Subscribed capital (认缴出资额) in fen.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    pub capital_fen: i64,
    /// Day by which everything is paid in (出资期限).
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub pay_by: Option<Date>,
    /// Who owns it.
    #[schemars(length(min = 1, max = 200))]
    pub holders: Vec<Holder>,
    /// Who runs it.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub officers: Vec<Officer>,
    /// Unified codes of firms that it has an investment relation with (有投资关系).
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub investors: Vec<UnifiedCode>,
    /// Model articles adopted.
    pub articles: Articles,
    /// The applicant bears the risk of a similar name (承诺).
    #[serde(default)]
    pub accept_similar: bool,
    /// The applicant signs with this form.
    #[serde(default)]
    pub sign: bool,
}

/// A holder (股东, or the operator of a sole proprietorship).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
    /// Subscribed amount in fen.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    pub amount_fen: i64,
    /// Share in percent, up to four decimals: `60.00`.
    #[schemars(with = "String", regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"))]
    pub percent: Decimal,
    /// How it is contributed.
    pub method: Method,
}

/// Someone who holds an office.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
    /// The office.
    pub role: Role,
}

impl Apply {
    /// Everyone named in the application, key to name, each person once whatever paper number was written.
    pub fn people(&self) -> BTreeMap<String, String> {
        let holders = self.holders.iter().map(|h| (h.paper.key(), h.name.clone()));
        let officers = self.officers.iter().map(|o| (o.paper.key(), o.name.clone()));
        officers.chain(holders).collect()
    }

    /// Every name that is written beside a person's number.
    pub fn names_of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a str> {
        let holders = self.holders.iter().map(|h| (&h.paper, h.name.as_str()));
        let officers = self.officers.iter().map(|o| (&o.paper, o.name.as_str()));
        holders
            .chain(officers)
            .filter(move |(paper, _)| paper.key() == person)
            .map(|(_, name)| name)
    }

    /// The person who answers for the firm: its legal representative, or the operator of a sole proprietorship.
    pub fn legal_representative(&self) -> Option<(String, &str)> {
        match self.kind {
            Kind::LimitedCompany => self
                .officers
                .iter()
                .find(|o| o.role == Role::LegalRepresentative)
                .map(|o| (o.paper.key(), o.name.as_str())),
            Kind::SoleProprietor => self.holders.first().map(|h| (h.paper.key(), h.name.as_str())),
        }
    }
}
