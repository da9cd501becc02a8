//! The state of a package and its four functions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::case::{Outline, Stage};
use kernel::finding::Finding;
use kernel::{Answer, Bond, Effect, Firm, Matter, Ports, Setting};
use serde::Serialize;
use serde_json::json;

use super::order::{Delivery, GeneralTaxpayer, Person, Submit, Way};
use super::review::{self, Facts, Terms};
use super::stock::{InvoiceKind, Segment};
use super::{Command, Event, Granted, Item, No, SLUG, Standing, Submitted, granting, outline};

/// Where a package stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing was handed in.
    #[default]
    Draft,
    /// A register is silent.
    Pending,
    /// With an officer.
    Referred,
    /// Granted; device and invoices are made ready.
    Preparing,
    /// On its way, or waiting at the counter.
    Sent,
    /// Nothing is left to be done.
    Closed,
    /// Taken back.
    Withdrawn,
}

/// A package as its events have made it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Package {
    pub(super) phase: Phase,
    pub(super) submitted: Option<Box<Submitted>>,
    pub(super) granted: Option<Box<Granted>>,
    pub(super) findings: Vec<Finding>,
    pub(super) waiting_for: Vec<String>,
    pub(super) attempts: u32,
    pub(super) account_number: Option<String>,
    pub(super) device_number: Option<String>,
    /// Parcels that were begun; one, if none was lost.
    pub(super) parcel: u32,
    /// Stocks that were asked for the parcel, with how many.
    pub(super) asked: BTreeMap<InvoiceKind, (String, u32)>,
    pub(super) invoices: BTreeMap<InvoiceKind, Segment>,
    pub(super) lost: Vec<Segment>,
    pub(super) waybill: Option<(String, String)>,
    pub(super) route: Vec<(Timestamp, String)>,
    pub(super) received_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) overdue: bool,
}

impl Package {
    /// What was granted, for the firm's files.
    pub fn notice(&self) -> Option<serde_json::Value> {
        let (granted, submitted) = (self.granted.as_deref()?, self.submitted.as_deref()?);
        Some(json!({
            "firm": submitted.firm.name, "unified_code": submitted.firm.unified_code, "grant": granted.grant,
            "special_limit_yuan": granted.grant.special_limit.yuan(), "general_taxpayer_from": granted.general_taxpayer_from,
            "invoices": self.invoices, "device_number": self.device_number, "items": self.items(),
        }))
    }

    /// How each of the ten matters stands.
    pub fn items(&self) -> BTreeMap<Item, Standing> {
        let stands = |item: Item| (item, self.standing(item));
        Item::ALL.into_iter().map(stands).collect()
    }

    fn standing(&self, item: Item) -> Standing {
        let Some(submitted) = self.submitted.as_deref() else {
            return Standing::Open;
        };
        let (order, granted) = (&submitted.order, self.granted.as_deref());
        let asked = match item {
            Item::GeneralTaxpayer => order.general_taxpayer != GeneralTaxpayer::No,
            Item::FaceLimit => order.special_copies > 0,
            Item::InvoiceKinds | Item::Device | Item::Invoices => order.special_copies + order.ordinary_copies > 0,
            Item::Registration | Item::AccountingSystem | Item::AccountReport | Item::RealName | Item::DirectDebit => true,
        };
        if !asked {
            return Standing::NotAsked;
        }
        let Some(granted) = granted else { return Standing::Open };
        if let Some(reason) = granted.rejected.get(&item) {
            return Standing::Rejected { reason: reason.clone() };
        }
        let done = match item {
            Item::AccountReport | Item::DirectDebit if self.account_number.is_none() => return Standing::AwaitsAccount,
            Item::Device => self.device_number.is_some(),
            Item::Invoices => self.received_at.is_some(),
            _ => true,
        };
        if done { Standing::Granted } else { Standing::Open }
    }

