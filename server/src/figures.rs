//! Figures: how much was filed and decided, how long it took, what is open and late; a view that follows the journal and can be
//! dropped and rebuilt from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use jiff::civil::Date;
use journal::views::{Follower, View, ViewError, ViewStore, follow};
use journal::{Document, JournalError, Recorded};
use kernel::service::ErasedState;
use kernel::setting::day_in_zone;
use kernel::{BadInput, Bilingual, CaseId, Problem};
use quick_cache::unsync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::desk;
use crate::failure::Failure;
use crate::house::{Desk, House};
use crate::limits::{FIGURE_DAYS_MAX, FIGURE_STATES_MAX};
use crate::portal::ratings::{self, Stars};
use crate::runner::instant;

/// Collection of the days of a service, under slug/2026-11.
const FIGURES: &str = "figures";
/// Collection of what is known of each case.
const CASES: &str = "figure-cases";
/// Each bucket of a histogram is so many times as wide as the one before: its middle is at most 3.93 % off.
const GROWTH: f64 = 1.08;

/// What happened to a service's cases in a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Opened.
    pub filed: u64,
    /// Come to their end, whatever it was.
    pub decided: u64,
    /// How long those had taken.
    pub took: Histogram,
}

impl Day {
    fn add(&mut self, other: &Self) {
        self.filed += other.filed;
        self.decided += other.decided;
        other
            .took
            .0
            .iter()
            .for_each(|(bucket, count)| *self.took.0.entry(*bucket).or_default() += count);
    }
}

/// Times in logarithmic buckets: number of the bucket, how many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram(BTreeMap<i32, u64>);

impl Histogram {
    /// One more, in milliseconds.
    pub fn add(&mut self, ms: i64) {
        let bucket = ((ms.max(1) as f64).ln() / GROWTH.ln()).round() as i32;
        *self.0.entry(bucket).or_default() += 1;
    }

    /// The time in milliseconds that a share of them did not exceed (nearest rank), at most 5 % off; none of nothing.
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let count: u64 = self.0.values().sum();
        let rank = ((share * count as f64).ceil() as u64).max(1);
        let mut passed = 0;
        let reached = self.0.iter().find(|(_, more)| {
            passed += **more;
            passed >= rank
        });
        reached.map(|(bucket, _)| GROWTH.powi(*bucket))
    }

    fn hours(&self, share: f64) -> Option<f64> {
        self.quantile_ms(share).map(|ms| (ms / 360.0).round() / 10_000.0)
    }
}

/// How figures are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Service by service.
    Service,
    /// By the agency that handles it.
    Agency,
    /// By chapter of the list of reforms.
    Chapter,
}

/// Figures of one service, agency or chapter.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Slug or id.
    pub key: String,
    /// Its name.
    pub name: Bilingual,
    /// Opened in these days.
    pub filed: u64,
    /// Ended in these days.
    pub decided: u64,
    /// Open now.
    pub open: u64,
    /// Of those, past their deadline.
    pub overdue: u64,
    /// Half of what ended took no longer, in hours.
    pub median_hours: Option<f64>,
    /// 95 of a hundred took no longer, in hours.
    pub p95_hours: Option<f64>,
    /// Mean of the ratings of these days.
    pub stars: Option<f64>,
}

/// One day of all services together.
#[derive(Debug, Clone, Serialize)]
pub struct DayRow {
    /// The day in the zone.
    pub day: Date,
    /// Opened.
    pub filed: u64,
    /// Ended.
    pub decided: u64,
}

/// Figures over some days.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// One for each service, agency or chapter.
    pub rows: Vec<Row>,
    /// One for each day.
    pub days: Vec<DayRow>,
}

#[derive(Default)]
struct Sum {
    name: Bilingual,
    all: Day,
    open: u64,
    overdue: u64,
    stars: Stars,
}

