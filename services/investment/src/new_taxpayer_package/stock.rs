//! 发票库存: the invoices of one kind that the tax service has in store. Numbers are given out in contiguous segments, each once.
//!
//! At every moment 入库 = 在库 + 在途 + 已签 + 作废: what came in lies in store, is on its way, was signed for or is void.

use std::collections::BTreeMap;

use kernel::case::{Outline, Step, StepState};
use kernel::{CaseId, Effect, Matter, Ports, Refusal, Service, Setting, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The declaration.
pub fn service() -> Service {
    Service::of::<Stock>("invoice-stock", 1, include_str!("stock.toml"))
        .part_of("new-taxpayer-package")
        .action("receive", Who::Clerk, Command::Receive)
        .action("restock", Who::Officer, Command::Restock)
        .action("allocate", Who::System, Command::Allocate)
        .action("ship", Who::System, Command::Ship)
        .action("sign-for", Who::System, Command::SignFor)
        .action("void", Who::System, Command::Void)
        .query("account", Who::Officer, |stock: &Stock| Some(stock.account()))
}

/// A kind of invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceKind {
    /// 增值税专用发票.
    Special,
    /// 增值税普通发票.
    Ordinary,
}

impl InvoiceKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Special, Self::Ordinary];

    /// As it stands in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Special => "special",
            Self::Ordinary => "ordinary",
        }
    }
}

/// Numbers that follow one another under one code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// 发票代码, ten or twelve digits.
    #[schemars(regex(pattern = r"^([0-9]{10}|[0-9]{12})$"))]
    pub code: String,
    /// The first 发票号码, of eight digits.
    #[schemars(range(min = 1, max = 99_999_999))]
    pub first: u32,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: u32,
}

impl Segment {
    /// The number after the last.
    pub fn end(&self) -> u32 {
        self.first + self.count
    }

    /// Shares a number with another.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.code == other.code && self.first < other.end() && other.first < self.end()
    }
}

/// The first delivery of a kind.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// The kind.
    pub kind: InvoiceKind,
    /// What came.
    pub segment: Segment,
}

/// What a package wants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// The package.
    pub package: CaseId,
    /// Which of its parcels: a lost one is followed by another.
    pub parcel: u32,
    /// How many.
    pub count: u32,
}

/// Something happens to a package's parcel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParcelMoves {
    /// The package.
    pub package: CaseId,
    /// Which of its parcels.
    pub parcel: u32,
}

/// What can be asked of a stock.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// 入库, the first.
    Receive(Receive),
    /// 入库.
    Restock(Segment),
    /// 领用.
    Allocate(Allocate),
    /// 出库.
    Ship(ParcelMoves),
    /// 签收.
    SignFor(ParcelMoves),
    /// 作废 or 挂失.
    Void(ParcelMoves),
}

/// What has happened to a stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Invoices came in.
    Received {
        /// Their kind.
        kind: InvoiceKind,
        /// Which.
        segment: Segment,
        /// The stock's own case.
        own: CaseId,
    },
    /// A package has its segment.
    Allocated {
        /// The package.
        package: CaseId,
        /// Its parcel.
        parcel: u32,
        /// Which numbers.
        segment: Segment,
    },
    /// There are not enough in a row; the package waits for the next delivery.
    Queued {
        /// The package.
        package: CaseId,
        /// Its parcel.
        parcel: u32,
        /// How many it waits for.
        count: u32,
    },
    /// On its way.
    Shipped {
        /// The package.
        package: CaseId,
        /// Its parcel.
        parcel: u32,
    },
    /// Signed for: from now on they are the firm's.
    SignedFor {
        /// The package.
        package: CaseId,
        /// Its parcel.
        parcel: u32,
    },
    /// Lost or taken back: they may never be used.
    Voided {
        /// The package.
        package: CaseId,
        /// Its parcel.
        parcel: u32,
    },
}

/// Where a package's segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In store, set aside.
    Reserved,
    /// 在途.
    InTransit,
    /// 已签.
    Signed,
    /// 作废.
    Void,
}

/// What a package was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    /// Which numbers.
    pub segment: Segment,
    /// Where they are.
    pub place: Place,
}

/// The sums of a stock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// 入库.
    pub received: u64,
    /// 在库: free or set aside.
    pub in_store: u64,
    /// 在途.
    pub in_transit: u64,
    /// 已签.
    pub signed: u64,
    /// 作废.
    pub void: u64,
}

/// Who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    package: CaseId,
    parcel: u32,
    count: u32,
}

/// A stock as its events have made it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stock {
    kind: Option<InvoiceKind>,
    received: Vec<Segment>,
    free: Vec<Segment>,
    portions: BTreeMap<String, Portion>,
    queue: Vec<Waiting>,
}

