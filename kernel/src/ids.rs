//! Names of things, each of its own type, so that a case can't be taken for an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $length_max:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes the text if it has the shape of this id, else says what it is not.
            pub fn try_new(text: &str) -> Result<Self, NotAnId> {
                let fits = !text.is_empty() && text.len() <= $length_max && text.chars().all($allowed);
                if fits { Ok(Self(text.into())) } else { Err(NotAnId { noun: stringify!($name) }) }
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                Self::try_new(&text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::try_new(text)
            }
        }
    };
}

/// A text that was offered as an id and has not its shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {noun}")]
pub struct NotAnId {
    noun: &'static str,
}

id!(
    /// A case number as it is printed on a receipt (受理编号): `QH261122-7K3M9QAZXW`.
    CaseId, 32, |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'
);
id!(
    /// A log-in name.
    AccountId, 64, |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_')
);
id!(
    /// An agency (机关) of the zone, such as `market-regulation`.
    AgencyId, 48, |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
);