/// Figures from one day to another, both counted.
///
/// # Errors
/// The days are out of order or too many; the store is away.
pub async fn between(house: &House, by: By, from: Date, to: Date) -> Result<Figures, Failure> {
    house.lines.catch_up().await;
    let span = from.duration_until(to).as_hours() / 24;
    if !(0..FIGURE_DAYS_MAX).contains(&span) {
        let zh = format!("统计期间应为一至 {FIGURE_DAYS_MAX} 天");
        return Err(BadInput::at("/from", "range", zh, format!("from one to {FIGURE_DAYS_MAX} days")).into());
    }
    let months: Vec<Date> = from
        .first_of_month()
        .series(jiff::Span::new().months(1))
        .take_while(|m| *m <= to)
        .collect();
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut days: BTreeMap<Date, Day> = from
        .series(jiff::Span::new().days(1))
        .take_while(|d| *d <= to)
        .map(|d| (d, Day::default()))
        .collect();
    for (slug, desk) in &house.desks {
        let (key, name) = group(house, desk, by);
        let sum = sums.entry(key).or_default();
        sum.name = name;
        let keys: Vec<String> = months.iter().map(|month| month_key(slug, *month)).collect();
        for found in house.journal.views().get_many(FIGURES, &keys).await? {
            for (day, figures) in read(found)?.range(from..=to) {
                sum.all.add(figures);
                days.entry(*day).or_default().add(figures);
            }
        }
        let (open, overdue) = desk::open_and_overdue(house, &desk.agency, slug).await?;
        sum.open += open;
        sum.overdue += overdue;
        sum.stars = sum
            .stars
            .and(ratings::stars(house.journal.records(), slug, &months, from, to).await?);
    }
    let days = days.into_iter();
    Ok(Figures {
        rows: sums.into_iter().map(row).collect(),
        days: days
            .map(|(day, Day { filed, decided, .. })| DayRow { day, filed, decided })
            .collect(),
    })
}

fn row((key, sum): (String, Sum)) -> Row {
    Row {
        key,
        name: sum.name,
        filed: sum.all.filed,
        decided: sum.all.decided,
        open: sum.open,
        overdue: sum.overdue,
        median_hours: sum.all.took.hours(0.5),
        p95_hours: sum.all.took.hours(0.95),
        stars: sum.stars.mean(),
    }
}

fn group(house: &House, desk: &Desk, by: By) -> (String, Bilingual) {
    match by {
        By::Service => (desk.service.slug.into(), desk.service.text.name.clone()),
        By::Agency => {
            let name = house.zone.card.agencies.get(&desk.agency).cloned();
            (desk.agency.to_string(), name.unwrap_or_default())
        }
        By::Chapter => {
            let whole = desk.service.part_of.unwrap_or(desk.service.slug);
            let chapter = house.chapters.iter().find(|c| c.services.iter().any(|s| s.slug == whole));
            chapter.map(|c| (c.id.clone(), c.name.clone())).unwrap_or_default()
        }
    }
}

fn month_key(slug: &str, day: Date) -> String {
    format!("{slug}/{:04}-{:02}", day.year(), day.month())
}

fn read(found: Option<Document>) -> Result<BTreeMap<Date, Day>, Failure> {
    let Some(found) = found else { return Ok(BTreeMap::new()) };
    serde_json::from_value(found.doc).map_err(|e| Problem::during("figures are read", e).into())
}

/// Begins to follow the journal, for as long as the follower is kept.
pub fn begin(house: &Arc<House>) -> Follower {
    let view = FiguresView {
        house: Arc::downgrade(house),
        states: Cache::new(FIGURE_STATES_MAX),
    };
    follow(&house.journal, view)
}

/// What is known of a case.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Known {
    opened_ms: i64,
    ended: bool,
}

/// Counts each case on the day on which it was opened, and on the day on which it ended.
struct FiguresView {
    house: Weak<House>,
    /// States of open cases, each with its version.
    states: Cache<CaseId, (u64, ErasedState)>,
}

impl View for FiguresView {
    fn name(&self) -> &str {
        FIGURES
    }

    fn version(&self) -> u32 {
        1
    }

    fn collections(&self) -> Vec<String> {
        vec![FIGURES.into(), CASES.into()]
    }