    /// Invoices of a kind that are still to be given out.
    pub(super) fn wanted(&self) -> BTreeMap<InvoiceKind, u32> {
        let Some(granted) = self.granted.as_deref().filter(|g| !g.rejected.contains_key(&Item::Invoices)) else {
            return BTreeMap::new();
        };
        let copies = InvoiceKind::ALL.into_iter().map(|kind| (kind, granted.grant.copies(kind)));
        copies.filter(|(_, copies)| *copies > 0).collect()
    }

    /// Device and invoices are there, so that a parcel can leave.
    pub(super) fn is_packed(&self) -> bool {
        let device = self.device_number.is_some() || !matches!(self.standing(Item::Device), Standing::Open);
        device && self.wanted().keys().all(|kind| self.invoices.contains_key(kind))
    }

    fn has_parcel(&self) -> bool {
        !self.wanted().is_empty() || matches!(self.standing(Item::Device), Standing::Open | Standing::Granted)
    }

    fn tell(&self, stage: Stage, at: Timestamp) -> Option<Effect> {
        let submitted = self.submitted.as_deref()?;
        let bond: &Bond = submitted.bond.as_ref()?;
        let mut report = bond.report(SLUG, stage, at);
        report.due = Some(submitted.due).filter(|_| !stage.is_closed());
        if let Some(granted) = self.granted.as_deref() {
            report
                .said
                .insert("special-copies".into(), granted.grant.special_copies.to_string());
            report
                .said
                .insert("ordinary-copies".into(), granted.grant.ordinary_copies.to_string());
        }
        report
            .said
            .extend(self.device_number.iter().map(|n| ("device-number".to_string(), n.clone())));
        Some(bond.tell(&report))
    }

    fn notify(&self, notice: &str) -> Option<Effect> {
        let submitted = self.submitted.as_deref()?;
        let mut with = BTreeMap::from([("name".to_string(), submitted.firm.name.clone())]);
        with.extend(
            self.waybill
                .iter()
                .flat_map(|(courier, number)| [("courier".to_string(), courier.clone()), ("waybill".to_string(), number.clone())]),
        );
        Some(Effect::Notify {
            person: submitted.owner.clone(),
            notice: notice.into(),
            with,
        })
    }

    fn to_stocks(&self, action: &str, count: bool) -> Vec<Effect> {
        let Some(submitted) = self.submitted.as_deref() else {
            return vec![];
        };
        let to_stock = |(stock, copies): &(String, u32)| {
            let mut input = json!({"package": submitted.own, "parcel": self.parcel});
            if count {
                input["count"] = json!(copies);
            }
            Some(Effect::Perform {
                case: Some(kernel::CaseId::try_new(stock).ok()?),
                action: action.into(),
                input,
                at: None,
            })
        };
        self.asked.values().filter_map(to_stock).collect()
    }
}

impl Matter for Package {
    type State = Self;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;
    type Terms = Terms;
    type Refusal = No;

    async fn gather(state: &Self, command: &Command, setting: &Setting, ports: &Ports) -> Facts {
        match (command, state.submitted.as_deref()) {
            (Command::Submit(submit), _) => {
                let firm = ports.firms.firm(submit.unified_code.as_str(), setting.now).await;
                let mut facts = match firm.given() {
                    Some(Some(known)) => review::gather(known, &people_of(known, submit), setting, ports).await,
                    _ => Facts::default(),
                };
                facts.firm = Some(firm);
                facts
            }
            (Command::Open(given), _) => {
                let agent = given.tax_agent.iter().map(|a| a.person.clone());
                let people: Vec<String> = std::iter::once(given.firm.representative.clone()).chain(agent).collect();
                review::gather(&given.firm, &people, setting, ports).await
            }
            (Command::Decide(_) | Command::Review(_), Some(submitted)) => {
                let people: Vec<String> = submitted.people().into_keys().collect();
                review::gather(&submitted.firm, &people, setting, ports).await
            }
            (Command::RequestStock(_) | Command::ReportLost(_), Some(_)) => Facts {
                stocks: review::stocks(setting, ports).await,
                ..Facts::default()
            },
            (Command::IssueDevice(device), Some(_)) => {
                let holder = ports.holds.holder("tax-device", &device.device_number, setting.now).await;
                let other = match holder {
                    Answer::Given(holder) => Answer::Given(holder.filter(|h| h != setting.case.as_str())),
                    down @ Answer::Down(_) => down,
                };
                Facts {
                    package: Some(other),
                    ..Facts::default()
                }
            }
            _ => Facts::default(),
        }
    }

