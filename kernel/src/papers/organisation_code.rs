//! The organisation code (组织机构代码, GB 11714): eight characters and a check character.

use super::{PaperError, fold, shaped};

/// Weights of the eight characters, GB 11714.
const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

paper!(
    /// Nine characters without the hyphen. Since 2015 it lives on as characters 9 to 17 of the unified code.
    ///
    /// The scheme is modulo 11 over values up to 35: two letters or a digit and a letter 11 apart can't be told from each other.
    #[derive(Debug)]
    OrganisationCode,
    "organisation-code",
    r"^\s*[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{8}[-－]?[0-9Xx０-９Ｘｘ]\s*$"
);

impl OrganisationCode {
    /// Reads a code with or without the hyphen before its check character.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let mut text = fold(text);
        if text.len() == 10 && text.as_bytes()[8] == b'-' {
            text.remove(8);
        }
        let allowed = |i, b: u8| match i {
            0..8 => b.is_ascii_digit() || b.is_ascii_uppercase(),
            _ => b.is_ascii_digit() || b == b'X',
        };
        shaped(&text, 9, allowed)?;
        if check_character(&text[..8]) != text.as_bytes()[8] {
            return Err(PaperError::WrongCheckCharacter);
        }
        Ok(Self(text.into()))
    }
    /// The form printed on old certificates: `71526726-X`.
    pub fn hyphenated(&self) -> String {
        format!("{}-{}", &self.0[..8], &self.0[8..])
    }
}

/// The check character of eight digits and capitals: 11 − Σ mod 11, where 10 is written X and 11 is written 0.
pub(super) fn check_character(body: &str) -> u8 {
    let value = |b: u8| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        _ => u32::from(b - b'A') + 10,
    };
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| value(b) * w).sum();
    b"0X987654321"[(sum % 11) as usize]
}
