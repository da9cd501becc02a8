//! Working days (工作日) as the State Council's yearly notice sets them: holidays, and weekends that are worked (调休).
//!
//! Periods are counted as 民法典 art. 201 and 行政许可法 art. 82 say: the day itself is not counted, holidays are not counted.
//! A year whose notice has not come out yet is counted by its weekends alone, and the answer says that it is provisional.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Most working days that one period may have: some forty years.
pub const PERIOD_WORKING_DAYS_MAX: u32 = 10_000;
/// Most working hours that one clock may run.
pub const PERIOD_WORKING_HOURS_MAX: u32 = 20_000;
/// From this day of December on the notice of the next year may speak, because the holiday of New Year (元旦) can begin before it:
/// the notice for 2019 made 29 December 2018 a working day.
const NEXT_NOTICE_FROM_DECEMBER: i8 = 25;

/// The notice of one year (国务院办公厅关于部分节假日安排的通知), in the shape in which NateScarlet/holiday-cn publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The year that the notice is about.
    pub year: i16,
    /// Addresses of the notice's text.
    #[serde(default)]
    pub papers: Vec<String>,
    /// Every day that it names. Some may lie in the December before.
    pub days: Vec<NoticeDay>,
}

/// A day that a notice names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDay {
    /// The holiday: 春节.
    pub name: String,
    /// The day.
    pub date: Date,
    /// True for a day off, false for a weekend day that is worked.
    #[serde(rename = "isOffDay")]
    pub is_off_day: bool,
}

/// Why a calendar can't be made or a period can't be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Two notices for one year.
    #[error("there are two notices for {0}")]
    TwiceTheYear(i16),
    /// A day named in a notice that is not about it.
    #[error("the notice for {year} names {date}")]
    ForeignDay {
        /// Year of the notice.
        year: i16,
        /// The day.
        date: Date,
    },
    /// A day that is named as off and as worked.
    #[error("{0} is named both as a day off and as a working day")]
    Contradiction(Date),
    /// Longer than [`PERIOD_WORKING_DAYS_MAX`] or [`PERIOD_WORKING_HOURS_MAX`], or past the last year of the calendar.
    #[error("the period is too long to be counted")]
    TooLong,
    /// Opening after closing, or a break outside the hours.
    #[error("the working hours are out of order")]
    HoursOutOfOrder,
}

/// An answer of the calendar, and whether a notice that is still to come may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted<T> {
    /// The answer.
    pub value: T,
    /// True if it rests on a day of a year without notice.
    pub provisional: bool,
}

/// The calendar of working days, made of the notices of some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i16>,
    off: BTreeMap<Date, bool>,
}

