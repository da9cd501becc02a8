//! 代办与监护: a person lets another act for himself or for his firm, or acts for a ward, within a scope and until a day.
//!
//! Legal basis: 《民法典》第一百六十一条 (what must be done in person is done by no agent), 第一百六十五条 (the mandate names the agent, the
//! matters, the powers and the time), 第一百七十三条 (agency ends with its time, by revocation, by resignation), 第十八条 (capacity),
//! 第二十三条 and 第三十四条 (a guardian is the ward's legal agent), 第六十一条 (the legal representative acts for the firm).
//!
//! Signing is within the scope only where it was granted in so many words. Nobody hands on what was entrusted to him: who acts for
//! another can't grant. A guardian's own word gives no power; an officer decides with reasons.

mod decide;
mod grant;
mod outline;
#[cfg(test)]
mod tests;

pub use decide::{Delegation, Facts, Stage, Terms};
pub use grant::{Grant, Mandate, Representative, Scope};

use jiff::Timestamp;
use jiff::civil::Date;
use kernel::{Finding, Refusal, Service, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One whole delegation, from the grant to its revocation.
pub const STORY: &str = include_str!("story.json");
/// The slug, by which the server tells a delegation from other cases.
pub const SLUG: &str = "delegation";

/// The declaration.
pub fn service() -> Service {
    Service::of::<Delegation>(SLUG, 1, include_str!("text.toml"))
        .part_of("house")
        .action("grant", Who::Applicant, Command::Grant)
        .action("accept", Who::Party, Command::Accept)
        .action("resign", Who::Party, Command::Resign)
        .action("revoke", Who::Owner, Command::Revoke)
        .action("decide", Who::Officer, Command::Decide)
        .action("end", Who::Officer, Command::End)
        .action("lapse", Who::System, Command::Lapse)
}

/// What can be asked of a delegation.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// A principal names an agent, or a guardian his ward.
    Grant(Box<Grant>),
    /// The agent takes it on.
    Accept(Accept),
    /// The agent declines, or gives it back (辞去委托).
    Resign(Why),
    /// Who granted it takes it back (取消委托).
    Revoke(Why),
    /// An officer decides a guardianship, or a firm whose representative no register knows.
    Decide(Decide),
    /// An officer ends what no longer has its ground.
    End(End),
    /// Its time has run out.
    Lapse(Lapse),
}

/// Accepting takes no other word than the deed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {}

/// Why a side steps back.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// In that side's words; may be empty.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub reason: String,
}

/// An officer's decision.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Confirm or refuse.
    pub approve: bool,
    /// The grounds, told to both sides.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// An officer's end of a delegation.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The grounds, told to both sides: the guardian was changed, the firm has another representative.
    #[schemars(length(min = 2, max = 500))]
    pub reason: String,
}

/// The machine's own deadline.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lapse {}

/// What has happened to a delegation.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub enum Event {
    /// It was granted, and gives no power yet.
    Granted(Box<Granted>),
    /// An officer has to look.
    Referred {
        /// What was found.
        findings: Vec<Finding>,
        /// When.
        at: Timestamp,
    },
    /// It waits for the agent.
    Offered {
        /// When.
        at: Timestamp,
    },
    /// An officer confirmed it.
    Approved {
        /// The officer's name.
        officer: String,
        /// The officer's grounds.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// An officer refused it.
    Refused {
        /// The officer's name.
        officer: String,
        /// The officer's grounds.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The agent took it on: from now on it is in force. A guardian did so by asking.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Who granted it took it back.
    Revoked {
        /// In his words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The agent declined it or gave it back.
    Resigned {
        /// In his words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// An officer ended it.
    Ended {
        /// The officer's name.
        officer: String,
        /// The officer's grounds.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Its time ran out.
    Lapsed {
        /// When.
        at: Timestamp,
    },
}

/// Someone of a delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// [`kernel::papers::Paper::key`], or [`kernel::papers::UnifiedCode::key`] of a firm.
    pub person: String,
    /// The name.
    pub name: String,
}

/// What the case begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Key of the person who granted it: the principal, the firm's representative, the guardian.
    pub owner: String,
    /// That person's name.
    pub owner_name: String,
    /// Of which kind it is.
    pub mandate: Mandate,
    /// For whom the agent acts.
    pub principal: Side,
    /// Who acts.
    pub agent: Side,
    /// In what, and how far.
    pub scope: Scope,
    /// Last day on which it holds.
    pub until: Date,
    /// The instant at which it ends by itself.
    pub ends_at: Timestamp,
    /// What a guardianship rests on; empty otherwise.
    pub evidence: String,
    /// When it was granted.
    pub at: Timestamp,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// Who acts for another can't grant.
    Chained,
    /// A person under eighteen can't grant, nor be agent or guardian.
    Minor {
        /// Whose.
        name: String,
    },
    /// The register of identities knows that the person lacks capacity.
    NoCapacity,
    /// The ward is of age and has capacity.
    WardOfAge,
    /// Principal and agent are one person.
    OneselfAsAgent,
    /// The last day lies before today.
    Past,
    /// The last day lies too far away.
    TooLong {
        /// The latest day.
        latest: Date,
    },
    /// Only the agent may do this.
    NotTheAgent,
    /// The case no longer takes this action.
    TooLate {
        /// Where it stands.
        status: &'static str,
    },
    /// A library that the decision needs is silent.
    LibraryDown {
        /// Which.
        library: String,
    },
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        match no {
            No::Chained => Refusal::new("chained"),
            No::Minor { name } => Refusal::new("minor").with("name", name),
            No::NoCapacity => Refusal::new("no-capacity"),
            No::WardOfAge => Refusal::new("ward-of-age"),
            No::OneselfAsAgent => Refusal::new("oneself-as-agent"),
            No::Past => Refusal::new("past"),
            No::TooLong { latest } => Refusal::new("too-long").with("latest", latest),
            No::NotTheAgent => Refusal::new("not-the-agent"),
            No::TooLate { status } => Refusal::new("too-late").with("status", status),
            No::LibraryDown { library } => Refusal::new("library-down").with("library", library),
        }
    }
}
