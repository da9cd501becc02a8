//! 银行开户预约: a basic account (基本存款账户) at a branch, at a time when a counter is free. A firm has one (银发〔2019〕41号: reported, no longer approved).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use kernel::{Answer, Firm, Ports, Service, Setting, Who, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Branch, No, Office, Terms};

/// The bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account;

/// Where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountOrder {
    /// Id of a branch.
    #[schemars(length(min = 1, max = 60))]
    pub branch: String,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub day: Date,
    /// A time of that branch: `09:30`.
    #[schemars(regex(pattern = r"^[0-2][0-9]:[0-5][0-9]$"))]
    pub time: String,
    /// The counter, which the machine chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub seat: Option<u32>,
}

/// The account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRecord {
    /// Its number.
    #[schemars(regex(pattern = r"^[0-9]{9,32}$"))]
    pub account_number: String,
    /// Number under which it was reported to the People's Bank (备案).
    #[schemars(length(min = 1, max = 40))]
    pub filing_number: String,
}

/// What stands in the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The firm has a basic account, or another case is opening one.
    pub(super) has_account: bool,
    /// The account's number is another firm's.
    pub(super) number_taken: bool,
    /// A counter that is free then.
    pub(super) seat: Option<u32>,
    /// The day is a working day that has not passed.
    pub(super) day_open: bool,
    /// The holds could not be read.
    pub(super) silent: bool,
}

const BASIC: &str = "basic-account";
const SLOT: &str = "bank-slot";
const NUMBER: &str = "account-number";

fn slot(branch: &str, day: Date, time: &str, seat: u32) -> String {
    format!("{branch}/{day}T{time}#{seat}")
}

/// The first free counter of a branch; `own` is a case whose hold is no obstacle.
async fn free_seat(branch: &Branch, day: Date, time: &str, own: &str, now: jiff::Timestamp, ports: &Ports) -> Answer<Option<u32>> {
    for seat in 1..=branch.seats {
        match ports.holds.holder(SLOT, &slot(&branch.id, day, time, seat), now).await {
            Answer::Given(Some(holder)) if holder != own => {}
            Answer::Given(_) => return Answer::Given(Some(seat)),
            Answer::Down(down) => return Answer::Down(down),
        }
    }
    Answer::Given(None)
}

impl Office for Account {
    const SLUG: &'static str = "basic-account";
    type Order = AccountOrder;
    type Deed = AccountRecord;
    type Facts = AccountFacts;

    async fn gather(order: &AccountOrder, deed: Option<&AccountRecord>, firm: &Firm, setting: &Setting, ports: &Ports) -> AccountFacts {
        let terms: &Terms = setting.terms();
        let own = setting.case.as_str();
        let works = setting.zone.calendar.is_working_day(order.day).value;
        let mut facts = AccountFacts {
            day_open: works && order.day >= setting.today,
            ..AccountFacts::default()
        };
        match ports.holds.holder(BASIC, firm.unified_code.as_str(), setting.now).await {
            Answer::Given(holder) => facts.has_account = holder.is_some_and(|h| h != own),
            Answer::Down(_) => facts.silent = true,
        }
        if let Some(branch) = terms.branches.iter().find(|b| b.id == order.branch) {
            match free_seat(branch, order.day, &order.time, own, setting.now, ports).await {
                Answer::Given(seat) => facts.seat = seat,
                Answer::Down(_) => facts.silent = true,
            }
        }
        if let Some(deed) = deed {
            match ports.holds.holder(NUMBER, &deed.account_number, setting.now).await {
                Answer::Given(holder) => facts.number_taken = holder.is_some_and(|h| h != own),
                Answer::Down(_) => facts.silent = true,
            }
        }
        facts
    }