    fn decide(state: &Self, command: &Command, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
        let at = setting.now;
        match (command, state.phase) {
            (Command::Submit(submit), Phase::Draft) => granting::by_hand(submit, facts, setting),
            (Command::Open(given), Phase::Draft) => granting::by_case(given, facts, setting),
            (Command::Review(_), Phase::Pending) => state.review(facts, setting),
            (Command::Decide(decision), Phase::Referred) => granting::by_officer(state, decision, facts, setting),
            (
                Command::ReportAccount(report) | Command::LearnAccount(report),
                Phase::Pending | Phase::Referred | Phase::Preparing | Phase::Sent,
            ) if state.account_number.is_none() => {
                let known = Event::AccountKnown {
                    account_number: report.account_number.clone(),
                    at,
                };
                Ok(state.and_close(vec![known], at))
            }
            (Command::IssueDevice(device), Phase::Preparing) if state.standing(Item::Device) == Standing::Open => match &facts.package {
                Some(Answer::Given(None)) => Ok(vec![Event::DeviceIssued {
                    device_number: device.device_number.clone(),
                    at,
                }]),
                Some(Answer::Given(Some(_))) => Err(No::DeviceTaken),
                _ => Err(No::LibraryDown { library: "journal".into() }),
            },
            (Command::RequestStock(_), Phase::Preparing) => {
                let asked = state.ask_stock(facts, state.parcel.max(1), at);
                let more = matches!(&asked, Event::StockAsked { from, .. } if from.len() > state.asked.len());
                if more { Ok(vec![asked]) } else { Err(No::NoStock) }
            }
            (Command::Allocated(given), Phase::Preparing) if given.parcel == state.parcel && !state.invoices.contains_key(&given.kind) => {
                Ok(vec![Event::InvoicesAllocated {
                    kind: given.kind,
                    segment: given.segment.clone(),
                    at,
                }])
            }
            (Command::Dispatch(parcel), Phase::Preparing) => match state.is_packed() && state.has_parcel() {
                true => Ok(vec![Event::Dispatched {
                    courier: parcel.courier.clone(),
                    waybill: parcel.waybill.clone(),
                    at,
                }]),
                false => Err(No::NotReady),
            },
            (Command::Track(seen), Phase::Sent) => Ok(vec![Event::Tracked {
                said: seen.said.clone(),
                at,
            }]),
            (Command::ReportLost(lost), Phase::Sent) if state.received_at.is_none() => {
                let lost = Event::ParcelLost {
                    reason: lost.reason.clone(),
                    at,
                };
                Ok(vec![lost, state.ask_stock(facts, state.parcel + 1, at)])
            }
            (Command::Receive(_), Phase::Sent) if state.received_at.is_none() => Ok(state.and_close(vec![Event::Received { at }], at)),
            (Command::Receive(_), Phase::Preparing) if state.is_packed() && state.at_counter() => {
                Ok(state.and_close(vec![Event::Received { at }], at))
            }
            (Command::Withdraw(_) | Command::Cancel(_), Phase::Pending | Phase::Referred) => Ok(vec![Event::Withdrawn { at }]),
            (Command::FirmChanged(changed), Phase::Pending | Phase::Referred | Phase::Preparing | Phase::Sent) => {
                Ok(vec![Event::FirmChanged {
                    firm: changed.firm.clone(),
                    at,
                }])
            }
            (Command::Remind(_), Phase::Pending | Phase::Referred | Phase::Preparing) if !state.overdue => {
                let late = state.submitted.as_deref().is_some_and(|s| s.due.at <= at);
                if late { Ok(vec![Event::Overdue { at }]) } else { Err(No::TooLate) }
            }
            _ => Err(No::TooLate),
        }
    }