/// A parcel of a package.
fn key(package: &CaseId, parcel: u32) -> String {
    format!("{package}#{parcel}")
}

impl Stock {
    /// The sums.
    pub fn account(&self) -> Account {
        let sum = |segments: &[Segment]| segments.iter().map(|s| u64::from(s.count)).sum::<u64>();
        let at = |place: Place| {
            let there = self.portions.values().filter(|p| p.place == place);
            there.map(|p| u64::from(p.segment.count)).sum::<u64>()
        };
        Account {
            received: sum(&self.received),
            in_store: sum(&self.free) + at(Place::Reserved),
            in_transit: at(Place::InTransit),
            signed: at(Place::Signed),
            void: at(Place::Void),
        }
    }

    /// Everything that was ever given out.
    pub fn portions(&self) -> impl Iterator<Item = &Portion> {
        self.portions.values()
    }

    /// The first `count` numbers in a row.
    fn cut(free: &[Segment], count: u32) -> Option<Segment> {
        let from = free.iter().find(|segment| segment.count >= count)?;
        Some(Segment { count, ..from.clone() })
    }

    fn take(free: &mut Vec<Segment>, taken: &Segment) {
        for segment in free.iter_mut().filter(|s| s.code == taken.code && s.first == taken.first) {
            segment.first += taken.count;
            segment.count -= taken.count;
        }
        free.retain(|segment| segment.count > 0);
    }

    /// Serves who waits, in the order in which they came, out of what is now free.
    fn serve(&self, arrived: &Segment) -> Vec<Event> {
        let mut free = self.free.clone();
        free.push(arrived.clone());
        let mut served = vec![];
        for waiting in &self.queue {
            let Some(segment) = Self::cut(&free, waiting.count) else { break };
            Self::take(&mut free, &segment);
            served.push(Event::Allocated {
                package: waiting.package.clone(),
                parcel: waiting.parcel,
                segment,
            });
        }
        served
    }

    fn receive(&self, kind: InvoiceKind, segment: &Segment, setting: &Setting) -> Result<Vec<Event>, No> {
        if segment.first.checked_add(segment.count - 1).is_none_or(|last| last > 99_999_999) {
            return Err(No::BeyondNumbers);
        }
        if self.received.iter().any(|had| had.overlaps(segment)) {
            return Err(No::Overlap {
                code: segment.code.clone(),
            });
        }
        let mut events = vec![Event::Received {
            kind,
            segment: segment.clone(),
            own: setting.case.clone(),
        }];
        events.extend(self.serve(segment));
        Ok(events)
    }

    fn place(&self, moves: &ParcelMoves) -> Option<Place> {
        self.portions.get(&key(&moves.package, moves.parcel)).map(|p| p.place)
    }
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// Some of these numbers came in before.
    Overlap {
        /// The code.
        code: String,
    },
    /// A number has eight digits.
    BeyondNumbers,
    /// Another stock keeps invoices of this kind, or of this code.
    StockExists,
    /// Done before, or not possible now.
    TooLate,
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        match no {
            No::Overlap { code } => Refusal::new("overlap").with("code", code),
            No::BeyondNumbers => Refusal::new("beyond-numbers"),
            No::StockExists => Refusal::new("stock-exists"),
            No::TooLate => Refusal::new("too-late"),
        }
    }
}

/// Whether another stock stands in the way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StockFacts {
    elsewhere: bool,
}

/// A stock has no parameters.
#[derive(Debug, Clone, Deserialize)]
pub struct NoTerms {}

impl Matter for Stock {
    type State = Self;
    type Command = Command;
    type Event = Event;
    type Facts = StockFacts;
    type Terms = NoTerms;
    type Refusal = No;

    async fn gather(_: &Self, command: &Command, setting: &Setting, ports: &Ports) -> StockFacts {
        let asked = match command {
            Command::Receive(first) => vec![("invoice-stock", first.kind.slug()), ("invoice-code", first.segment.code.as_str())],
            Command::Restock(segment) => vec![("invoice-code", segment.code.as_str())],
            Command::Allocate(_) | Command::Ship(_) | Command::SignFor(_) | Command::Void(_) => vec![],
        };
        let mut facts = StockFacts::default();
        for (space, key) in asked {
            let holder = ports.holds.holder(space, key, setting.now).await;
            facts.elsewhere |= holder
                .given()
                .is_none_or(|h| h.as_deref().is_some_and(|h| h != setting.case.as_str()));
        }
        facts
    }

