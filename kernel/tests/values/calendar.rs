//! Working days, on the State Council's own notices of 2018 to 2026.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::working_days::{Calendar, CalendarError, Counted, Notice, NoticeDay, WorkingHours};
use proptest::prelude::*;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| Calendar::try_new((2018..=2026).map(notice)).unwrap());
static SHANGHAI: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::get("Asia/Shanghai").unwrap());
static OFFICE: LazyLock<WorkingHours> =
    LazyLock::new(|| WorkingHours::try_new(time(9, 0, 0, 0), time(18, 0, 0, 0), Some((time(12, 0, 0, 0), time(14, 0, 0, 0)))).unwrap());

fn notice(year: i16) -> Notice {
    let path = format!("{}/../../shared/data/calendar/{year}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("this test needs the notices of shared/data/calendar beside the repository: {path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn settled<T>(value: T) -> Counted<T> {
    Counted { value, provisional: false }
}

fn provisional<T>(value: T) -> Counted<T> {
    Counted { value, provisional: true }
}

/// A day of the years with notices, and some beyond.
fn day() -> impl Strategy<Value = Date> {
    (0..4_000_i32).prop_map(|days| date(2017, 7, 1) + days.days())
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (1_514_736_000_i64..1_790_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse::<jiff::civil::DateTime>()
        .unwrap()
        .to_zoned(SHANGHAI.clone())
        .unwrap()
        .timestamp()
}

fn after_hours(start: Timestamp, hours: u32) -> Timestamp {
    CALENDAR.add_working_hours(start, hours, &OFFICE, &SHANGHAI).unwrap().value
}

#[test]
fn each_year_has_the_working_days_that_offices_counted() {
    let counted = (2018..=2025).map(|year| CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)));
    let expected = [250, 250, 249, 250, 249, 249, 251, 248].map(settled);
    assert_eq!(counted.collect::<Vec<_>>(), expected);
    // The last week of 2026 still waits for the notice of 2027.
    assert_eq!(
        CALENDAR.working_days_between(date(2025, 12, 31), date(2026, 12, 31)),
        provisional(248)
    );
}

#[test]
fn the_weekends_around_the_spring_festival_of_2026_are_worked() {
    assert_eq!(CALENDAR.is_working_day(date(2026, 2, 14)), settled(true), "a Saturday, worked");
    assert_eq!(CALENDAR.is_working_day(date(2026, 2, 28)), settled(true), "a Saturday, worked");
    assert_eq!(CALENDAR.is_working_day(date(2026, 1, 4)), settled(true), "a Sunday, worked");
    assert_eq!(
        CALENDAR.is_working_day(date(2026, 2, 16)),
        settled(false),
        "a Monday of the festival"
    );
    assert_eq!(CALENDAR.is_working_day(date(2026, 3, 1)), settled(false), "a plain Sunday");
    assert_eq!(CALENDAR.add_working_days(date(2026, 2, 13), 1), Ok(settled(date(2026, 2, 14))));
    assert_eq!(CALENDAR.add_working_days(date(2026, 2, 13), 2), Ok(settled(date(2026, 2, 24))));
    assert_eq!(CALENDAR.add_working_days(date(2026, 2, 24), 5), Ok(settled(date(2026, 3, 2))));
    assert_eq!(CALENDAR.working_day_from(date(2026, 2, 15)), Ok(settled(date(2026, 2, 24))));
}

#[test]
fn what_awaits_a_notice_is_provisional() {
    assert_eq!(
        CALENDAR.is_working_day(date(2018, 12, 29)),
        settled(true),
        "a Saturday, by the notice for 2019"
    );
    let only_2018 = Calendar::try_new([notice(2018)]).unwrap();
    assert_eq!(only_2018.is_working_day(date(2018, 12, 29)), provisional(false));
    assert_eq!(only_2018.is_working_day(date(2018, 12, 24)), settled(true));
    assert_eq!(only_2018.working_days_between(date(2018, 12, 20), date(2018, 12, 24)), settled(2));
    assert_eq!(CALENDAR.is_working_day(date(2030, 10, 1)), provisional(true));
    assert_eq!(
        CALENDAR.add_working_days(date(2026, 12, 24), 2),
        Ok(provisional(date(2026, 12, 28)))
    );
}

#[test]
fn notices_that_contradict_are_refused() {
    let day = |date, is_off_day| NoticeDay {
        name: "元旦".into(),
        date,
        is_off_day,
    };
    let notice = |year, days| Notice {
        year,
        papers: vec![],
        days,
    };
    let (eve, other) = (date(2020, 12, 31), date(2020, 12, 1));
    let refused = |notices: [Notice; 2]| Calendar::try_new(notices).unwrap_err();
    assert_eq!(
        refused([notice(2020, vec![]), notice(2020, vec![])]),
        CalendarError::TwiceTheYear(2020)
    );
    assert_eq!(
        refused([notice(2020, vec![]), notice(2021, vec![day(other, true)])]),
        CalendarError::ForeignDay { year: 2021, date: other }
    );
    assert_eq!(
        refused([notice(2020, vec![day(eve, true)]), notice(2021, vec![day(eve, false)])]),
        CalendarError::Contradiction(eve)
    );
    assert_eq!(CALENDAR.add_working_days(eve, u32::MAX), Err(CalendarError::TooLong));
    assert_eq!(CALENDAR.add_working_days(Date::MAX, 1), Err(CalendarError::TooLong));
    assert!(serde_json::from_str::<WorkingHours>(r#"{ "open": "18:00", "close": "09:00" }"#).is_err());
    assert!(serde_json::from_str::<WorkingHours>(r#"{ "open": "09:00", "close": "18:00", "break": ["08:00", "14:00"] }"#).is_err());
    let read: WorkingHours = serde_json::from_str(r#"{ "open": "09:00", "close": "18:00", "break": ["12:00", "14:00"] }"#).unwrap();
    assert_eq!(read, *OFFICE);
}

#[test]
fn the_clock_of_an_office_stands_still_at_night_at_noon_and_on_holidays() {
    assert_eq!(after_hours(at("2026-02-14 11:00"), 2), at("2026-02-14 15:00"));
    assert_eq!(after_hours(at("2026-02-14 16:00"), 2), at("2026-02-14 18:00"));
    assert_eq!(after_hours(at("2026-02-14 16:00"), 3), at("2026-02-24 10:00"));
    assert_eq!(after_hours(at("2026-02-14 21:00"), 1), at("2026-02-24 10:00"));
    assert_eq!(after_hours(at("2026-02-14 12:30"), 1), at("2026-02-14 15:00"));
    assert_eq!(after_hours(at("2026-02-14 21:00"), 0), at("2026-02-14 21:00"));
    assert_eq!(after_hours(at("2026-02-24 00:00"), 7 * 5), at("2026-02-28 18:00"));
}

proptest! {
    #[test]
    fn adding_and_counting_agree(from in day(), days in 0..600_u32) {
        let end = CALENDAR.add_working_days(from, days).unwrap();
        let counted = CALENDAR.working_days_between(from, end.value);
        prop_assert_eq!(counted, Counted { value: days as i32, provisional: end.provisional });
        prop_assert!(days == 0 || CALENDAR.is_working_day(end.value).value);
    }

    #[test]
    fn counting_is_the_same_day_by_day(from in day(), length in 0..900_i32) {
        let to = from + length.days();
        let days: Vec<_> = (1..=length).map(|n| CALENDAR.is_working_day(from + n.days())).collect();
        let counted = CALENDAR.working_days_between(from, to);
        prop_assert_eq!(counted.value, days.iter().filter(|day| day.value).count() as i32);
        prop_assert_eq!(counted.provisional, days.iter().any(|day| day.provisional));
        prop_assert_eq!(CALENDAR.working_days_between(to, from).value, -counted.value);
    }

    #[test]
    fn a_later_start_or_a_longer_period_never_ends_earlier(a in day(), b in day(), m in 0..300_u32, n in 0..300_u32) {
        let end = |from, days| CALENDAR.add_working_days(from, days).unwrap().value;
        prop_assert!(end(a.min(b), m.min(n)) <= end(a.max(b), m.max(n)));
        prop_assert_eq!(end(end(a, m), n), end(a, m + n));
    }

    #[test]
    fn the_clock_adds_up_and_never_runs_back(a in moment(), b in moment(), m in 0..100_u32, n in 0..100_u32) {
        prop_assert_eq!(after_hours(after_hours(a, m), n), after_hours(a, m + n));
        prop_assert!(after_hours(a.min(b), m.min(n)) <= after_hours(a.max(b), m.max(n)));
    }

    #[test]
    fn the_clock_ran_exactly_the_hours(start in moment(), hours in 1..60_u32) {
        // Minute by minute, by the plain words of the rule; whole minutes so that none is cut in two.
        let start = Timestamp::from_second(start.as_second() / 60 * 60).unwrap();
        let end = after_hours(start, hours);
        let minutes = end.duration_since(start).as_mins();
        let ran = (0..minutes).map(|m| SHANGHAI.to_datetime(start + SignedDuration::from_mins(m))).filter(|now| {
            let hour = now.hour();
            CALENDAR.is_working_day(now.date()).value && ((9..12).contains(&hour) || (14..18).contains(&hour))
        });
        prop_assert_eq!(ran.count() as u32, hours * 60);
    }
}
