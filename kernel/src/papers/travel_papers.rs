//! The papers of people who are not mainland citizens: travel permits, the foreigner's residence card, the passport.

use super::{PaperError, citizen_id, fold, shaped};

/// Fewest and most characters of a passport number that are taken; ICAO 9303 has nine, some states print more.
const PASSPORT_CHARS: std::ops::RangeInclusive<usize> = 5..=15;

paper!(
    /// 港澳居民来往内地通行证: H (Hong Kong) or M (Macao) and eight digits; the older card adds two digits that count its renewals.
    HongKongMacaoPermit,
    "mainland-travel-permit",
    r"^\s*[HMhmＨＭｈｍ][0-9０-９]{8}([0-9０-９]{2})?\s*$"
);
paper!(
    /// 台湾居民来往大陆通行证: eight digits, for life.
    TaiwanPermit,
    "taiwan-travel-permit",
    r"^\s*[0-9０-９]{8}\s*$"
);
paper!(
    /// 外国人永久居留身份证: edition of 2023 with 18 characters, the first a 9, with date and check as in a citizen's number; before it
    /// three letters of nationality and twelve digits, of which only the shape is checked.
    ForeignResident,
    "foreign-resident-card",
    r"^\s*([A-Za-zＡ-Ｚａ-ｚ]{3}[0-9０-９]{12}|[9９][0-9０-９]{16}[0-9Xx０-９Ｘｘ])\s*$"
);
paper!(
    /// 护照: capitals and digits, five to fifteen. It has no check character outside its machine-readable zone.
    Passport,
    "passport",
    r"^\s*[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{5,15}\s*$"
);
personal!(HongKongMacaoPermit, TaiwanPermit, ForeignResident, Passport);

impl HongKongMacaoPermit {
    /// Reads a permit number of nine or eleven characters.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let text = fold(text);
        let length = if text.chars().count() == 11 { 11 } else { 9 };
        shaped(
            &text,
            length,
            |i, b| {
                if i == 0 { matches!(b, b'H' | b'M') } else { b.is_ascii_digit() }
            },
        )?;
        Ok(Self(text.into()))
    }
    /// Letter and eight digits, which a person keeps when the card is renewed.
    pub fn lifelong(&self) -> &str {
        &self.0[..9]
    }
}

impl TaiwanPermit {
    /// Reads a permit number of eight digits.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let text = fold(text);
        shaped(&text, 8, |_, b| b.is_ascii_digit())?;
        Ok(Self(text.into()))
    }
}

impl ForeignResident {
    /// Reads a card number of either edition.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let text = fold(text);
        if text.chars().count() == 15 {
            shaped(&text, 15, |i, b| if i < 3 { b.is_ascii_uppercase() } else { b.is_ascii_digit() })?;
        } else {
            // A 9 is what tells a foreigner from a citizen, whose number begins with 1 to 8.
            citizen_id::citizen_shape(&text)?;
            if !text.starts_with('9') {
                return Err(PaperError::WrongCharacter);
            }
            citizen_id::check(&text)?;
        }
        Ok(Self(text.into()))
    }
}

impl Passport {
    /// Reads a passport number of any state.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let text = fold(text);
        let length = text.chars().count();
        if !PASSPORT_CHARS.contains(&length) {
            return Err(PaperError::WrongLength);
        }
        shaped(&text, length, |_, b| b.is_ascii_digit() || b.is_ascii_uppercase())?;
        Ok(Self(text.into()))
    }
}
