//! The unified social credit code (统一社会信用代码, GB 32100-2015): the one number of a firm, with two check characters.

use super::{OrganisationCode, PaperError, fold, organisation_code, shaped};

/// The 31 characters of the scheme, by value; I, O, S, V and Z are left out because they look like digits or each other.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Length and characters, in the widths and cases that `fold` takes.
const SHAPE: &str = concat!(
    r"^\s*[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy０-９Ａ-ＨＪ-ＮＰＱＲＴＵＷＸＹａ-ｈｊ-ｎｐｑｒｔｕｗｘｙ]{2}",
    r"[0-9０-９]{6}",
    r"[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy０-９Ａ-ＨＪ-ＮＰＱＲＴＵＷＸＹａ-ｈｊ-ｎｐｑｒｔｕｗｘｙ]{10}\s*$"
);

paper!(
    /// Eighteen characters whose own check and whose organisation code's check both hold.
    #[derive(Debug)]
    UnifiedCode,
    "unified-code",
    SHAPE
);

paper!(
    /// A code as a registry wrote it. Its shape is that of a unified code, but its checks may fail: a registry record wins over
    /// the check characters. (Of 9,881 real codes 24 fail, 19 of them with an organisation code in `M0`, a series in use in Fujian.)
    #[derive(Debug)]
    RegisteredCode,
    "registered-code",
    SHAPE
);

/// The parts of a unified code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnifiedParts {
    /// 登记管理部门: 9 is market regulation, 5 civil affairs, 1 the staffing commission, Y others.
    pub registrar: char,
    /// 机构类别, within the registrar; under 9: 1 firms, 2 sole traders (个体工商户), 3 farmers' cooperatives, 9 others.
    pub class: char,
    /// 登记管理机关行政区划码: six digits of GB/T 2260, 100000 for the State's own registry.
    pub division: String,
    /// 主体标识码.
    pub organisation: OrganisationCode,
}

impl UnifiedCode {
    /// Reads a code; both check characters must hold.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        let text = unified_shape(text)?;
        check(&text)?;
        Ok(Self(text.into()))
    }
    /// One text per firm, as [`super::Paper::key`] is one per person: by it a firm's cases are the firm's.
    pub fn key(&self) -> String {
        format!("{}:{}", Self::FORMAT, self.0)
    }
    /// Puts a new code together: both check characters are computed. `division` has six digits, `body` eight characters.
    pub fn issue(registrar: char, class: char, division: &str, body: &str) -> Result<Self, PaperError> {
        if division.len() != 6 || body.len() != 8 {
            return Err(PaperError::WrongLength);
        }
        // Zeros hold the places of the two check characters while the shape is looked at.
        let mut text = unified_shape(&format!("{registrar}{class}{division}{body}00"))?;
        text.truncate(16);
        text.push(organisation_code::check_character(&text[8..]).into());
        text.push(check_character(&text).into());
        Ok(Self(text.into()))
    }
    /// Reads a code out of a registry's record: the text is kept even if its checks fail, see [`RegisteredCode::checks`].
    pub fn as_registered(text: &str) -> Result<RegisteredCode, PaperError> {
        RegisteredCode::try_new(text)
    }
    /// Who registered it, as what, where, and the organisation code.
    pub fn parts(&self) -> UnifiedParts {
        let bytes = self.0.as_bytes();
        UnifiedParts {
            registrar: bytes[0].into(),
            class: bytes[1].into(),
            division: self.0[2..8].to_owned(),
            organisation: OrganisationCode(self.0[8..17].into()),
        }
    }
}

impl RegisteredCode {
    /// Reads a code as it stands in a registry; only length and characters are checked.
    pub fn try_new(text: &str) -> Result<Self, PaperError> {
        Ok(Self(unified_shape(text)?.into()))
    }
    /// True if both check characters hold.
    pub fn checks(&self) -> bool {
        check(&self.0).is_ok()
    }
    /// The same code as a [`UnifiedCode`], if it checks; else which check fails.
    pub fn unified(&self) -> Result<UnifiedCode, PaperError> {
        UnifiedCode::try_new(&self.0)
    }
}

impl From<UnifiedCode> for RegisteredCode {
    fn from(code: UnifiedCode) -> Self {
        Self(code.0)
    }
}

/// Folds, then checks length and characters.
fn unified_shape(text: &str) -> Result<String, PaperError> {
    let text = fold(text);
    shaped(&text, 18, |i, b| match i {
        2..8 => b.is_ascii_digit(),
        _ => ALPHABET.contains(&b),
    })?;
    Ok(text)
}

/// Both checks of a well-shaped code.
fn check(text: &str) -> Result<(), PaperError> {
    let bytes = text.as_bytes();
    if check_character(&text[..17]) != bytes[17] {
        Err(PaperError::WrongCheckCharacter)
    } else if organisation_code::check_character(&text[8..16]) != bytes[16] {
        Err(PaperError::WrongOrganisationCheck)
    } else {
        Ok(())
    }
}

/// The check character of seventeen characters: weights are the powers of 3 modulo 31.
fn check_character(body: &str) -> u8 {
    let value = |b: u8| ALPHABET.iter().position(|a| *a == b).unwrap_or(0);
    let (sum, _) = body
        .bytes()
        .fold((0, 1), |(sum, weight), b| (sum + value(b) * weight, weight * 3 % 31));
    ALPHABET[(31 - sum % 31) % 31]
}