    async fn apply(&mut self, event: &Recorded, store: &mut ViewStore<'_>) -> Result<(), ViewError> {
        let Ok(id) = CaseId::try_new(&event.stream) else { return Ok(()) };
        let gone = || ViewError::Store(JournalError::Unavailable("the house is closed".into()));
        let house = self.house.upgrade().ok_or_else(gone)?;
        let slug = event.kind.split('/').next().unwrap_or_default();
        let desk = house
            .desks
            .get(slug)
            .ok_or_else(|| ViewError::Event(format!("there is no service {slug}")))?;
        let unreadable = |e: serde_json::Error| ViewError::Event(e.to_string());
        let known = store.get(CASES, id.as_str()).await?;
        let is_new = known.is_none();
        let mut known: Known = known.map(serde_json::from_value).transpose().map_err(unreadable)?.unwrap_or(Known {
            opened_ms: event.at_ms,
            ended: false,
        });
        if known.ended {
            return Ok(());
        }
        let state = self.state_after(&house, desk, &id, event).await?;
        known.ended = desk.service.machine().outline(&state).closed;
        if !is_new && !known.ended {
            return Ok(());
        }
        let day = day_in_zone(instant(event.at_ms), &house.zone);
        let key = month_key(slug, day);
        let month = store.get(FIGURES, &key).await?.unwrap_or_else(|| json!({}));
        let mut month: BTreeMap<Date, Day> = serde_json::from_value(month).map_err(unreadable)?;
        let figures = month.entry(day).or_default();
        figures.filed += u64::from(is_new);
        if known.ended {
            figures.decided += 1;
            figures.took.add(event.at_ms - known.opened_ms);
            self.states.remove(&id);
        }
        store.put(FIGURES, &key, serde_json::to_value(month).map_err(unreadable)?, vec![])?;
        store.put(CASES, id.as_str(), serde_json::to_value(known).map_err(unreadable)?, vec![])
    }
}

impl FiguresView {
    /// The state exactly as this event left it, so that a view that is rebuilt counts the same.
    async fn state_after(&mut self, house: &House, desk: &Desk, id: &CaseId, event: &Recorded) -> Result<ErasedState, ViewError> {
        let machine = desk.service.machine();
        let before = match self.states.get(id) {
            _ if event.version == 1 => Some(machine.blank()),
            Some((version, state)) if version + 1 == event.version => Some(state.clone()),
            _ => None,
        };
        let unreadable = |e: kernel::machine::Unreadable| ViewError::Event(e.to_string());
        let state = match before {
            Some(state) => machine
                .fold(&state, &[(event.kind.as_str(), event.data.as_slice())])
                .map_err(unreadable)?,
            None => {
                let events = house.journal.read_stream(id.as_str(), 0, event.version as usize).await?;
                let stored: Vec<(&str, &[u8])> = events.iter().map(|e| (e.kind.as_str(), e.data.as_slice())).collect();
                machine.fold(&machine.blank(), &stored).map_err(unreadable)?
            }
        };
        self.states.insert(id.clone(), (event.version, state.clone()));
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn median_and_p95_are_within_five_percent_of_the_exact_ones(
            mut times in prop::collection::vec(prop_oneof![1..100_i64, 100..100_000_i64, 100_000..40_000_000_000_i64], 1..400),
            cut in 0..400_usize,
        ) {
            let (mut first, mut second) = (Day::default(), Day::default());
            for (n, ms) in times.iter().enumerate() {
                if n < cut { first.took.add(*ms) } else { second.took.add(*ms) }
            }
            first.add(&second);
            let kept: Day = serde_json::from_value(serde_json::to_value(&first).unwrap()).unwrap();
            prop_assert_eq!(&kept, &first);
            times.sort_unstable();
            for share in [0.5, 0.95] {
                let exact = times[((share * times.len() as f64).ceil() as usize).max(1) - 1] as f64;
                let found = kept.took.quantile_ms(share).unwrap();
                prop_assert!((found - exact).abs() <= exact * 0.05, "{share}: {found} for {exact}");
            }
        }
    }

    #[test]
    fn of_nothing_there_is_no_median() {
        assert_eq!(Histogram::default().quantile_ms(0.5), None);
    }
}
