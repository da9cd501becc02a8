//! 企业登记“秒批”: a company is registered with no human, checked against four libraries, in the time of one click.
//!
//! Legal basis: 《企业名称登记管理规定》(国务院令第734号), 《企业名称禁限用规则》《企业名称相同相近比对规则》(工商企注字〔2017〕133号),
//! 《公司法》(2018 art. 146; 2023 art. 47 and 178 from 2024-07-01), GB 32100-2015, the zone's unified address code.
//!
//! The applicant hands in one form; every party signs; the last signature starts the review in the same commit. The machine then
//! approves and issues the licence, rejects with the exact rule, refers to an officer, or waits for a library that is down.

mod application;
mod change;
mod checks;
mod consequences;
mod decide;
mod facts;
mod licence;
mod names;
mod outline;
pub mod preview;
pub(crate) mod questions;
mod reports;
#[cfg(test)]
mod tests;

pub use application::{Apply, Articles, Holder, Kind, Method, Officer, Role};
pub use change::Change;
pub use decide::{Registration, Stage};
pub use facts::Facts;
pub use licence::{Licence, ScopeItem};
pub use names::{NameChange, name_change};

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use kernel::{Bond, CaseId, Finding, Refusal, Service, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One whole registration, from the form to the licence.
pub const STORY: &str = include_str!("story.json");

/// The declaration.
pub fn service() -> Service {
    Service::of::<Registration>("instant-registration", 1, include_str!("text.toml"))
        .action("apply", Who::Applicant, Command::Apply)
        .action("sign", Who::Party, Command::Sign)
        .action("commission", Who::Case, Command::Commission)
        .action("change", Who::Officer, Command::Change)
        .action("withdraw", Who::Owner, Command::Withdraw)
        .action("decide", Who::Officer, Command::Decide)
        .action("cancel", Who::System, Command::Cancel)
        .action("watch", Who::System, Command::Watch)
        .action("review", Who::System, Command::Review)
        .action("lapse", Who::System, Command::Lapse)
        .action("archive", Who::System, Command::Archive)
        .query("licence", Who::Anyone, Registration::licence)
        .query("firm", Who::System, Registration::firm)
        .question("check-name", Who::Anyone, questions::check_name)
        .question("find-addresses", Who::Anyone, questions::find_addresses)
        .question("find-industries", Who::Anyone, questions::find_industries)
}

/// What can be asked of a registration.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// Hands in the whole application.
    Apply(Apply),
    /// Another case hands in the application that it was given (企业开办一窗通).
    Commission(Box<Commission>),
    /// A party signs the application as it stands.
    Sign(Sign),
    /// An officer enters a change of name or legal representative (变更登记).
    Change(Change),
    /// The owner takes the application back before it is decided.
    Withdraw(Withdraw),
    /// An officer decides a referred application.
    Decide(Decide),
    /// The machine reviews again what a silent library held up.
    Review(Review),
    /// The case that handed the application in takes it back.
    Cancel(Archive),
    /// Another case wants to know what becomes of this firm.
    Watch(Watch),
    /// The time for signing has run out.
    Lapse(Lapse),
    /// The file is closed after the licence was issued.
    Archive(Archive),
}

/// An application that another case hands in for its applicant.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// The whole application.
    pub application: Apply,
    /// Key of the person who gave it to the other case, and who signs if the application says so.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The other case.
    pub parent: CaseId,
}

/// Who wants to know.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The other case.
    pub parent: CaseId,
}

/// Signing takes no other word than the deed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {}

/// Why the application is taken back.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// In the owner's words; may be empty.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub reason: String,
}

/// An officer's decision.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Approve or reject.
    pub approve: bool,
    /// The grounds, told to the applicant.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// The machine's own retry.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {}

/// The machine's own deadline.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lapse {}

/// The machine's own filing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archive {}