    fn evolve(state: &mut Self, event: &Event) {
        match event {
            Event::Submitted(submitted) => {
                state.phase = Phase::Pending;
                state.account_number.clone_from(&submitted.account_number);
                state.submitted = Some(submitted.clone());
            }
            Event::ReviewPending {
                waiting_for,
                findings,
                attempt,
                ..
            } => {
                state.waiting_for.clone_from(waiting_for);
                state.findings.clone_from(findings);
                state.attempts = *attempt;
            }
            Event::Referred { findings, .. } => {
                state.phase = Phase::Referred;
                state.waiting_for.clear();
                state.findings.clone_from(findings);
            }
            Event::Granted(granted) => {
                state.phase = Phase::Preparing;
                state.waiting_for.clear();
                state.findings.clone_from(&granted.findings);
                state.granted = Some(granted.clone());
            }
            Event::AccountKnown { account_number, .. } => state.account_number = Some(account_number.clone()),
            Event::DeviceIssued { device_number, .. } => state.device_number = Some(device_number.clone()),
            Event::StockAsked { parcel, from, .. } => {
                state.parcel = *parcel;
                state.asked.clone_from(from);
            }
            Event::InvoicesAllocated { kind, segment, .. } => {
                state.invoices.insert(*kind, segment.clone());
            }
            Event::Dispatched { courier, waybill, .. } => {
                state.phase = Phase::Sent;
                state.waybill = Some((courier.clone(), waybill.clone()));
            }
            Event::Tracked { said, at } => state.route.push((*at, said.clone())),
            Event::ParcelLost { .. } => {
                state.phase = Phase::Preparing;
                state.lost.extend(std::mem::take(&mut state.invoices).into_values());
                // The device went with it.
                state.device_number = None;
                state.waybill = None;
                state.route.clear();
            }
            Event::Received { at } => {
                state.phase = Phase::Sent;
                state.received_at = Some(*at);
            }
            Event::Closed { at } => {
                state.phase = Phase::Closed;
                state.closed_at = Some(*at);
            }
            Event::FirmChanged { firm, .. } => {
                if let Some(submitted) = &mut state.submitted {
                    submitted.firm = firm.clone();
                }
            }
            Event::Withdrawn { at } => {
                state.phase = Phase::Withdrawn;
                state.closed_at = Some(*at);
            }
            Event::Overdue { .. } => state.overdue = true,
        }
    }

    fn react(state: &Self, event: &Event) -> Vec<Effect> {
        let hold = |space: &str, key: &str| Effect::Hold {
            space: space.into(),
            key: key.into(),
            until: None,
        };
        let own = |action: &str, at: Timestamp| Effect::Perform {
            case: None,
            action: action.into(),
            input: json!({}),
            at: Some(at),
        };
        let mut effects = vec![];
        match event {
            Event::Submitted(submitted) => {
                effects.push(hold("tax-package", submitted.firm.unified_code.as_str()));
                effects.push(own("remind", submitted.due.at));
                effects.extend(state.tell(Stage::Sent, submitted.at));
            }
            Event::ReviewPending { retry_at, .. } => effects.push(own("review", *retry_at)),
            Event::Referred { at, .. } => {
                effects.extend(state.notify("referred"));
                effects.extend(state.tell(Stage::Accepted, *at));
            }
            Event::Granted(granted) => {
                effects.extend(state.notify("granted"));
                effects.extend(state.tell(Stage::Accepted, granted.at));
            }
            Event::StockAsked { .. } => effects.extend(state.to_stocks("allocate", true)),
            Event::DeviceIssued { device_number, .. } => effects.push(hold("tax-device", device_number)),
            Event::Dispatched { .. } => {
                effects.extend(state.to_stocks("ship", false));
                effects.extend(state.notify("dispatched"));
            }
            Event::ParcelLost { .. } => {
                effects.extend(state.to_stocks("void", false));
                effects.extend(state.notify("lost"));
            }
            Event::Received { .. } => effects.extend(state.to_stocks("sign-for", false)),
            Event::Closed { at } => {
                effects.extend(state.notify("closed"));
                effects.extend(state.tell(Stage::Delivered, *at));
            }
            Event::Withdrawn { at } => {
                let code = state.submitted.as_deref().map(|s| s.firm.unified_code.as_str().to_string());
                effects.extend(code.map(|key| Effect::Release {
                    space: "tax-package".into(),
                    key,
                }));
                effects.extend(state.tell(Stage::Cancelled, *at));
            }
            Event::Overdue { .. } => effects.extend(state.notify("overdue")),
            Event::AccountKnown { .. } | Event::InvoicesAllocated { .. } | Event::Tracked { .. } | Event::FirmChanged { .. } => {}
        }
        effects
    }

