//! What the house counts about itself, for Prometheus: how much, how fast, how far behind. Never whose: no label carries a person or a case.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use journal::{Append, AppendError, Appended, Journal};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::clock;
use crate::house::House;
use crate::registers::RegisterKind;
use crate::runner::Loaded;
use crate::view::CaseLine;

/// Bounds of a request's time in seconds.
const REQUEST_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];
/// Bounds of an append's time in seconds.
const APPEND_SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// A route's template with method and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    route: String,
    method: &'static str,
    status: u16,
}

/// A service with a status of its cases.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kept {
    service: &'static str,
    status: String,
}

/// What became of something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

/// What became of a message to another program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivered {
    to: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Viewed {
    view: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Listed {
    register: String,
}

/// The counters of a house.
pub struct Measures {
    registry: Registry,
    requests: Family<Asked, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    appends: Family<Ended, Histogram, fn() -> Histogram>,
    groups: Counter<u64, AtomicU64>,
    grouped: Counter<u64, AtomicU64>,
    opened: Family<Kept, Counter>,
    closed: Family<Kept, Counter>,
    carried: Family<Ended, Counter>,
    due: Gauge,
    due_age: Gauge<f64, AtomicU64>,
    delivered: Family<Delivered, Counter>,
    lag: Family<Viewed, Gauge>,
    registers: Family<Listed, Gauge>,
    store: Gauge,
    memory: Gauge<i64, AtomicI64>,
    files: Gauge<i64, AtomicI64>,
}

fn requests() -> Histogram {
    Histogram::new(REQUEST_SECONDS)
}

fn appends() -> Histogram {
    Histogram::new(APPEND_SECONDS)
}

impl Default for Measures {
    fn default() -> Self {
        let mut new = Self {
            registry: Registry::default(),
            requests: Family::new_with_constructor(requests),
            in_flight: Gauge::default(),
            appends: Family::new_with_constructor(appends),
            groups: Counter::default(),
            grouped: Counter::default(),
            opened: Family::default(),
            closed: Family::default(),
            carried: Family::default(),
            due: Gauge::default(),
            due_age: Gauge::default(),
            delivered: Family::default(),
            lag: Family::default(),
            registers: Family::default(),
            store: Gauge::default(),
            memory: Gauge::default(),
            files: Gauge::default(),
        };
        new.name_all();
        new.begin_at_zero();
        new
    }
}

impl Measures {
    fn name_all(&mut self) {
        let process = self.registry.sub_registry_with_prefix("process");
        process.register_with_unit("resident_memory", "Memory of this process", Unit::Bytes, self.memory.clone());
        process.register("open_fds", "Open files and sockets of this process", self.files.clone());
        let own = self.registry.sub_registry_with_prefix("qianhai");
        own.register_with_unit("request", "Time of requests by route", Unit::Seconds, self.requests.clone());
        own.register("requests_in_flight", "Requests that are worked on now", self.in_flight.clone());
        own.register_with_unit(
            "append",
            "Time until a decision was durable or was not taken",
            Unit::Seconds,
            self.appends.clone(),
        );
        own.register("journal_groups", "Commits of the journal", self.groups.clone());
        own.register(
            "journal_grouped",
            "Appends and changes of effects in all commits",
            self.grouped.clone(),
        );
        own.register("cases_opened", "Cases opened, by the status they came to", self.opened.clone());
        own.register("cases_closed", "Cases closed, by the status they ended in", self.closed.clone());
        own.register("outbox_carried", "Effects by what became of a try", self.carried.clone());
        own.register("outbox_due", "Effects that are due and not yet carried out", self.due.clone());
        own.register_with_unit(
            "outbox_oldest",
            "How long the longest due effect has waited",
            Unit::Seconds,
            self.due_age.clone(),
        );
        own.register(
            "deliveries",
            "Messages to other programs by what became of a try",
            self.delivered.clone(),
        );
        own.register("view_lag_events", "Events that a view has not yet taken", self.lag.clone());
        own.register(
            "register_up",
            "1 if a register is loaded and answers, 0 if not",
            self.registers.clone(),
        );
        own.register("store_up", "1 if the store answers, 0 if not", self.store.clone());
    }

    /// What has not happened yet stands at zero: a rate can only be drawn of what was there before.
    fn begin_at_zero(&self) {
        for outcome in ["done", "retry", "failed"] {
            _ = self.carried.get_or_create(&Ended { outcome });
            for to in ["webhook", "system"] {
                _ = self.delivered.get_or_create(&Delivered { to, outcome });
            }
        }
        for outcome in ["written", "conflict", "failed"] {
            _ = self.appends.get_or_create(&Ended { outcome });
        }
    }

    /// A request comes in; what is given back is dropped when it has gone.
    pub fn request_begins(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered.
    pub fn request_ended(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let asked = Asked {
            route: route.into(),
            method,
            status,
        };
        self.requests.get_or_create(&asked).observe(took.as_secs_f64());
    }

    /// Appends, and measures how long it takes.
    ///
    /// # Errors
    /// Those of [`Journal::append`].
    pub async fn append(&self, journal: &Journal, append: Append) -> Result<Appended, AppendError> {
        let begun = clock::tick();
        let result = journal.append(append).await;
        let outcome = match &result {
            Ok(_) => "written",
            Err(AppendError::VersionConflict { .. } | AppendError::HoldConflict { .. } | AppendError::AlreadyAnswered(_)) => "conflict",
            Err(_) => "failed",
        };
        self.appends
            .get_or_create(&Ended { outcome })
            .observe(begun.elapsed().as_secs_f64());
        result
    }

    /// A decision on a case is durable: it may have opened it, or closed it, or both.
    pub fn decided(&self, before: &Loaded, after: &CaseLine) {
        let service = before.desk.service.slug;
        let kept = || Kept {
            service,
            status: after.status.clone(),
        };
        if before.stamp.version == 0 {
            self.opened.get_or_create(&kept()).inc();
        }
        if after.closed && !before.desk.service.machine().outline(&before.state).closed {
            self.closed.get_or_create(&kept()).inc();
        }
    }

    /// A try to carry an effect: `done`, `retry` or `failed`.
    pub fn carried(&self, outcome: &'static str) {
        self.carried.get_or_create(&Ended { outcome }).inc();
    }

    /// A try to deliver a message to a `webhook` or a `system`: `done`, `retry` or `failed`.
    pub fn delivered(&self, to: &'static str, outcome: &'static str) {
        self.delivered.get_or_create(&Delivered { to, outcome }).inc();
    }

    /// Everything in the OpenMetrics text format; what stands in the store is looked up now.
    pub async fn text(&self, house: &House) -> String {
        self.look(house).await;
        let mut text = String::new();
        // Writing into a string can't fail.
        _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }

    async fn look(&self, house: &House) {
        let now_ms = clock::now_ms();
        let overdue = house.journal.overdue(now_ms).await;
        self.store.set(i64::from(overdue.is_ok()));
        if let Ok((count, since_ms)) = overdue {
            self.due.set(i64::try_from(count).unwrap_or(i64::MAX));
            self.due_age
                .set(since_ms.map_or(0.0, |since| (now_ms - since).max(0) as f64 / 1_000.0));
        }
        let (groups, grouped) = house.journal.groups();
        self.groups.inner().store(groups, std::sync::atomic::Ordering::Relaxed);
        self.grouped.inner().store(grouped, std::sync::atomic::Ordering::Relaxed);
        for (view, lag) in house.view_lags() {
            self.lag.get_or_create(&Viewed { view }).set(i64::try_from(lag).unwrap_or(i64::MAX));
        }
        let standing = house.registers.standing();
        for kind in RegisterKind::ALL {
            let up = standing.get(&kind).is_some_and(|standing| !standing.closed);
            let register = kind.to_string();
            self.registers.get_or_create(&Listed { register }).set(i64::from(up));
        }
        let process = Process::now();
        self.memory.set(process.memory_bytes);
        self.files.set(process.open_files);
    }
}

/// Counts a request as long as it is kept.
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What the operating system says of this process; zeros where there is no `/proc`.
struct Process {
    memory_bytes: i64,
    open_files: i64,
}

impl Process {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<i64>().ok());
        let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Self {
            memory_bytes: kib.unwrap_or_default() * 1_024,
            open_files: i64::try_from(files).unwrap_or(i64::MAX),
        }
    }
}
