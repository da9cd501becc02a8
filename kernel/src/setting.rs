//! The circumstances of a decision: when, who, in which zone, with which drawn number. A recorded setting replays exactly.

use std::any::Any;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, AgencyId, CaseId};
use crate::zone::Zone;

/// All that a decision may know besides state, command and facts.
#[derive(Clone)]
pub struct Setting {
    /// The case that is decided.
    pub case: CaseId,
    /// The instant of the decision.
    pub now: Timestamp,
    /// The same instant as a day in the zone.
    pub today: Date,
    /// Who acts.
    pub actor: Actor,
    /// Drawn by the server for this decision and recorded with it.
    pub seed: u64,
    /// The zone's pack.
    pub zone: Arc<Zone>,
    /// The service's parameters of this day, of type `Matter::Terms`.
    terms: Arc<dyn Any + Send + Sync>,
}

impl Setting {
    /// Puts a setting together; `terms` must be the `Matter::Terms` of the service that decides.
    pub fn new(case: CaseId, now: Timestamp, actor: Actor, seed: u64, zone: Arc<Zone>, terms: Arc<dyn Any + Send + Sync>) -> Self {
        let today = day_in_zone(now, &zone);
        Self {
            case,
            now,
            today,
            actor,
            seed,
            zone,
            terms,
        }
    }
    /// The service's dated parameters as they are in force today.
    pub fn terms<T: Any + Send + Sync>(&self) -> &T {
        self.terms.downcast_ref().expect("the service's own terms are put into its setting")
    }
    /// The `n`-th number that follows from the seed (SplitMix64); the same for the same seed.
    pub fn draw(&self, n: u64) -> u64 {
        let mut z = self.seed.wrapping_add((n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// The day after which `months` months have passed since today, counted by date (民法典 art. 202).
    pub fn months_from_today(&self, months: u32) -> Date {
        self.today.saturating_add(jiff::Span::new().months(i64::from(months)))
    }
}

/// The civil day of an instant in the zone's own time.
pub fn day_in_zone(now: Timestamp, zone: &Zone) -> Date {
    now.to_zoned(zone.time_zone()).date()
}

/// Midnight that begins the day after `day` in the zone: the instant when something valid through `day` ends.
pub fn end_of_day(day: Date, time_zone: TimeZone) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day);
    next.to_zoned(time_zone).map(|z| z.timestamp()).unwrap_or(Timestamp::MAX)
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Actor {
    /// A person whose paper was checked at registration of the account.
    Person {
        /// The account.
        account: AccountId,
        /// [`crate::papers::Paper::key`] of the person.
        person: String,
        /// The person's name.
        name: String,
        /// Who acts in the person's stead, if someone does: the account is then the agent's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Agent>,
    },
    /// An officer of an agency.
    Officer {
        /// The account.
        account: AccountId,
        /// The officer's name.
        name: String,
        /// The agency that the officer decides for.
        agency: AgencyId,
    },
    /// The machine: a timer, an effect, an automatic decision.
    System,
}

/// Who acts for another person or a firm (代理人), and by which delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// [`crate::papers::Paper::key`] of the agent.
    pub person: String,
    /// The agent's name.
    pub name: String,
    /// The case of the delegation.
    pub delegation: CaseId,
}

impl Actor {
    /// Who acts in the person's stead, if someone does.
    pub fn agent(&self) -> Option<&Agent> {
        match self {
            Self::Person { by, .. } => by.as_ref(),
            Self::Officer { .. } | Self::System => None,
        }
    }
    /// The account, if a human acts.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Person { account, .. } | Self::Officer { account, .. } => Some(account),
            Self::System => None,
        }
    }
    /// The person's key, if a citizen acts.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Person { person, .. } => Some(person),
            Self::Officer { .. } | Self::System => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_of_before_delegations_reads_and_writes_as_it_did() {
        let old = r#"{"is":"person","account":"lin","person":"citizen-id:1","name":"林晓雨"}"#;
        let actor: Actor = serde_json::from_str(old).unwrap();
        assert_eq!(actor.agent(), None);
        assert_eq!(serde_json::to_string(&actor).unwrap(), old);
    }
}
