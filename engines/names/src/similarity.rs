//! The numbers that the similarity rules leave open (`similarity.toml`): configuration, not law.

use std::path::Path;

use crate::table::{self, Faults};

/// How similar names are told apart where the rule's text gives no number.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Similarity {
    /// 字号包含: the shorter brand has at least this many characters.
    pub contained_chars_min: usize,
    /// 部分字音相同: the part that sounds the same has at least this many characters.
    pub partial_sound_chars_min: usize,
    /// 字形相近: at most this many characters differ, and never more than half of the brand.
    pub glyph_differences_max: usize,
    /// Pairs of characters at least this alike count as look-alike, in percent.
    pub glyph_alike_percent_min: u8,
    /// Industry codes of GB/T 4754 that share this many leading digits are one industry.
    pub industry_code_digits: usize,
}

impl Default for Similarity {
    fn default() -> Self {
        Self {
            contained_chars_min: 2,
            partial_sound_chars_min: 3,
            glyph_differences_max: 2,
            glyph_alike_percent_min: 90,
            industry_code_digits: 3,
        }
    }
}

impl Similarity {
    pub(crate) fn load(file: &Path, faults: &mut Faults) -> Self {
        let it: Self = table::toml(file, true, faults).unwrap_or_default();
        let mut within = |name: &str, value: usize, least: usize, most: usize| {
            if value < least || value > most {
                faults.add(file, 0, format!("{name} is {value}, expected {least} to {most}"));
            }
        };
        // The index keys containment on pairs and partial sounds on triples of characters: smaller parts would be missed.
        within("contained_chars_min", it.contained_chars_min, 2, 8);
        within("partial_sound_chars_min", it.partial_sound_chars_min, 3, 8);
        within("glyph_differences_max", it.glyph_differences_max, 0, 2);
        within("glyph_alike_percent_min", it.glyph_alike_percent_min.into(), 50, 100);
        within("industry_code_digits", it.industry_code_digits, 2, 4);
        it
    }

    /// How many look-alike characters two brands of this length may differ in.
    pub(crate) fn glyph_differences(&self, length: usize) -> usize {
        self.glyph_differences_max.min(length / 2)
    }

    /// The part of an industry code that decides whether two are the same industry, as a number above 0; 0 where there is no usable code.
    pub(crate) fn code(&self, code: Option<&str>) -> u32 {
        let Some(code) = code else { return 0 };
        let digits = code.trim().trim_start_matches(|letter: char| letter.is_ascii_uppercase());
        if digits.len() < self.industry_code_digits || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return 0;
        }
        digits[..self.industry_code_digits].parse::<u32>().map_or(0, |number| number + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_meet_in_their_leading_digits() {
        let it = Similarity::default();
        assert_eq!(it.code(Some("C1512")), it.code(Some("1519")));
        assert_ne!(it.code(Some("C1512")), it.code(Some("C1521")));
        assert_eq!(it.code(Some("C")), 0);
        assert_eq!(it.code(Some("十五")), 0);
        assert_eq!(it.code(None), 0);
        assert_ne!(it.code(Some("0000")), 0);
    }

    #[test]
    fn at_most_half_of_a_brand_may_look_different() {
        let it = Similarity::default();
        assert_eq!([1, 2, 3, 4, 9].map(|length| it.glyph_differences(length)), [0, 1, 1, 2, 2]);
    }
}
