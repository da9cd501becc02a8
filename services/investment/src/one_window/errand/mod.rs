//! A matter at another authority (办件): opened by a one-window case, accepted, perhaps sent back for papers, done or declined. What an
//! authority asks and gives is its [`Office`]; the way of the case is the same at each.

mod account;
mod decide;
mod outline;
mod seals;
mod staff;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;

use jiff::Timestamp;
use kernel::{Bond, CaseId, Clock, Effect, Firm, Ports, Refusal, Service, Setting, Who};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use account::{Account, AccountOrder, find_slots};
pub use decide::Errand;
pub use seals::{SealOrder, Seals, find_engravers};
pub use staff::{Employment, EmploymentOrder, Fund, FundOrder, Insurance, InsuranceOrder};

/// Words that every authority shares.
const COMMON: &str = include_str!("common.toml");
/// Words of the orders, which the one form shows too.
pub const ORDER_WORDS: &str = concat!(include_str!("seals_order.toml"), include_str!("account_order.toml"));

/// What an authority asks for and what it gives.
pub trait Office: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The service's slug.
    const SLUG: &'static str;
    /// What is asked of it.
    type Order: Clone + Debug + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What its officer enters when it is done; kept as the receipt.
    type Deed: Clone + Debug + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What it has to ask before it can say anything.
    type Facts: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Asks; `deed` is what the officer wants to enter.
    fn gather(
        order: &Self::Order,
        deed: Option<&Self::Deed>,
        firm: &Firm,
        setting: &Setting,
        ports: &Ports,
    ) -> impl Future<Output = Self::Facts> + Send;
    /// Why the order can't be taken at all.
    fn admit(order: &Self::Order, facts: &Self::Facts, terms: &Terms) -> Result<(), No>;
    /// Why the deed is not what was ordered.
    fn examine(order: &Self::Order, deed: &Self::Deed, firm: &Firm, facts: &Self::Facts, terms: &Terms) -> Result<(), No>;
    /// The order with what the facts add to it, such as a numbered seat.
    fn booked(order: &Self::Order, _facts: &Self::Facts) -> Self::Order {
        order.clone()
    }
    /// What is this case's alone while the order stands: space and key.
    fn holds(_order: &Self::Order, _firm: &Firm) -> Vec<(&'static str, String)> {
        vec![]
    }
    /// What is this case's alone once the deed is done.
    fn kept(_deed: &Self::Deed) -> Vec<(&'static str, String)> {
        vec![]
    }
    /// What the opener is told of the deed.
    fn said(deed: &Self::Deed) -> BTreeMap<String, String>;
    /// A deed that no longer holds when the firm takes another name or legal representative.
    fn is_outdated(_deed: &Self::Deed, _firm: &Firm) -> bool {
        false
    }
    /// Adds what this authority offers besides.
    fn declare(service: Service) -> Service {
        service
    }
}

/// The parameters of an authority.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Terms {
    /// Working hours that it has.
    pub service_hours: u32,
    /// Engravers that the police have licensed.
    #[serde(default)]
    pub engravers: Vec<Place>,
    /// How many digits the code of a seal may have.
    #[serde(default)]
    pub seal_code_digits: Vec<usize>,
    /// Branches that open basic accounts, with the times of a day at which they receive.
    #[serde(default)]
    pub branches: Vec<Branch>,
}

/// A place that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Place {
    /// Kebab-case.
    pub id: String,
    /// Its name.
    pub name: kernel::Bilingual,
    /// Where it is.
    pub address: String,
}

/// A bank's branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Branch {
    /// Kebab-case.
    pub id: String,
    /// Its name.
    pub name: kernel::Bilingual,
    /// Where it is.
    pub address: String,
    /// Times of a working day: `09:30`.
    pub times: Vec<String>,
    /// Counters: so many firms at a time.
    pub seats: u32,
}

/// The declaration of the authority's service.
pub fn service<O: Office>(words: &str) -> Service {
    let text = format!("{words}\n{COMMON}");
    let service = Service::of::<Errand<O>>(O::SLUG, 1, &text)
        .part_of("one-window")
        .action("open", Who::Case, Command::<O>::Open)
        .action("accept", Who::Officer, Command::<O>::Accept)
        .action("ask-more", Who::Officer, Command::<O>::AskMore)
        .action("supply", Who::Owner, Command::<O>::Supply)
        .action("amend", Who::Owner, Command::<O>::Amend)
        .action("complete", Who::Officer, Command::<O>::Complete)
        .action("decline", Who::Officer, Command::<O>::Decline)
        .action("firm-changed", Who::System, Command::<O>::FirmChanged)
        .action("cancel", Who::System, Command::<O>::Cancel)
        .action("remind", Who::System, Command::<O>::Remind)
        .query("receipt", Who::Owner, Errand::<O>::receipt);
    O::declare(service)
}

