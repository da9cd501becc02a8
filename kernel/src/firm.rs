//! A firm as its registration says it: what other authorities are told of it, so that nobody is asked twice.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CaseId;
use crate::papers::UnifiedCode;

/// A registered firm, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// 统一社会信用代码.
    pub unified_code: UnifiedCode,
    /// 名称.
    pub name: String,
    /// Key of the legal representative (法定代表人) or operator.
    pub representative: String,
    /// Name of the legal representative or operator.
    pub representative_name: String,
    /// Unified address code of the seat.
    pub address_code: String,
    /// The seat in words.
    pub address: String,
    /// GB/T 4754 class of the main industry.
    pub industry: String,
    /// 成立日期.
    #[schemars(with = "String")]
    pub established_on: Date,
    /// The case that registered it, where that is known.
    #[serde(default)]
    pub registration: Option<CaseId>,
}
