//! What a new taxpayer asks for, and where it is to be sent.

use kernel::papers::{Paper, UnifiedCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which standards the books follow (财务会计制度).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Accounting {
    /// 小企业会计准则.
    SmallEnterpriseStandards,
    /// 企业会计准则.
    EnterpriseStandards,
}

/// From when the firm wants to be a general taxpayer (增值税一般纳税人).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GeneralTaxpayer {
    /// Not at all, as long as the law does not compel it.
    No,
    /// From the first day of this month.
    ThisMonth,
    /// From the first day of the next month.
    NextMonth,
}

/// The highest amount of one special invoice (最高开票限额), without tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaceLimit {
    /// 一千元.
    Thousand,
    /// 一万元.
    TenThousand,
    /// 十万元.
    HundredThousand,
    /// 一百万元.
    Million,
}

impl FaceLimit {
    /// In yuan.
    pub fn yuan(self) -> i64 {
        match self {
            Self::Thousand => 1_000,
            Self::TenThousand => 10_000,
            Self::HundredThousand => 100_000,
            Self::Million => 1_000_000,
        }
    }
}

/// What the firm wants from the tax service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxOrder {
    /// Standards of its books.
    pub accounting: Accounting,
    /// Software of its books.
    #[serde(default)]
    #[schemars(length(max = 60))]
    pub software: String,
    /// General taxpayer.
    pub general_taxpayer: GeneralTaxpayer,
    /// Special invoices (增值税专用发票) a month.
    #[schemars(range(min = 0, max = 10_000))]
    pub special_copies: u32,
    /// Highest amount of one of them.
    pub special_limit: FaceLimit,
    /// Ordinary invoices (增值税普通发票) a month.
    #[schemars(range(min = 0, max = 10_000))]
    pub ordinary_copies: u32,
}

/// How things reach the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// 邮寄.
    Courier,
    /// 窗口领取.
    Counter,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// By courier or at the counter.
    pub way: Way,
    /// Another address than the seat.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub address: String,
    /// Mobile number of who receives it.
    #[schemars(regex(pattern = r"^1[0-9]{10}$"))]
    pub mobile: String,
}

/// Who deals with the tax service for the firm (办税人员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxAgent {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
}

/// A person by key and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// [`Paper::key`].
    pub person: String,
    /// Name.
    pub name: String,
}

/// The whole request, as a firm that exists makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The firm.
    pub unified_code: UnifiedCode,
    /// What it wants.
    pub order: TaxOrder,
    /// Who deals with the tax service; the legal representative himself without it.
    #[serde(default)]
    pub tax_agent: Option<TaxAgent>,
    /// Number of its account, if it has one.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9]{9,32}$"))]
    pub account_number: Option<String>,
    /// Where everything is sent.
    pub delivery: Delivery,
}
