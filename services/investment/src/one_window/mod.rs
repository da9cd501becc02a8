//! 企业开办“一窗通”: one form, one login. The registration comes first; then seals, account, taxes, social insurance, housing fund and
//! employment run side by side at their own authorities, each at its own pace.
//!
//! Legal basis: 《优化营商环境条例》(国务院令第722号) art. 19; the matters rest on their own laws, which their guides name.
//!
//! Each matter is a case of its own at its authority. This case opens them once the firm is registered, learns from their reports how
//! they stand, and hands on what one of them made and another needs. An authority that fails holds up only its own matter.

mod decide;
pub mod errand;
mod form;
mod orders;
mod outline;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{Bilingual, CaseId, Firm, OpeningRefused, Refusal, Report, Service, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant_registration::questions;

pub use decide::OneWindow;
pub use form::{Continue, Duty, Matter, Member, Staff, Start, Wishes};

/// One whole start-up, from the form to the collection.
pub const STORY: &str = include_str!("story.json");

const SLUG: &str = "one-window";

/// The declaration.
pub fn service() -> Service {
    let text = [
        include_str!("text.toml"),
        errand::ORDER_WORDS,
        crate::new_taxpayer_package::ORDER_WORDS,
    ]
    .concat();
    Service::of::<OneWindow>(SLUG, 1, &text)
        .action("start", Who::Applicant, Command::Start)
        .action("continue", Who::Applicant, Command::Continue)
        .action("add", Who::Owner, Command::Add)
        .action("withdraw", Who::Owner, Command::Withdraw)
        .action("collect", Who::Owner, Command::Collect)
        .action("hand-over", Who::Officer, Command::HandOver)
        .action("report", Who::System, Command::Report)
        .action("refused", Who::System, Command::Refused)
        .question("check-name", Who::Anyone, questions::check_name)
        .question("find-addresses", Who::Anyone, questions::find_addresses)
        .question("find-industries", Who::Anyone, questions::find_industries)
        .question("find-engravers", Who::Anyone, errand::find_engravers)
        .question("find-slots", Who::Anyone, errand::find_slots)
}

/// The one window and the authorities behind it.
pub fn services() -> Vec<Service> {
    let mut services = vec![service()];
    services.extend(errand::services());
    services
}

/// What can be asked of a start-up.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// A firm is to be set up.
    Start(Start),
    /// A registered firm wants the other matters.
    Continue(Continue),
    /// Further matters, later (二次补办).
    Add(Wishes),
    /// The owner takes back what is not done yet.
    Withdraw(Nothing),
    /// The owner has everything in hand.
    Collect(Nothing),
    /// The counter has handed everything over.
    HandOver(HandOver),
    /// A matter says how it stands.
    Report(Report),
    /// A matter could not be opened.
    Refused(OpeningRefused),
}

/// No other word than the deed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// To whom it was given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Name of who received it.
    #[schemars(length(min = 1, max = 60))]
    pub receiver: String,
}

/// What has happened to a start-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The form came in.
    Started(Box<Started>),
    /// The firm is registered; its matters are opened.
    Registered {
        /// As registered.
        firm: Firm,
        /// Matters that are opened now.
        opened: Vec<Matter>,
        /// When.
        at: Timestamp,
    },
    /// The registration came to nothing.
    RegistrationFailed {
        /// Rejected, taken back or lapsed.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// Further matters were chosen.
    Added {
        /// All that is now wished.
        wishes: Wishes,
        /// Matters that are opened now.
        opened: Vec<Matter>,
        /// When.
        at: Timestamp,
    },
    /// A matter says how it stands.
    Reported {
        /// Which.
        matter: Option<Matter>,
        /// Its words.
        report: Box<Report>,
    },
    /// A matter could not be opened.
    MatterRefused {
        /// Which; none for the registration.
        matter: Option<Matter>,
        /// Why.
        code: String,
        /// Why, in words.
        message: Bilingual,
        /// When.
        at: Timestamp,
    },
    /// The firm has another name or legal representative; every matter is told.
    FirmChanged {
        /// As registered now.
        firm: Firm,
        /// When.
        at: Timestamp,
    },
    /// Every chosen matter is closed; what came of them can be collected.
    Ready {
        /// When.
        at: Timestamp,
    },
    /// 送达.
    Collected {
        /// Name of who received it, at the counter.
        receiver: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Taken back before it was done.
    Withdrawn {
        /// Matters that are told to stop.
        stopped: Vec<CaseId>,
        /// When.
        at: Timestamp,
    },
}

/// What the case begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// This case.
    pub own: CaseId,
    /// Key of the person who handed it in.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The form, for a firm that does not exist yet.
    pub form: Option<Box<Start>>,
    /// The firm, if it exists.
    pub firm: Option<Firm>,
    /// The matters.
    pub wishes: Wishes,
    /// When.
    pub at: Timestamp,
}

/// How a matter stands, from its last report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its case, once it is opened.
    pub case: Option<CaseId>,
    /// Its service.
    pub service: String,
    /// How far it is.
    pub stage: kernel::Stage,
    /// By when its authority has to be done.
    pub due: Option<kernel::Due>,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Working time that its authority spent on it, in seconds.
    pub spent_seconds: Option<i64>,
    /// What came of it.
    pub said: BTreeMap<String, String>,
    /// The words of a refusal to open it.
    pub refused: Option<Bilingual>,
    /// When it last reported.
    pub reported_at: Option<Timestamp>,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// The case no longer takes this action.
    TooLate,
    /// A chosen matter lacks what it needs.
    Lacking {
        /// Which.
        matter: Matter,
    },
    /// A matter was chosen before and runs or is done.
    ChosenBefore {
        /// Which.
        matter: Matter,
    },
    /// The firm has a basic account.
    SecondBasicAccount,
    /// No firm with this code was registered here.
    NoSuchFirm,
    /// The one who asks is not the firm's legal representative.
    NotTheRepresentative,
    /// A rule of the registration speaks against it.
    RuleForbids {
        /// The rule.
        rule: String,
    },
    /// The name is similar to others and the risk was not accepted.
    SimilarName {
        /// The nearest of them.
        against: String,
    },
    /// A person stands twice in the form.
    PersonTwice {
        /// Who.
        person: String,
    },
    /// A register that the decision needs is silent.
    LibraryDown {
        /// Which.
        library: String,
    },
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        match no {
            No::TooLate => Refusal::new("too-late"),
            No::Lacking { matter } => Refusal::new("lacking").with("matter", matter.slug()),
            No::ChosenBefore { matter } => Refusal::new("chosen-before").with("matter", matter.slug()),
            No::SecondBasicAccount => Refusal::new("second-basic-account"),
            No::NoSuchFirm => Refusal::new("no-such-firm"),
            No::NotTheRepresentative => Refusal::new("not-the-representative"),
            No::RuleForbids { rule } => Refusal::new("rule-forbids").with("rule", rule),
            No::SimilarName { against } => Refusal::new("similar-name").with("against", against),
            No::PersonTwice { person } => Refusal::new("person-twice").with("person", person),
            No::LibraryDown { library } => Refusal::new("library-down").with("library", library),
        }
    }
}