/// All authorities of the one window but the tax service, whose package is a reform of its own.
pub fn services() -> Vec<Service> {
    vec![
        service::<Seals>(concat!(include_str!("seals.toml"), include_str!("seals_order.toml"))),
        service::<Account>(concat!(include_str!("account.toml"), include_str!("account_order.toml"))),
        service::<Insurance>(include_str!("insurance.toml")),
        service::<Fund>(include_str!("fund.toml")),
        service::<Employment>(include_str!("employment.toml")),
    ]
}

/// What can be asked of a matter at an authority.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Command<O: Office> {
    /// 派: another case hands it in.
    Open(Box<Open<O>>),
    /// 受理.
    Accept(Accept),
    /// 补正: papers are missing; the clock stands.
    AskMore(AskMore),
    /// The owner hands in what was missing; the clock runs on.
    Supply(Supply),
    /// The owner orders otherwise, as long as nothing is done.
    Amend(O::Order),
    /// 办结.
    Complete(O::Deed),
    /// 不予.
    Decline(Decline),
    /// The firm has another name or legal representative.
    FirmChanged(FirmChanged),
    /// The owner of the opening case has taken it back.
    Cancel(Cancel),
    /// The deadline has come.
    Remind(Remind),
}

/// What the opening case hands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "", deny_unknown_fields)]
#[schemars(bound = "O::Order: JsonSchema", rename = "Open")]
pub struct Open<O: Office> {
    /// The opening case.
    pub parent: CaseId,
    /// Key of the person whose matter it is.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The firm.
    pub firm: Firm,
    /// What is asked.
    pub order: O::Order,
}

/// Accepting takes no other word than the deed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {}

/// What is missing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskMore {
    /// Each paper by its name, all at once (一次性告知).
    #[schemars(length(min = 1, max = 20), inner(length(min = 1, max = 100)))]
    pub papers: Vec<String>,
    /// Why they are needed.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// What was missing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// In the owner's words, with the numbers of the papers.
    #[schemars(length(min = 2, max = 2000))]
    pub answer: String,
}

/// Why not.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// The grounds, told to the applicant.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// The firm as it now is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirmChanged {
    /// As registered now.
    pub firm: Firm,
}

/// The machine's own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {}

/// The machine's own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remind {}

/// What has happened to a matter at an authority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Event<O: Office> {
    /// It arrived; the clock runs.
    Opened(Box<Opened<O>>),
    /// 受理.
    Accepted {
        /// The officer.
        officer: String,
        /// When.
        at: Timestamp,
    },
    /// 补正.
    MoreAsked {
        /// What is missing.
        papers: Vec<String>,
        /// Why.
        reason: String,
        /// The clock, which stands.
        clock: Clock,
        /// When.
        at: Timestamp,
    },
    /// What was missing came.
    Supplied {
        /// The owner's words.
        answer: String,
        /// The clock, which runs.
        clock: Clock,
        /// When.
        at: Timestamp,
    },
    /// The owner orders otherwise.
    Amended {
        /// The new order.
        order: O::Order,
        /// What the old one held and the new one does not: space and key.
        given_back: Vec<(String, String)>,
        /// When.
        at: Timestamp,
    },
    /// 办结.
    Completed {
        /// What was done.
        deed: O::Deed,
        /// The officer.
        officer: String,
        /// The clock, which stands.
        clock: Clock,
        /// When.
        at: Timestamp,
    },
    /// 不予.
    Declined {
        /// Code of the rule, if the machine declined.
        code: Option<String>,
        /// The officer's grounds.
        reason: String,
        /// The officer, if one declined.
        officer: Option<String>,
        /// The clock, which stands.
        clock: Clock,
        /// When.
        at: Timestamp,
    },
    /// The firm changed; what was done in its old name is void, and the matter begins again.
    FirmChanged {
        /// As registered now.
        firm: Firm,
        /// What was done no longer holds.
        outdated: bool,
        /// The clock, which runs if there is still something to do.
        clock: Clock,
        /// When.
        at: Timestamp,
    },
    /// Taken back before it was done.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// The deadline has passed.
    Overdue {
        /// When.
        at: Timestamp,
    },
}

/// What the case begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Opened<O: Office> {
    /// The opening case and this one.
    pub bond: Bond,
    /// Key of the person whose matter it is.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The firm.
    pub firm: Firm,
    /// What is asked.
    pub order: O::Order,
    /// The clock, which runs.
    pub clock: Clock,
    /// When.
    pub at: Timestamp,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No(Refusal);

impl No {
    /// With a code of the service's texts.
    pub fn new(code: &str) -> Self {
        Self(Refusal::new(code))
    }

    /// With a value for a placeholder.
    #[must_use]
    pub fn with(self, name: &str, value: impl std::fmt::Display) -> Self {
        Self(self.0.with(name, value))
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.0.code
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        no.0
    }
}

fn hold(space: &str, key: String) -> Effect {
    Effect::Hold {
        space: space.into(),
        key,
        until: None,
    }
}

fn release(space: &str, key: String) -> Effect {
    Effect::Release { space: space.into(), key }
}
