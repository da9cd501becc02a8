//! The numbers printed on the papers of firms and people: a value of these types has been checked as its standard says.
//!
//! Input is trimmed, full-width characters (０-９, Ａ-Ｚ) are folded and letters become capitals before the check, because people
//! copy numbers out of Chinese text. No clock is read: whether a birth date lies in the future is for the service to ask.
//! `Debug` of a personal paper shows the masked number, so that none stands in a log by accident.

/// Declares the newtype of one paper: text in canonical form, checked on every way in (`try_new`, `FromStr`, serde).
/// The type itself brings `try_new`. The JSON Schema's pattern accepts all that `try_new` accepts, before the check digits.
macro_rules! paper {
    ($(#[$meta:meta])* $name:ident, $format:literal, $pattern:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(in crate::papers) Box<str>);

        impl $name {
            /// The `format` in the JSON Schema, and the first half of the fault code.
            pub const FORMAT: &'static str = $format;
            /// What a form can check early: length and characters, also before folding.
            pub const PATTERN: &'static str = $pattern;

            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::papers::PaperError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_new(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::try_new(&text).map_err(|e| {
                    serde::de::Error::custom(format_args!("{}.{}: {e}", Self::FORMAT, e.code()))
                })
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": Self::FORMAT, "pattern": Self::PATTERN })
            }
        }
    };
}

/// Adds `masked` to a paper that names a person, and a `Debug` that shows no more than that.
macro_rules! personal {
    ($($name:ident),*) => {$(
        impl $name {
            /// The number with its middle starred out, fit for a page or a log: `4403**********1234`.
            pub fn masked(&self) -> String {
                $crate::papers::mask(&self.0)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }
    )*};
}

mod citizen_id;
mod organisation_code;
mod paper;
mod travel_papers;
mod unified_code;

pub use citizen_id::CitizenId;
pub use organisation_code::OrganisationCode;
pub use paper::Paper;
pub use travel_papers::{ForeignResident, HongKongMacaoPermit, Passport, TaiwanPermit};
pub use unified_code::{RegisteredCode, UnifiedCode, UnifiedParts};

/// Longest number of any paper, in characters; what is longer is not read to its end.
pub const PAPER_CHARS_MAX: usize = 18;

/// Why a text is not the number of a paper. It never repeats the text: the text may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PaperError {
    /// Too few or too many characters.
    #[error("the number has the wrong length")]
    WrongLength,
    /// A character that can't stand at its place.
    #[error("the number has a character that can't stand there")]
    WrongCharacter,
    /// The last character doesn't follow from the others.
    #[error("the check character does not match; please look for a mistyped character")]
    WrongCheckCharacter,
    /// Characters 9 to 17 of a unified code are not an organisation code (GB 11714).
    #[error("the organisation code inside the number (characters 9 to 17) does not check")]
    WrongOrganisationCheck,
    /// The birth date inside the number never was a day.
    #[error("the birth date inside the number does not exist")]
    ImpossibleDate,
    /// The first digits never stood for a province.
    #[error("the first digits of the number never stood for a province")]
    UnknownDivision,
}

impl PaperError {
    /// Stable kebab-case name of the fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongLength => "wrong-length",
            Self::WrongCharacter => "wrong-character",
            Self::WrongCheckCharacter => "wrong-check-character",
            Self::WrongOrganisationCheck => "wrong-organisation-check",
            Self::ImpossibleDate => "impossible-date",
            Self::UnknownDivision => "unknown-division",
        }
    }
    /// The sentence of `Display` in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::WrongLength => "号码位数不对",
            Self::WrongCharacter => "号码中有不应出现的字符",
            Self::WrongCheckCharacter => "校验码不符，请检查是否输错",
            Self::WrongOrganisationCheck => "号码中的组织机构代码（第9至17位）校验不符",
            Self::ImpossibleDate => "号码中的出生日期不存在",
            Self::UnknownDivision => "号码开头的行政区划代码不存在",
        }
    }
}

/// Trims, folds full-width ASCII and capitalises; gives up one character past the longest paper.
fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        // U+FF01..U+FF5E are the printable ASCII characters, shifted.
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    // One more than the longest code with its hyphen, so that what is too long stays too long.
    let folded = text.trim().chars().take(PAPER_CHARS_MAX + 2).map(narrow);
    folded.map(|c| c.to_ascii_uppercase()).collect()
}

/// `text` if it is `length` characters long and `fits(index, byte)` holds for each.
fn shaped(text: &str, length: usize, fits: impl Fn(usize, u8) -> bool) -> Result<(), PaperError> {
    if text.chars().count() != length {
        return Err(PaperError::WrongLength);
    }
    // A character outside ASCII shows as bytes over 127, which fit nowhere.
    if text.bytes().enumerate().all(|(i, b)| fits(i, b)) {
        Ok(())
    } else {
        Err(PaperError::WrongCharacter)
    }
}

/// Stars out the middle; keeps a quarter at each end and never more than four characters.
fn mask(text: &str) -> String {
    let keep = (text.len() / 4).min(4);
    let (head, tail) = (&text[..keep], &text[text.len() - keep..]);
    format!("{head}{}{tail}", "*".repeat(text.len() - 2 * keep))
}
