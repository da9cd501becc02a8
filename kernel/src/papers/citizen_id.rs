//! The citizen's number (公民身份号码, GB 11643-1999) of 18 characters, and the 15 digits that came before it.

use jiff::civil::Date;

use super::{PaperError, fold, shaped};

/// Weights of the first 17 digits, GB 11643-1999 (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// First two digits that ever stood for a province-level division (GB/T 2260). The finer digits are as of issue and may be of a
/// county that is long abolished, so no table of today decides about them.
const PROVINCES: [&str; 32] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50",
    "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
];
/// Prefixes of the residence permits for people of Hong Kong, Macao and Taiwan (港澳台居民居住证, since 2018).
const RESIDENCE_PERMITS: [&str; 3] = ["810000", "820000", "830000"];
/// No living person was born before this year.
const BIRTH_YEAR_MIN: i16 = 1800;

paper!(
    /// Eighteen characters, the last a digit or a capital X. A 15-digit number is read as its 18-character form, so that a person is
    /// one person under both. Numbers that begin with 9 are those of foreigners: see [`super::ForeignResident`].
    CitizenId,
    "citizen-id",
    r"^\s*([0-9０-９]{15}|[0-9０-９]{17}[0-9Xx０-９Ｘｘ])\s*$"
);
personal!(CitizenId);

impl CitizenId {
    /// Reads a number of 18 characters or 15 digits. Fifteen digits have a two-digit year, read as 19YY.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let mut text = fold(text);
        let legacy = text.chars().count() == 15;
        if legacy {
            shaped(&text, 15, |_, b| b.is_ascii_digit())?;
            text.insert_str(6, "19");
            text.push(check_character(&text).into());
        }
        citizen_shape(&text)?;
        // Residence permits are younger than the last number of 15 digits.
        let division = &text[..6];
        let permit = !legacy && RESIDENCE_PERMITS.contains(&division);
        if !permit && !PROVINCES.contains(&&division[..2]) {
            return Err(PaperError::UnknownDivision);
        }
        check(&text)?;
        Ok(Self(text.into()))
    }
    /// Day of birth.
    pub fn birth_date(&self) -> Date {
        birth_date(&self.0).expect("a citizen's number is checked for its date when it is made")
    }
    /// True for a man: the 17th digit is odd.
    pub fn is_male(&self) -> bool {
        self.0.as_bytes()[16] % 2 == 1
    }
    /// Six digits of GB/T 2260 as of the day of issue.
    pub fn division(&self) -> &str {
        &self.0[..6]
    }
    /// Full years of age (周岁) on a day; none before birth. The birthday itself counts as in civil law (criminal law counts from the
    /// day after it); who was born on 29 February grows a year older on 1 March of a common year.
    pub fn age_on(&self, date: Date) -> Option<u16> {
        let birth = self.birth_date();
        let before_birthday = (date.month(), date.day()) < (birth.month(), birth.day());
        u16::try_from(date.year() - birth.year() - i16::from(before_birthday)).ok()
    }
}

/// Seventeen digits and a digit or X.
pub(super) fn citizen_shape(text: &str) -> Result<(), PaperError> {
    shaped(text, 18, |i, b| b.is_ascii_digit() || (i == 17 && b == b'X'))
}

/// Date and check character of a well-shaped number; foreigners' numbers of 2023 have the same layout.
pub(super) fn check(text: &str) -> Result<(), PaperError> {
    birth_date(text).ok_or(PaperError::ImpossibleDate)?;
    if check_character(&text[..17]) != text.as_bytes()[17] {
        return Err(PaperError::WrongCheckCharacter);
    }
    Ok(())
}

fn birth_date(text: &str) -> Option<Date> {
    let year = text[6..10].parse().ok().filter(|year| *year >= BIRTH_YEAR_MIN)?;
    Date::new(year, text[10..12].parse().ok()?, text[12..14].parse().ok()?).ok()
}

fn check_character(body: &str) -> u8 {
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    b"10X98765432"[(sum % 11) as usize]
}
