//! Ratings: what the owner of a closed case says of how it was handled, once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use journal::{Change, Collections, WriteError};
use kernel::{BadInput, CaseId, Problem};
use serde::{Deserialize, Serialize};

use super::{ms, refusal};
use crate::failure::Failure;
use crate::limits::{RATING_WORDS_CHARS_MAX, WRITE_TRIES_MAX};

const RATINGS: &str = "ratings";
/// Sums of a service's ratings by month, under slug/2026-11.
const MONTHS: &str = "rating-months";

/// A rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// One to five.
    pub stars: u8,
    /// What the owner adds.
    pub words: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What an owner says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    stars: u8,
    #[serde(default)]
    words: Option<String>,
}

/// Stars of some ratings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stars {
    /// All stars together.
    pub sum: u64,
    /// How many ratings.
    pub count: u64,
}

impl Stars {
    /// These and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    /// Mean, to a tenth; none without a rating.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum as f64 * 10.0 / self.count as f64).round() / 10.0)
    }
}

/// The rating of a case.
///
/// # Errors
/// The store is away.
pub async fn of(records: &Collections, case: &CaseId) -> Result<Option<Rating>, Failure> {
    let found = records.get(RATINGS, case.as_str()).await?;
    found
        .map(|d| serde_json::from_value(d.doc).map_err(|e| Problem::during("a rating is read", e).into()))
        .transpose()
}

/// Keeps the rating of a case, of this service, on this day of the zone.
///
/// # Errors
/// Not one to five stars, too many words, rated before (`already-rated`), or the store is away.
pub async fn rate(records: &Collections, case: &CaseId, slug: &str, wish: Wish, now: Timestamp, today: Date) -> Result<Rating, Failure> {
    if !(1..=5).contains(&wish.stars) {
        return Err(BadInput::at("/stars", "range", "请评一至五星", "from one to five stars").into());
    }
    let words = wish.words.map(|w| w.trim().to_string()).filter(|w| !w.is_empty());
    if words.as_ref().is_some_and(|w| w.chars().count() > RATING_WORDS_CHARS_MAX) {
        let zh = format!("最多 {RATING_WORDS_CHARS_MAX} 字");
        let en = format!("at most {RATING_WORDS_CHARS_MAX} characters");
        return Err(BadInput::at("/words", "too-long", zh, en).into());
    }
    let rating = Rating {
        stars: wish.stars,
        words,
        at: now,
    };
    let doc = serde_json::to_value(&rating).map_err(|e| Problem::during("a rating is written", e))?;
    let put = Change::put_if_absent(RATINGS, case.as_str(), doc, vec![(format!("service:{slug}"), ms(now))]);
    for _ in 0..WRITE_TRIES_MAX {
        if of(records, case).await?.is_some() {
            return Err(refusal("already-rated", "您已评价过该办件", "You have rated this case already"));
        }
        let sum = added(records, slug, today, rating.stars).await?;
        match records.write(vec![put.clone(), sum]).await {
            Ok(_) => return Ok(rating),
            // Another case of the month was rated meanwhile, or this one.
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::Unavailable(1))
}

async fn added(records: &Collections, slug: &str, today: Date, stars: u8) -> Result<Change, Failure> {
    let key = month_key(slug, today);
    let found = records.get(MONTHS, &key).await?;
    let revision = found.as_ref().map_or(0, |d| d.revision);
    let mut days: BTreeMap<Date, Stars> = read(found)?;
    let day = days.entry(today).or_default();
    *day = day.and(Stars {
        sum: stars.into(),
        count: 1,
    });
    Ok(Change::PutIf {
        collection: MONTHS.into(),
        key,
        doc: serde_json::to_value(&days).map_err(|e| Problem::during("ratings are summed", e))?,
        tags: vec![],
        revision,
    })
}

/// Stars of a service in some months, from one day to another.
///
/// # Errors
/// The store is away.
pub async fn stars(records: &Collections, slug: &str, months: &[Date], from: Date, to: Date) -> Result<Stars, Failure> {
    let keys: Vec<String> = months.iter().map(|month| month_key(slug, *month)).collect();
    let mut stars = Stars::default();
    for found in records.get_many(MONTHS, &keys).await? {
        for (_, day) in read(found)?.range(from..=to) {
            stars = stars.and(*day);
        }
    }
    Ok(stars)
}

fn read(found: Option<journal::Document>) -> Result<BTreeMap<Date, Stars>, Failure> {
    let Some(found) = found else { return Ok(BTreeMap::new()) };
    serde_json::from_value(found.doc).map_err(|e| Problem::during("ratings are summed", e).into())
}

fn month_key(slug: &str, day: Date) -> String {
    format!("{slug}/{:04}-{:02}", day.year(), day.month())
}
