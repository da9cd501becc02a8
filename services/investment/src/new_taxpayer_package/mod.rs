//! 新办纳税人“套餐式”服务: a new firm asks for ten tax matters at once; the machine reviews, invoices and device come by courier, and the
//! signature on delivery closes the case.
//!
//! Legal basis: 《中华人民共和国税收征收管理法》及其实施细则 (accounting system and accounts within fifteen days), 国家税务总局公告2018年第29号
//! (first request for invoices: two working days, quantities), 《增值税一般纳税人登记管理办法》(国家税务总局令第43号).
//!
//! Each matter is granted or rejected by itself. What a first request may not have is cut down to what it may; more is a licence of
//! its own, later. Invoices belong to the firm only when it has signed for them.

mod decide;
mod granting;
mod order;
mod outline;
mod review;
pub mod stock;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::case::Due;
use kernel::{Bond, CaseId, Finding, Firm, Refusal, Service, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use decide::Package;
pub use order::{Accounting, Delivery, FaceLimit, GeneralTaxpayer, Person, Submit, TaxAgent, TaxOrder, Way};
pub use review::{Facts, Grant, Terms};
use stock::{InvoiceKind, Segment};

/// One whole package, from the request to the signature on delivery.
pub const STORY: &str = include_str!("story.json");
/// Words of what is asked for, which the one window shows too.
pub const ORDER_WORDS: &str = include_str!("order.toml");

const SLUG: &str = "new-taxpayer-package";

/// The declaration.
pub fn service() -> Service {
    Service::of::<Package>(SLUG, 1, concat!(include_str!("text.toml"), include_str!("order.toml")))
        .action("submit", Who::Applicant, Command::Submit)
        .action("open", Who::Case, Command::Open)
        .action("decide", Who::Officer, Command::Decide)
        .action("report-account", Who::Owner, Command::ReportAccount)
        .action("learn-account", Who::System, Command::LearnAccount)
        .action("issue-device", Who::Officer, Command::IssueDevice)
        .action("request-stock", Who::Officer, Command::RequestStock)
        .action("allocated", Who::System, Command::Allocated)
        .action("dispatch", Who::Officer, Command::Dispatch)
        .action("track", Who::Officer, Command::Track)
        .action("report-lost", Who::Officer, Command::ReportLost)
        .action("receive", Who::Owner, Command::Receive)
        .action("withdraw", Who::Owner, Command::Withdraw)
        .action("firm-changed", Who::System, Command::FirmChanged)
        .action("review", Who::System, Command::Review)
        .action("cancel", Who::System, Command::Cancel)
        .action("remind", Who::System, Command::Remind)
        .query("grant", Who::Owner, Package::notice)
}

/// The package and what belongs to it.
pub fn services() -> Vec<Service> {
    vec![service(), stock::service()]
}

/// One of the ten matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// 登记信息确认.
    Registration,
    /// 财务会计制度及核算软件备案.
    AccountingSystem,
    /// 存款账户账号报告.
    AccountReport,
    /// 一般纳税人登记.
    GeneralTaxpayer,
    /// 票种核定.
    InvoiceKinds,
    /// 专票最高开票限额, an administrative licence.
    FaceLimit,
    /// 实名采集.
    RealName,
    /// 税控设备初始发行.
    Device,
    /// 发票领用.
    Invoices,
    /// 三方协议.
    DirectDebit,
}

impl Item {
    /// All ten, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Registration,
        Self::RealName,
        Self::AccountingSystem,
        Self::AccountReport,
        Self::DirectDebit,
        Self::GeneralTaxpayer,
        Self::InvoiceKinds,
        Self::FaceLimit,
        Self::Device,
        Self::Invoices,
    ];
}

/// How a matter stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Standing {
    /// 办理中.
    Open,
    /// It can go on when the account is known.
    AwaitsAccount,
    /// 办结.
    Granted,
    /// 不予.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The firm did not ask for it.
    NotAsked,
}

