//! The rows of the registers that services ask: addresses, identities, dishonesty, enterprises (一网四库).

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit of the unified address register (统一地址编码库).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressRow {
    /// Address code; its length is the zone's.
    pub code: String,
    /// The address in full.
    pub text: String,
    /// What the unit may be used for.
    #[serde(rename = "use")]
    pub used_for: AddressUse,
    /// Standing, demolished, or locked.
    pub state: AddressState,
    /// Firms registered there before this register was loaded.
    #[serde(default)]
    pub firms: u32,
    /// A custodian (集群注册托管) that may seat any number of firms here.
    #[serde(default)]
    pub shared: bool,
}

/// What a unit may be used for (房屋用途).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressUse {
    /// 商业.
    Commercial,
    /// 办公.
    Office,
    /// 工业.
    Industrial,
    /// 住宅.
    Residential,
}

/// Whether a unit can seat a firm at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressState {
    /// In use.
    Standing,
    /// 已拆除.
    Demolished,
    /// 违法建筑.
    Illegal,
    /// 锁定.
    Locked,
}

/// A verified identity (实名核身数据库).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRow {
    /// [`crate::papers::Paper::key`].
    pub person: String,
    /// Name on the paper.
    pub name: String,
    /// Day of the last face check.
    pub verified_on: Date,
    /// False if a court found no or limited capacity for civil conduct.
    #[serde(default = "yes")]
    pub capacity: bool,
}

fn yes() -> bool {
    true
}

/// An entry of the dishonesty register (失信人员名单库).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DishonestyRow {
    /// [`crate::papers::Paper::key`] of the person.
    pub person: String,
    /// What it is about.
    pub ground: Ground,
    /// Day from which a period is counted: end of sentence, end of liquidation, revocation, listing.
    pub since: Date,
    /// Number of the case at the court or agency.
    pub case_number: String,
    /// Who listed it.
    pub listed_by: String,
    /// Day on which the entry was lifted.
    #[serde(default)]
    pub lifted_on: Option<Date>,
}

/// Grounds that bar a person from office (公司法 2018 art. 146, 2023 art. 178; tax and market lists).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// 失信被执行人: a large debt due and unpaid, listed by a court.
    JudgmentDefaulter,
    /// Convicted of corruption, bribery, property or market-order crimes.
    Conviction,
    /// 缓刑: probation.
    Probation,
    /// Director or manager personally liable for a bankruptcy.
    BankruptcyLiable,
    /// Legal representative, personally liable, of a firm whose licence was revoked.
    LicenceRevoked,
    /// 税务非正常户.
    TaxAbnormal,
    /// 重大税收违法.
    TaxMajorViolation,
}

/// A firm in the register of enterprises (企业名称库).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseRow {
    /// Unified code; a registry record wins over its check character.
    pub unified_code: String,
    /// Full name.
    pub name: String,
    /// Registered, cancelled, renamed or revoked.
    pub status: EnterpriseStatus,
    /// Day of the last change of status.
    #[serde(default)]
    pub since: Option<Date>,
    /// GB/T 4754 class, if known.
    #[serde(default)]
    pub industry: Option<String>,
}

/// Standing of a firm's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnterpriseStatus {
    /// 存续.
    Registered,
    /// 注销.
    Cancelled,
    /// 更名: this is the former name.
    Renamed,
    /// 吊销或撤销.
    Revoked,
}
