//! What a service may ask of the world, in plain words; the server wires who answers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::finding::{FindingWords, Outcome};
use crate::firm::Firm;
use crate::registers::{AddressRow, DishonestyRow, IdentityRow};

/// What a library said, or that it said nothing. Never `Option`: silence is not absence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer<T> {
    /// The library answered.
    Given(T),
    /// The library is not loaded, closed or out of reach.
    Down(Down),
}

/// A library that did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// Which one: `names`, `addresses`, `identities`, `dishonesty`.
    pub library: String,
    /// Why, for the log.
    pub why: String,
}

impl<T> Answer<T> {
    /// The answer, if there is one.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Down(_) => None,
        }
    }
    /// The library's silence, if that is what came.
    pub fn down(&self) -> Option<&Down> {
        match self {
            Self::Given(_) => None,
            Self::Down(down) => Some(down),
        }
    }
}

/// A question on its way.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Answer<T>> + Send + 'a>>;

/// All ports of the house; a service uses those it needs.
#[derive(Clone)]
pub struct Ports {
    /// 企业名称库.
    pub names: Arc<dyn NameLibrary>,
    /// 统一地址编码库, 实名核身数据库, 失信人员名单库.
    pub registers: Arc<dyn Registers>,
    /// Who holds what, read fresh.
    pub holds: Arc<dyn Holds>,
    /// Firms that were registered here, as they stand now.
    pub firms: Arc<dyn Firms>,
}

/// Firms that were registered in this house.
pub trait Firms: Send + Sync {
    /// The firm with this unified code; none if it was not registered here.
    fn firm<'a>(&'a self, unified_code: &'a str, now: Timestamp) -> Asked<'a, Option<Firm>>;
}

/// The library of company names, with the rules of names.
pub trait NameLibrary: Send + Sync {
    /// Reads a name as the rules do and compares it with every live name.
    fn check<'a>(&'a self, question: &'a NameQuestion) -> Asked<'a, NameReport>;
}

/// A name to be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameQuestion {
    /// As the applicant wrote it.
    pub name: String,
    /// The applicant's own case: what it has reserved is no obstacle; empty without one.
    pub own: String,
    /// GB/T 4754 class, if known.
    pub industry: Option<String>,
    /// Unified codes of firms that have an investment relation with the applicant (有投资关系).
    pub investors: Vec<String>,
    /// The day on which reservations and periods are measured.
    pub on: Date,
    /// Months for which the name of a cancelled or renamed firm stays protected.
    pub cancelled_months: u32,
    /// Months for which the name of a revoked firm stays protected.
    pub revoked_months: u32,
}

/// What the library of names found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameReport {
    /// State of the library that answered.
    pub version: String,
    /// The parts as read; a part that is not there is empty.
    pub parts: NameParts,
    /// Normalised brand and industry: two names with the same key are identical in the sense of the rules.
    pub key: String,
    /// Normalised whole text.
    pub full_key: String,
    /// Every rule that speaks against the name; none if it is free.
    pub hits: Vec<NameHit>,
}

/// The parts of a company name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameParts {
    /// 行政区划.
    pub region: String,
    /// 字号.
    pub brand: String,
    /// 行业或者经营特点.
    pub industry: String,
    /// 组织形式.
    pub form: String,
}

/// One rule that speaks against a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameHit {
    /// Rule id of the names engine.
    pub rule: String,
    /// Block, refer (needs approval) or warn.
    pub outcome: Outcome,
    /// The other name, if it is about one.
    pub against: Option<String>,
    /// The wording, if it is about one.
    pub wording: Option<String>,
    /// In words, with the legal basis.
    pub words: FindingWords,
}

/// Registers that agencies keep and the zone has loaded.
pub trait Registers: Send + Sync {
    /// State of a register, for the record; none if it is not loaded or closed.
    fn version(&self, register: &str) -> Option<String>;
    /// The unit with this address code.
    fn address<'a>(&'a self, code: &'a str) -> Asked<'a, Option<AddressRow>>;
    /// Units of a community (12-digit code), at most `limit`, for a form to choose from.
    fn addresses_in<'a>(&'a self, community: &'a str, limit: usize) -> Asked<'a, Vec<AddressRow>>;
    /// The verified identities of these persons, in their order.
    fn identities<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<Option<IdentityRow>>>;
    /// All entries about these persons.
    fn dishonesty<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<DishonestyRow>>;
    /// True if a firm with this unified code is registered.
    fn code_taken<'a>(&'a self, unified_code: &'a str) -> Asked<'a, bool>;
}

/// Holds of the journal, read fresh: what another case took a moment ago is seen.
pub trait Holds: Send + Sync {
    /// The case that holds `key` in `space` at `now`.
    fn holder<'a>(&'a self, space: &'a str, key: &'a str, now: Timestamp) -> Asked<'a, Option<String>>;
}