/// What can be asked of a package.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// A firm hands in its request.
    Submit(Submit),
    /// The one window hands it in.
    Open(Box<Open>),
    /// An officer decides a referred package, matter by matter.
    Decide(Decide),
    /// The firm reports its account.
    ReportAccount(ReportAccount),
    /// The bank has opened the account.
    LearnAccount(ReportAccount),
    /// 发行.
    IssueDevice(IssueDevice),
    /// Asks the stock again.
    RequestStock(Nothing),
    /// The stock has set invoices aside.
    Allocated(Allocated),
    /// 出库, 邮寄.
    Dispatch(Dispatch),
    /// The courier's word.
    Track(Track),
    /// The parcel is lost.
    ReportLost(ReportLost),
    /// 签收.
    Receive(Nothing),
    /// The firm takes its request back before it is decided.
    Withdraw(Nothing),
    /// The firm has another name or legal representative.
    FirmChanged(FirmChanged),
    /// A register that was silent is asked again.
    Review(Nothing),
    /// The one window's case was taken back.
    Cancel(Nothing),
    /// The deadline has come.
    Remind(Nothing),
}

/// What the one window hands in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The opening case.
    pub parent: CaseId,
    /// Key of the person whose matter it is.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The firm.
    pub firm: Firm,
    /// What it wants.
    pub order: TaxOrder,
    /// Who deals with the tax service; the legal representative himself without it.
    #[serde(default)]
    pub tax_agent: Option<Person>,
    /// The account, if it is known already.
    #[serde(default)]
    pub account_number: Option<String>,
    /// Where everything is sent.
    pub delivery: Delivery,
}

/// An officer's decision.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Matters that are rejected, each with its reason; all others are granted.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub rejected: Vec<RejectedItem>,
    /// Special invoices a month; as asked, up to the limit of a first request, without it.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000))]
    pub special_copies: Option<u32>,
    /// Ordinary invoices a month; likewise.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000))]
    pub ordinary_copies: Option<u32>,
    /// What was looked into, on the spot or on paper, told to the firm.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// A matter that is not granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectedItem {
    /// Which.
    pub item: Item,
    /// Why.
    #[schemars(length(min = 2, max = 300))]
    pub reason: String,
}

/// The firm's account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportAccount {
    /// Its number.
    #[schemars(regex(pattern = r"^[0-9]{9,32}$"))]
    pub account_number: String,
}

/// The device on which invoices are signed (税控设备).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueDevice {
    /// Its number.
    #[schemars(regex(pattern = r"^[0-9]{8,16}$"))]
    pub device_number: String,
}

/// What the stock has set aside.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allocated {
    /// The kind.
    pub kind: InvoiceKind,
    /// For which parcel.
    pub parcel: u32,
    /// Which numbers.
    pub segment: Segment,
}

/// A parcel leaves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// Who carries it.
    #[schemars(length(min = 2, max = 40))]
    pub courier: String,
    /// Number of the waybill.
    #[schemars(regex(pattern = r"^[0-9A-Za-z]{8,30}$"))]
    pub waybill: String,
}

/// Where the parcel was seen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Place and what happened there.
    #[schemars(length(min = 2, max = 100))]
    pub said: String,
}

/// How it was lost.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportLost {
    /// What the courier says.
    #[schemars(length(min = 2, max = 300))]
    pub reason: String,
}

/// The firm as it now is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirmChanged {
    /// As registered now.
    pub firm: Firm,
}