/// What has happened to a registration.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub enum Event {
    /// The application was handed in; its name and its seat at the address are held, unless a rule already spoke against it.
    Applied(Box<Applied>),
    /// A party's identity was found verified.
    IdentityConfirmed {
        /// Key of the person.
        person: String,
        /// Day of the face check.
        verified_on: Date,
    },
    /// A party signed.
    Signed {
        /// Key of the person.
        person: String,
        /// Name of the person.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// Everyone has signed; the application is complete.
    Submitted {
        /// When.
        at: Timestamp,
    },
    /// A library did not answer; the machine will ask again.
    ReviewPending {
        /// Libraries that were silent.
        waiting_for: Vec<String>,
        /// What was found so far.
        findings: Vec<Finding>,
        /// When it will ask again.
        retry_at: Timestamp,
        /// How many times it has asked.
        attempt: u32,
    },
    /// Outside what the machine may decide; an officer will.
    Referred {
        /// What was found.
        findings: Vec<Finding>,
        /// When.
        at: Timestamp,
    },
    /// 准予登记.
    Approved {
        /// What was found.
        findings: Vec<Finding>,
        /// The officer's name, or none when the machine decided.
        officer: Option<String>,
        /// The officer's grounds.
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// 驳回, with every rule that was broken.
    Rejected {
        /// What was found.
        findings: Vec<Finding>,
        /// The officer's name, or none when the machine decided.
        officer: Option<String>,
        /// The officer's grounds.
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The electronic licence, with its unified code.
    LicenceIssued(Box<Licence>),
    /// The file is closed.
    Archived {
        /// When.
        at: Timestamp,
    },
    /// 变更登记: the firm has another name or legal representative from now on.
    Changed(Box<change::Changed>),
    /// Another case is told from now on.
    Watched {
        /// Which.
        bond: Bond,
    },
    /// The owner took the application back.
    Withdrawn {
        /// In the owner's words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Not everyone signed in time; the name is free again.
    Lapsed {
        /// When.
        at: Timestamp,
    },
}

/// What the case begins with.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Applied {
    /// As handed in.
    pub application: Apply,
    /// Key of the person who handed it in.
    pub owner: String,
    /// Everyone who has to sign, by key and name.
    pub signers: BTreeMap<String, String>,
    /// The address in words, if the register knew it.
    pub address_text: Option<String>,
    /// Keys under which the name is held; empty if it is not.
    pub name_keys: Vec<String>,
    /// The seat at the address that is held.
    pub seat: Option<String>,
    /// Until when name and seat are held.
    pub held_until: Timestamp,
    /// What a first look found.
    pub findings: Vec<Finding>,
    /// When.
    pub at: Timestamp,
    /// The case that handed it in, if it was not a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bond: Option<Bond>,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// The name is similar to others and the applicant has not accepted the risk (承诺).
    SimilarName {
        /// The nearest of them.
        against: String,
    },
    /// The person has signed already.
    AlreadySigned,
    /// The person's identity is not verified, or too long ago.
    IdentityNotVerified,
    /// The case no longer takes this action.
    TooLate {
        /// Where it stands.
        status: &'static str,
    },
    /// A rule that no officer may set aside speaks against it.
    RuleForbids {
        /// The rule.
        rule: String,
    },
    /// A change that changes nothing.
    NothingChanges,
    /// A library that the decision needs is silent.
    LibraryDown {
        /// Which.
        library: String,
    },
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        match no {
            No::SimilarName { against } => Refusal::new("similar-name").with("against", against),
            No::AlreadySigned => Refusal::new("already-signed"),
            No::IdentityNotVerified => Refusal::new("identity-not-verified"),
            No::TooLate { status } => Refusal::new("too-late").with("status", status),
            No::RuleForbids { rule } => Refusal::new("rule-forbids").with("rule", rule),
            No::NothingChanges => Refusal::new("nothing-changes"),
            No::LibraryDown { library } => Refusal::new("library-down").with("library", library),
        }
    }
}