    fn admit(order: &AccountOrder, facts: &AccountFacts, terms: &Terms) -> Result<(), No> {
        if facts.has_account {
            return Err(No::new("second-basic-account"));
        }
        let Some(branch) = terms.branches.iter().find(|b| b.id == order.branch) else {
            return Err(No::new("no-such-branch").with("branch", &order.branch));
        };
        if !branch.times.contains(&order.time) || !facts.day_open {
            return Err(No::new("branch-closed")
                .with("day", order.day.to_string())
                .with("time", &order.time));
        }
        if facts.seat.is_none() {
            return Err(No::new("slot-full").with("day", order.day.to_string()).with("time", &order.time));
        }
        Ok(())
    }

    fn examine(_: &AccountOrder, _: &AccountRecord, _: &Firm, facts: &AccountFacts, _: &Terms) -> Result<(), No> {
        match facts {
            AccountFacts { silent: true, .. } => Err(No::new("register-silent")),
            AccountFacts { has_account: true, .. } => Err(No::new("second-basic-account")),
            AccountFacts { number_taken: true, .. } => Err(No::new("account-number-taken")),
            _ => Ok(()),
        }
    }

    fn booked(order: &AccountOrder, facts: &AccountFacts) -> AccountOrder {
        AccountOrder {
            seat: facts.seat,
            ..order.clone()
        }
    }

    fn holds(order: &AccountOrder, firm: &Firm) -> Vec<(&'static str, String)> {
        // An order without a seat was never admitted: it holds nothing.
        let Some(seat) = order.seat else { return vec![] };
        vec![
            (BASIC, firm.unified_code.as_str().to_string()),
            (SLOT, slot(&order.branch, order.day, &order.time, seat)),
        ]
    }

    fn kept(deed: &AccountRecord) -> Vec<(&'static str, String)> {
        vec![(NUMBER, deed.account_number.clone())]
    }

    fn said(deed: &AccountRecord) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("account-number".to_string(), deed.account_number.clone()),
            ("filing-number".to_string(), deed.filing_number.clone()),
        ])
    }

    fn declare(service: Service) -> Service {
        service.question("find-slots", Who::Anyone, find_slots)
    }
}

/// Where and on which day somebody wants to come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindSlots {
    /// Id of a branch; all without it.
    #[serde(default)]
    #[schemars(length(max = 60))]
    branch: Option<String>,
    /// The first day that is asked about; today without it.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    from: Option<Date>,
}

/// A branch with its free times.
#[derive(Debug, Serialize)]
pub struct FreeSlots {
    #[serde(flatten)]
    branch: Branch,
    /// Days with times at which a counter is free.
    days: Vec<FreeDay>,
}

/// A day with free times.
#[derive(Debug, Serialize)]
pub struct FreeDay {
    day: Date,
    free: Vec<String>,
}

/// Working days that one answer looks ahead.
const DAYS_AHEAD: usize = 5;

/// The branches with their free times on the next working days.
pub async fn find_slots(question: FindSlots, zone: Arc<Zone>, today: Date, ports: Ports) -> Vec<FreeSlots> {
    let terms = zone.terms_on(Account::SLUG, today).ok();
    let terms: Option<Terms> = terms.and_then(|json| serde_json::from_value(json).ok());
    let branches = terms.map(|terms| terms.branches).unwrap_or_default();
    let wanted = |b: &Branch| question.branch.as_ref().is_none_or(|id| *id == b.id);
    let first = question.from.unwrap_or(today).max(today);
    let days: Vec<Date> = std::iter::successors(first.tomorrow().ok(), |day| day.tomorrow().ok())
        .filter(|day| zone.calendar.is_working_day(*day).value)
        .take(DAYS_AHEAD)
        .collect();
    let midnight = kernel::setting::end_of_day(today, zone.time_zone());
    let mut found = vec![];
    for branch in branches.into_iter().filter(wanted) {
        let mut free_days = vec![];
        for day in &days {
            let mut free = vec![];
            for time in &branch.times {
                if let Answer::Given(Some(_)) = free_seat(&branch, *day, time, "", midnight, &ports).await {
                    free.push(time.clone());
                }
            }
            free_days.push(FreeDay { day: *day, free });
        }
        found.push(FreeSlots { branch, days: free_days });
    }
    found
}
