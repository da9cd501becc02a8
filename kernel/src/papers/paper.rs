//! Any paper by which a person shows who they are, with its kind: `{ "kind": "citizen-id", "number": "…" }`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CitizenId, ForeignResident, HongKongMacaoPermit, PaperError, Passport, TaiwanPermit};

/// A person's paper. The residence permits of people of Hong Kong, Macao and Taiwan (港澳台居民居住证) are [`Paper::CitizenId`]s:
/// their numbers follow the same standard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "number", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Paper {
    /// 居民身份证, 港澳台居民居住证.
    CitizenId(CitizenId),
    /// 港澳居民来往内地通行证.
    HongKongMacaoPermit(HongKongMacaoPermit),
    /// 台湾居民来往大陆通行证.
    TaiwanPermit(TaiwanPermit),
    /// 外国人永久居留身份证.
    ForeignResident(ForeignResident),
    /// 护照.
    Passport(Passport),
}

impl Paper {
    /// Every `kind`, in the order of the variants.
    pub const KINDS: [&'static str; 5] = [
        "citizen-id",
        "hong-kong-macao-permit",
        "taiwan-permit",
        "foreign-resident",
        "passport",
    ];

    /// Reads the number as the kind says; an unknown kind gives `None`.
    pub fn try_new(kind: &str, number: &str) -> Option<Result<Self, PaperError>> {
        Some(match kind {
            "citizen-id" => CitizenId::try_new(number).map(Self::CitizenId),
            "hong-kong-macao-permit" => HongKongMacaoPermit::try_new(number).map(Self::HongKongMacaoPermit),
            "taiwan-permit" => TaiwanPermit::try_new(number).map(Self::TaiwanPermit),
            "foreign-resident" => ForeignResident::try_new(number).map(Self::ForeignResident),
            "passport" => Passport::try_new(number).map(Self::Passport),
            _ => return None,
        })
    }
    /// The kind as it stands in JSON.
    pub fn kind(&self) -> &'static str {
        let index = match self {
            Self::CitizenId(_) => 0,
            Self::HongKongMacaoPermit(_) => 1,
            Self::TaiwanPermit(_) => 2,
            Self::ForeignResident(_) => 3,
            Self::Passport(_) => 4,
        };
        Self::KINDS[index]
    }
    /// The number in canonical form.
    pub fn number(&self) -> &str {
        match self {
            Self::CitizenId(paper) => paper.as_str(),
            Self::HongKongMacaoPermit(paper) => paper.as_str(),
            Self::TaiwanPermit(paper) => paper.as_str(),
            Self::ForeignResident(paper) => paper.as_str(),
            Self::Passport(paper) => paper.as_str(),
        }
    }
    /// The number with its middle starred out.
    pub fn masked(&self) -> String {
        super::mask(self.number())
    }
    /// One text per person and kind of paper, for comparing persons: a 15-digit number and its 18-character form have one key, and so
    /// have a permit and its renewal. Two kinds of paper of one person have two keys; only a register of identities can join them.
    pub fn key(&self) -> String {
        let number = match self {
            Self::HongKongMacaoPermit(permit) => permit.lifelong(),
            _ => self.number(),
        };
        format!("{}:{number}", self.kind())
    }
}