    fn is_by_machine(event: &Event) -> bool {
        match event {
            Event::Granted(granted) => granted.officer.is_none(),
            Event::ReviewPending { .. }
            | Event::Referred { .. }
            | Event::StockAsked { .. }
            | Event::InvoicesAllocated { .. }
            | Event::Closed { .. }
            | Event::FirmChanged { .. }
            | Event::Overdue { .. } => true,
            _ => false,
        }
    }

    fn outline(state: &Self) -> Outline {
        outline::of(state)
    }
}

impl Package {
    pub(super) fn at_counter(&self) -> bool {
        self.submitted.as_deref().is_some_and(|s| s.delivery.way == Way::Counter)
    }

    /// Adds the closing, if nothing is left to be done after these events.
    pub(super) fn and_close(&self, mut events: Vec<Event>, at: Timestamp) -> Vec<Event> {
        let mut after = self.clone();
        events.iter().for_each(|event| Self::evolve(&mut after, event));
        let done = after.granted.is_some() && (after.received_at.is_some() || !after.has_parcel());
        let open = |standing: &Standing| matches!(standing, Standing::Open | Standing::AwaitsAccount);
        if done && !after.items().values().any(open) {
            events.push(Event::Closed { at });
        }
        events
    }

    /// What is asked of the stocks for a parcel; a kind that no stock keeps is left out, and asked for again by an officer.
    pub(super) fn ask_stock(&self, facts: &Facts, parcel: u32, at: Timestamp) -> Event {
        let missing = |kind: &InvoiceKind| parcel > self.parcel || !self.asked.contains_key(kind);
        let wanted = self.wanted().into_iter().filter(|(kind, _)| missing(kind));
        let mut from: BTreeMap<InvoiceKind, (String, u32)> = wanted
            .filter_map(|(kind, copies)| Some((kind, (facts.stocks.get(&kind)?.clone(), copies))))
            .collect();
        if parcel == self.parcel {
            from.extend(self.asked.clone());
        }
        Event::StockAsked { parcel, from, at }
    }

    fn review(&self, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
        let submitted = self.submitted.as_deref().ok_or(No::TooLate)?;
        Ok(granting::by_machine(self, submitted, facts, setting))
    }
}

impl Submitted {
    /// The legal representative and the agent, key to name.
    pub(super) fn people(&self) -> BTreeMap<String, String> {
        let representative = representative(&self.firm);
        [representative, self.tax_agent.clone()]
            .into_iter()
            .map(|p| (p.person, p.name))
            .collect()
    }
}

pub(super) fn representative(firm: &Firm) -> Person {
    Person {
        person: firm.representative.clone(),
        name: firm.representative_name.clone(),
    }
}

fn people_of(firm: &Firm, submit: &Submit) -> Vec<String> {
    let agent = submit.tax_agent.iter().map(|a| a.paper.key());
    std::iter::once(firm.representative.clone()).chain(agent).collect()
}

impl Delivery {
    /// Where the parcel goes.
    pub(super) fn place<'a>(&'a self, firm: &'a Firm) -> &'a str {
        if self.address.trim().is_empty() {
            &firm.address
        } else {
            &self.address
        }
    }
}