impl Calendar {
    /// Puts the notices together, in any order.
    pub fn try_new(notices: impl IntoIterator<Item = Notice>) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for Notice { year, days, .. } in notices {
            if !calendar.years.insert(year) {
                return Err(CalendarError::TwiceTheYear(year));
            }
            for NoticeDay { date, is_off_day, .. } in days {
                if date.year() != year && (date.year() + 1 != year || !awaits_next_notice(date)) {
                    return Err(CalendarError::ForeignDay { year, date });
                }
                if calendar.off.insert(date, is_off_day).is_some_and(|before| before != is_off_day) {
                    return Err(CalendarError::Contradiction(date));
                }
            }
        }
        Ok(calendar)
    }
    /// Years whose notice is known.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.years.iter().copied()
    }
    /// Whether work is done on a day.
    pub fn is_working_day(&self, date: Date) -> Counted<bool> {
        Counted {
            value: self.works(date),
            provisional: self.provisional(date),
        }
    }
    /// The day itself if it is a working day, else the next one: the last day of a period that ends on a holiday (民法典 art. 203).
    pub fn working_day_from(&self, date: Date) -> Result<Counted<Date>, CalendarError> {
        let mut day = date;
        let mut provisional = self.provisional(day);
        while !self.works(day) {
            day = day.tomorrow().map_err(|_| CalendarError::TooLong)?;
            provisional |= self.provisional(day);
        }
        Ok(Counted { value: day, provisional })
    }
    /// The `days`-th working day after `date`; `date` is not counted, and with no days the answer is `date`, whatever day it is.
    pub fn add_working_days(&self, date: Date, days: u32) -> Result<Counted<Date>, CalendarError> {
        if days > PERIOD_WORKING_DAYS_MAX {
            return Err(CalendarError::TooLong);
        }
        let mut end = Counted {
            value: date,
            provisional: false,
        };
        for _ in 0..days {
            let next = end.value.tomorrow().map_err(|_| CalendarError::TooLong)?;
            let found = self.working_day_from(next)?;
            end = Counted {
                value: found.value,
                provisional: end.provisional || found.provisional,
            };
        }
        Ok(end)
    }
    /// How many working days lie after `from` up to and including `to`; negative if `to` lies before `from`.
    pub fn working_days_between(&self, from: Date, to: Date) -> Counted<i32> {
        if to < from {
            let Counted { value, provisional } = self.working_days_between(to, from);
            return Counted {
                value: -value,
                provisional,
            };
        }
        if from == to {
            return Counted {
                value: 0,
                provisional: false,
            };
        }
        // Weekdays by arithmetic, then one correction for each day that a notice names: a century costs no more than a week.
        let after = (std::ops::Bound::Excluded(from), std::ops::Bound::Included(to));
        let corrections = self.off.range(after).map(|(day, off)| match (weekend(*day), off) {
            (false, true) => -1,
            (true, false) => 1,
            _ => 0,
        });
        let value = weekdays_until(to) - weekdays_until(from) + corrections.sum::<i32>();
        let after_new_year = |year: i16| Date::new(year, 12, NEXT_NOTICE_FROM_DECEMBER).is_ok_and(|day| day <= to);
        let first = from.tomorrow().unwrap_or(to);
        let provisional = (first.year()..=to.year())
            .any(|year| !self.years.contains(&year) || (after_new_year(year) && !self.years.contains(&(year + 1))));
        Counted { value, provisional }
    }
    /// The instant at which `hours` working hours have run since `start`, in the zone's own time (Asia/Shanghai); outside the working
    /// hours the clock stands still. A clock that ends with the day ends at closing time. With no hours it is `start` itself.
    pub fn add_working_hours(
        &self,
        start: Timestamp,
        hours: u32,
        open: &WorkingHours,
        zone: &TimeZone,
    ) -> Result<Counted<Timestamp>, CalendarError> {
        self.add_working_time(start, SignedDuration::from_hours(hours.into()), open, zone)
    }
    /// As [`Calendar::add_working_hours`], for any stretch of working time.
    pub fn add_working_time(
        &self,
        start: Timestamp,
        stretch: SignedDuration,
        open: &WorkingHours,
        zone: &TimeZone,
    ) -> Result<Counted<Timestamp>, CalendarError> {
        if stretch > SignedDuration::from_hours(PERIOD_WORKING_HOURS_MAX.into()) {
            return Err(CalendarError::TooLong);
        }
        if !stretch.is_positive() {
            return Ok(Counted {
                value: start,
                provisional: false,
            });
        }
        let start = zone.to_datetime(start);
        let mut left = stretch;
        let (mut day, mut provisional) = (start.date(), false);
        loop {
            provisional |= self.provisional(day);
            let sessions = open.sessions().filter(|_| self.works(day));
            for (from, to) in sessions.map(|(from, to)| (day.to_datetime(from).max(start), day.to_datetime(to))) {
                let runs = to.duration_since(from);
                if runs.is_positive() && left <= runs {
                    let value = instant(from, left, zone)?;
                    return Ok(Counted { value, provisional });
                }
                left -= runs.max(SignedDuration::ZERO);
            }
            day = day.tomorrow().map_err(|_| CalendarError::TooLong)?;
        }
    }
    /// How much working time lies between two instants; none if the second is not after the first.
    pub fn working_time_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        open: &WorkingHours,
        zone: &TimeZone,
    ) -> Result<Counted<SignedDuration>, CalendarError> {
        let (from, to) = (zone.to_datetime(from), zone.to_datetime(to));
        let mut sum = Counted {
            value: SignedDuration::ZERO,
            provisional: false,
        };
        let mut day = from.date();
        for _ in 0..PERIOD_WORKING_DAYS_MAX {
            if day > to.date() {
                return Ok(sum);
            }
            sum.provisional |= self.provisional(day);
            for (begins, ends) in open.sessions().filter(|_| self.works(day)) {
                let (begins, ends) = (day.to_datetime(begins).max(from), day.to_datetime(ends).min(to));
                sum.value += ends.duration_since(begins).max(SignedDuration::ZERO);
            }
            day = day.tomorrow().map_err(|_| CalendarError::TooLong)?;
        }
        Err(CalendarError::TooLong)
    }

    fn works(&self, date: Date) -> bool {
        match self.off.get(&date) {
            Some(off) => !off,
            None => !weekend(date),
        }
    }
    fn provisional(&self, date: Date) -> bool {
        let year = date.year();
        !self.years.contains(&year) || (awaits_next_notice(date) && !self.years.contains(&(year + 1)))
    }
}