/// No other word than the deed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What has happened to a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The request came in; the clock runs.
    Submitted(Box<Submitted>),
    /// A register did not answer; the machine will ask again.
    ReviewPending {
        /// Which.
        waiting_for: Vec<String>,
        /// What was found so far.
        findings: Vec<Finding>,
        /// When it will ask again.
        retry_at: Timestamp,
        /// How many times it has asked.
        attempt: u32,
    },
    /// An officer has to look.
    Referred {
        /// What was found.
        findings: Vec<Finding>,
        /// When.
        at: Timestamp,
    },
    /// Granted, matter by matter.
    Granted(Box<Granted>),
    /// The account is known.
    AccountKnown {
        /// Its number.
        account_number: String,
        /// When.
        at: Timestamp,
    },
    /// 发行.
    DeviceIssued {
        /// Its number.
        device_number: String,
        /// When.
        at: Timestamp,
    },
    /// The stock is asked for invoices.
    StockAsked {
        /// Parcel for which they are meant.
        parcel: u32,
        /// Stocks by kind, with how many of each.
        from: BTreeMap<InvoiceKind, (String, u32)>,
        /// When.
        at: Timestamp,
    },
    /// Invoices were set aside.
    InvoicesAllocated {
        /// The kind.
        kind: InvoiceKind,
        /// Which numbers.
        segment: Segment,
        /// When.
        at: Timestamp,
    },
    /// 出库, 邮寄.
    Dispatched {
        /// Who carries it.
        courier: String,
        /// Its number.
        waybill: String,
        /// When.
        at: Timestamp,
    },
    /// Seen somewhere.
    Tracked {
        /// Place and what happened there.
        said: String,
        /// When.
        at: Timestamp,
    },
    /// Lost: its invoices are void, others take their place.
    ParcelLost {
        /// What the courier says.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// 签收.
    Received {
        /// When.
        at: Timestamp,
    },
    /// Nothing is left to be done.
    Closed {
        /// When.
        at: Timestamp,
    },
    /// The firm has another name or legal representative.
    FirmChanged {
        /// As registered now.
        firm: Firm,
        /// When.
        at: Timestamp,
    },
    /// Taken back.
    Withdrawn {
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
pub struct Submitted {
    /// The one window's case, if it came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bond: Option<Bond>,
    /// This case.
    pub own: CaseId,
    /// Key of the person whose matter it is.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// The firm.
    pub firm: Firm,
    /// What it wants.
    pub order: TaxOrder,
    /// Who deals with the tax service.
    pub tax_agent: Person,
    /// Where everything is sent.
    pub delivery: Delivery,
    /// The account, if it is known.
    pub account_number: Option<String>,
    /// By when the tax service has to be done.
    pub due: Due,
    /// When.
    pub at: Timestamp,
}

/// What was granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Granted {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Invoices.
    pub grant: Grant,
    /// Matters that were not granted, with the reason.
    pub rejected: BTreeMap<Item, String>,
    /// First day as a general taxpayer.
    #[serde(default)]
    pub general_taxpayer_from: Option<jiff::civil::Date>,
    /// The officer, or none when the machine decided.
    pub officer: Option<String>,
    /// The officer's grounds.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// The case no longer takes this action.
    TooLate,
    /// No firm with this code was registered here.
    NoSuchFirm,
    /// The one who asks is not the firm's legal representative.
    NotTheRepresentative,
    /// The firm has a package already.
    SecondPackage {
        /// Its case.
        case: String,
    },
    /// More than a first request may have.
    BeyondFirstRequest,
    /// A register that the decision needs is silent.
    LibraryDown {
        /// Which.
        library: String,
    },
    /// Invoices or device are not there yet.
    NotReady,
    /// The device is another firm's.
    DeviceTaken,
    /// There is no stock of a kind.
    NoStock,
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        match no {
            No::TooLate => Refusal::new("too-late"),
            No::NoSuchFirm => Refusal::new("no-such-firm"),
            No::NotTheRepresentative => Refusal::new("not-the-representative"),
            No::SecondPackage { case } => Refusal::new("second-package").with("case", case),
            No::BeyondFirstRequest => Refusal::new("beyond-first-request"),
            No::LibraryDown { library } => Refusal::new("library-down").with("library", library),
            No::NotReady => Refusal::new("not-ready"),
            No::DeviceTaken => Refusal::new("device-taken"),
            No::NoStock => Refusal::new("no-stock"),
        }
    }
}