    fn decide(state: &Self, command: &Command, facts: &StockFacts, setting: &Setting) -> Result<Vec<Event>, No> {
        if facts.elsewhere {
            return Err(No::StockExists);
        }
        match command {
            Command::Receive(first) => state.receive(first.kind, &first.segment, setting),
            Command::Restock(segment) => state.receive(state.kind.ok_or(No::TooLate)?, segment, setting),
            Command::Allocate(want) => {
                let known = state.portions.contains_key(&key(&want.package, want.parcel));
                let waits = state.queue.iter().any(|w| w.package == want.package && w.parcel == want.parcel);
                if known || waits || want.count == 0 {
                    return Err(No::TooLate);
                }
                // Whoever waits comes first.
                let segment = Self::cut(&state.free, want.count).filter(|_| state.queue.is_empty());
                let (package, parcel) = (want.package.clone(), want.parcel);
                Ok(vec![match segment {
                    Some(segment) => Event::Allocated { package, parcel, segment },
                    None => Event::Queued {
                        package,
                        parcel,
                        count: want.count,
                    },
                }])
            }
            Command::Ship(moves) => match state.place(moves) {
                Some(Place::Reserved) => Ok(vec![Event::Shipped {
                    package: moves.package.clone(),
                    parcel: moves.parcel,
                }]),
                _ => Err(No::TooLate),
            },
            Command::SignFor(moves) => match state.place(moves) {
                Some(Place::Reserved | Place::InTransit) => Ok(vec![Event::SignedFor {
                    package: moves.package.clone(),
                    parcel: moves.parcel,
                }]),
                _ => Err(No::TooLate),
            },
            Command::Void(moves) => match state.place(moves) {
                Some(Place::Reserved | Place::InTransit) => Ok(vec![Event::Voided {
                    package: moves.package.clone(),
                    parcel: moves.parcel,
                }]),
                _ => Err(No::TooLate),
            },
        }
    }

    fn evolve(state: &mut Self, event: &Event) {
        match event {
            Event::Received { kind, segment, .. } => {
                state.kind = Some(*kind);
                state.received.push(segment.clone());
                state.free.push(segment.clone());
            }
            Event::Allocated { package, parcel, segment } => {
                Self::take(&mut state.free, segment);
                state.queue.retain(|w| w.package != *package || w.parcel != *parcel);
                let portion = Portion {
                    segment: segment.clone(),
                    place: Place::Reserved,
                };
                state.portions.insert(key(package, *parcel), portion);
            }
            Event::Queued { package, parcel, count } => state.queue.push(Waiting {
                package: package.clone(),
                parcel: *parcel,
                count: *count,
            }),
            Event::Shipped { package, parcel } => state.put(package, *parcel, Place::InTransit),
            Event::SignedFor { package, parcel } => state.put(package, *parcel, Place::Signed),
            Event::Voided { package, parcel } => state.put(package, *parcel, Place::Void),
        }
    }

    fn react(state: &Self, event: &Event) -> Vec<Effect> {
        let hold = |space: &str, key: &str| Effect::Hold {
            space: space.into(),
            key: key.into(),
            until: None,
        };
        match event {
            Event::Received { kind, segment, .. } => vec![hold("invoice-stock", kind.slug()), hold("invoice-code", &segment.code)],
            Event::Allocated { package, parcel, segment } => vec![Effect::Perform {
                case: Some(package.clone()),
                action: "allocated".into(),
                input: json!({"kind": state.kind, "parcel": parcel, "segment": segment}),
                at: None,
            }],
            Event::Queued { .. } | Event::Shipped { .. } | Event::SignedFor { .. } | Event::Voided { .. } => vec![],
        }
    }

    fn is_by_machine(event: &Event) -> bool {
        !matches!(event, Event::Received { .. })
    }

    fn outline(state: &Self) -> Outline {
        let Some(kind) = state.kind else { return Outline::default() };
        let account = state.account();
        Outline {
            status: if state.queue.is_empty() { "in-store" } else { "waited-for" }.into(),
            title: match kind {
                InvoiceKind::Special => "增值税专用发票 / special invoices".into(),
                InvoiceKind::Ordinary => "增值税普通发票 / ordinary invoices".into(),
            },
            steps: vec![Step {
                name: "received".into(),
                state: StepState::Done,
                at: None,
            }],
            actions: vec!["restock".into()],
            card: json!({"account": account, "free": state.free, "waiting": state.queue.len()}),
            ..Outline::default()
        }
    }
}

impl Stock {
    fn put(&mut self, package: &CaseId, parcel: u32, place: Place) {
        if let Some(portion) = self.portions.get_mut(&key(package, parcel)) {
            portion.place = place;
        }
    }
}