/// The hours of an office on a working day, in the zone's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawHours")]
pub struct WorkingHours {
    open: Time,
    close: Time,
    #[serde(rename = "break")]
    rest: Option<(Time, Time)>,
}

/// [`WorkingHours`] as they are read: `{ "open": "09:00", "close": "18:00", "break": ["12:00", "14:00"] }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHours {
    open: Time,
    close: Time,
    #[serde(default, rename = "break")]
    rest: Option<(Time, Time)>,
}

impl TryFrom<RawHours> for WorkingHours {
    type Error = CalendarError;
    fn try_from(RawHours { open, close, rest }: RawHours) -> Result<Self, CalendarError> {
        Self::try_new(open, close, rest)
    }
}

impl Default for WorkingHours {
    /// Nine to twelve and two to six, as most offices of the State keep.
    fn default() -> Self {
        Self {
            open: Time::constant(9, 0, 0, 0),
            close: Time::constant(18, 0, 0, 0),
            rest: Some((Time::constant(12, 0, 0, 0), Time::constant(14, 0, 0, 0))),
        }
    }
}

impl WorkingHours {
    /// Opening and closing time, and the break between, if there is one.
    pub fn try_new(open: Time, close: Time, rest: Option<(Time, Time)>) -> Result<Self, CalendarError> {
        let (rest_from, rest_to) = rest.unwrap_or((open, open));
        if open < close && open <= rest_from && rest_from <= rest_to && rest_to < close {
            Ok(Self { open, close, rest })
        } else {
            Err(CalendarError::HoursOutOfOrder)
        }
    }
    /// The stretches of a day in which the clock runs.
    fn sessions(&self) -> impl Iterator<Item = (Time, Time)> {
        let (morning, afternoon) = match self.rest {
            Some((from, to)) => ((self.open, from), Some((to, self.close))),
            None => ((self.open, self.close), None),
        };
        std::iter::once(morning).chain(afternoon)
    }
}

/// The instant `past` after a civil time.
fn instant(from: DateTime, past: SignedDuration, zone: &TimeZone) -> Result<Timestamp, CalendarError> {
    let end = from.checked_add(past).and_then(|end| zone.to_timestamp(end));
    end.map_err(|_| CalendarError::TooLong)
}

fn weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn awaits_next_notice(date: Date) -> bool {
    date.month() == 12 && date.day() >= NEXT_NOTICE_FROM_DECEMBER
}

/// Mondays to Fridays from Monday, 1 January of the year 1, up to and including `date`; only differences of it mean something.
fn weekdays_until(date: Date) -> i32 {
    const MONDAY: Date = Date::constant(1, 1, 1);
    let days = MONDAY.duration_until(date).as_hours() / 24;
    let days = i32::try_from(days).unwrap_or(0);
    days.div_euclid(7) * 5 + (days.rem_euclid(7) + 1).min(5)
}
