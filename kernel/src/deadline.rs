//! The clock of an agency (办理时限): it runs in office hours on working days and stands still while papers are awaited (补正).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Due;
use crate::setting::Setting;
use crate::working_days::{CalendarError, Counted, WorkingHours};

/// A clock as an event keeps it. It is a value: each change gives a new one, which the next event carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Working time that the agency has, in seconds.
    pub allowed_seconds: i64,
    /// Working time that it had spent when the clock was last started or stopped, in seconds.
    pub spent_seconds: i64,
    /// Since when it runs; none while it stands.
    pub running_since: Option<Timestamp>,
    /// The deadline that follows.
    pub due: Due,
}

impl Clock {
    /// Starts with `hours` working hours, in the office hours of the agency that handles `service`.
    pub fn start(hours: u32, service: &str, setting: &Setting) -> Self {
        let seconds = i64::from(hours) * 3_600;
        let blank = Self {
            allowed_seconds: seconds,
            spent_seconds: 0,
            running_since: None,
            due: Due {
                at: setting.now,
                provisional: false,
                paused: true,
            },
        };
        blank.resumed(service, setting)
    }

    /// Lets it run on.
    #[must_use]
    pub fn resumed(&self, service: &str, setting: &Setting) -> Self {
        if self.running_since.is_some() {
            return self.clone();
        }
        let left = SignedDuration::from_secs((self.allowed_seconds - self.spent_seconds).max(0));
        let open = setting.zone.office_hours(service);
        let due = setting
            .zone
            .calendar
            .add_working_time(setting.now, left, &open, &setting.zone.time_zone());
        let due = due.unwrap_or(Counted {
            value: Timestamp::MAX,
            provisional: true,
        });
        Self {
            running_since: Some(setting.now),
            due: Due {
                at: due.value,
                provisional: due.provisional,
                paused: false,
            },
            ..self.clone()
        }
    }

    /// Stops it: what has run is spent.
    #[must_use]
    pub fn stopped(&self, service: &str, setting: &Setting) -> Self {
        let Some(since) = self.running_since else { return self.clone() };
        let open = setting.zone.office_hours(service);
        let ran = between(since, &open, setting).map_or(0, |ran| ran.value.as_secs());
        Self {
            spent_seconds: self.spent_seconds + ran,
            running_since: None,
            due: Due { paused: true, ..self.due },
            ..self.clone()
        }
    }
}

fn between(since: Timestamp, open: &WorkingHours, setting: &Setting) -> Result<Counted<SignedDuration>, CalendarError> {
    let zone = &setting.zone;
    zone.calendar.working_time_between(since, setting.now, open, &zone.time_zone())
}
