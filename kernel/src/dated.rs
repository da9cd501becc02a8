//! What the State changes by notice (a rate, a limit, a factor): each value with the days on which it holds and its source.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One value and the days on which it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatedValue<T> {
    /// The rate, limit, factor or wording.
    pub value: T,
    /// First day on which it holds (自…起施行).
    #[schemars(with = "String", extend("format" = "date"))]
    pub valid_from: Date,
    /// Last day on which it holds, itself included (有效期至…); open while none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub valid_to: Option<Date>,
    /// The law or notice that says so, or that the zone set it itself.
    pub source: String,
}

/// Values in the order of their days, no two of which hold on one day. Days without a value may stand between them, but to ask for
/// one is an error: silence is not the nearest value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<DatedValue<T>>", into = "Vec<DatedValue<T>>")]
#[serde(bound(serialize = "T: Clone + Serialize"))]
#[schemars(with = "Vec<DatedValue<T>>")]
pub struct Dated<T>(Vec<DatedValue<T>>);

/// Why a list of values can't be dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatedError {
    /// The list has no value at all.
    #[error("there is no value")]
    Empty,
    /// The value that begins on this day ends before it begins.
    #[error("the value from {0} ends before it begins")]
    Backwards(Date),
    /// The value that begins on this day stands after a later one.
    #[error("the value from {0} stands out of order")]
    OutOfOrder(Date),
    /// On this day two values hold.
    #[error("two values hold on {0}")]
    Overlap(Date),
    /// The value that begins on this day names no law or notice.
    #[error("the value from {0} names no source")]
    NoSource(Date),
}

/// No value holds on this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value holds on {0}")]
pub struct NoValueOn(pub Date);

impl<T> Dated<T> {
    /// Takes values that stand in order, don't overlap, and name their source.
    pub fn try_new(values: Vec<DatedValue<T>>) -> Result<Self, DatedError> {
        if values.is_empty() {
            return Err(DatedError::Empty);
        }
        for DatedValue {
            valid_from,
            valid_to,
            source,
            ..
        } in &values
        {
            if valid_to.is_some_and(|to| to < *valid_from) {
                return Err(DatedError::Backwards(*valid_from));
            }
            if source.trim().is_empty() {
                return Err(DatedError::NoSource(*valid_from));
            }
        }
        for pair in values.windows(2) {
            let (earlier, from) = (&pair[0], pair[1].valid_from);
            if from < earlier.valid_from {
                return Err(DatedError::OutOfOrder(from));
            }
            if earlier.valid_to.is_none_or(|to| from <= to) {
                return Err(DatedError::Overlap(from));
            }
        }
        Ok(Self(values))
    }
    /// The value that holds on a day, with its days and source.
    pub fn on(&self, date: Date) -> Result<&DatedValue<T>, NoValueOn> {
        let begun = self.0.partition_point(|value| value.valid_from <= date);
        let last = begun.checked_sub(1).and_then(|i| self.0.get(i));
        last.filter(|value| value.valid_to.is_none_or(|to| date <= to))
            .ok_or(NoValueOn(date))
    }
    /// Every value, earliest first.
    pub fn values(&self) -> &[DatedValue<T>] {
        &self.0
    }
}

impl<T> TryFrom<Vec<DatedValue<T>>> for Dated<T> {
    type Error = DatedError;
    fn try_from(values: Vec<DatedValue<T>>) -> Result<Self, DatedError> {
        Self::try_new(values)
    }
}

impl<T> From<Dated<T>> for Vec<DatedValue<T>> {
    fn from(dated: Dated<T>) -> Self {
        dated.0
    }
}
