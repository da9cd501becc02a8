//! Chinese characters: which are standard, how they are read, which look alike, and how a name is brought to one form.

use std::path::Path;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::NotAName;
use crate::limits;
use crate::table::{self, Faults};

/// The tables of characters.
#[derive(Default)]
pub(crate) struct Characters {
    /// 规范汉字 and their readings as syllable numbers, sorted.
    readings: FxHashMap<char, Box<[u32]>>,
    variants: FxHashMap<char, char>,
    /// For each character, those that look like it, sorted.
    alike: FxHashMap<char, Vec<char>>,
}

/// Syllable numbers start above every code point and stay under 2^21, so that a character without a known reading can stand for its own sound.
const FIRST_SYLLABLE: u32 = 0x0011_0000;

impl Characters {
    pub(crate) fn load(national: &Path, alike_percent_min: u8, faults: &mut Faults) -> Self {
        let mut it = Self::default();
        it.load_standard(national, faults);
        it.load_variants(national, faults);
        it.load_glyphs(national, alike_percent_min, faults);
        it
    }

    fn load_standard(&mut self, national: &Path, faults: &mut Faults) {
        let table = table::table(&national.join("characters.tsv"), true, 3, 3, faults);
        let mut syllables: FxHashMap<String, u32> = FxHashMap::default();
        for row in &table.rows {
            let Some(character) = single(&row.columns[0]) else {
                faults.add(&table.file, row.line, "the first column is not one character");
                continue;
            };
            let mut readings: Vec<u32> = Vec::new();
            for syllable in row.columns[2].split(' ').filter(|syllable| !syllable.is_empty()) {
                if !syllable.bytes().all(|byte| byte.is_ascii_lowercase()) {
                    faults.add(&table.file, row.line, format!("“{syllable}” is not a syllable without tone"));
                }
                let fresh = FIRST_SYLLABLE + syllables.len() as u32;
                readings.push(*syllables.entry(syllable.to_owned()).or_insert(fresh));
            }
            readings.sort_unstable();
            readings.dedup();
            if readings.is_empty() || readings.len() > limits::READINGS_PER_CHARACTER_MAX {
                faults.add(&table.file, row.line, format!("has {} readings", readings.len()));
            }
            if self.readings.insert(character, readings.into()).is_some() {
                faults.add(&table.file, row.line, format!("“{character}” stands twice"));
            }
        }
    }

    fn load_variants(&mut self, national: &Path, faults: &mut Faults) {
        let table = table::table(&national.join("variants.tsv"), true, 2, 3, faults);
        for row in &table.rows {
            match (single(&row.columns[0]), single(&row.columns[1])) {
                (Some(variant), Some(standard)) => {
                    if !self.readings.contains_key(&standard) {
                        faults.add(&table.file, row.line, format!("“{standard}” is not a standard character"));
                    }
                    if self.readings.contains_key(&variant) {
                        faults.add(&table.file, row.line, format!("“{variant}” is itself a standard character"));
                    }
                    self.variants.insert(variant, standard);
                }
                _ => faults.add(&table.file, row.line, "a column is not one character"),
            }
        }
    }

    fn load_glyphs(&mut self, national: &Path, percent_min: u8, faults: &mut Faults) {
        let table = table::table(&national.join("glyphs.tsv"), true, 3, 3, faults);
        for row in &table.rows {
            let alike = row.columns[2].parse::<f32>().ok().filter(|alike| (0.0..=1.0).contains(alike));
            let (Some(a), Some(b), Some(alike)) = (single(&row.columns[0]), single(&row.columns[1]), alike) else {
                faults.add(&table.file, row.line, "expected two characters and a number from 0 to 1");
                continue;
            };
            if alike * 100.0 + 0.01 >= f32::from(percent_min) && a != b {
                self.alike.entry(a).or_default().push(b);
                self.alike.entry(b).or_default().push(a);
            }
        }
        for list in self.alike.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
    }

    /// Whether this is one of the 8,105 规范汉字.
    pub(crate) fn is_standard(&self, character: char) -> bool {
        self.readings.contains_key(&character)
    }

    /// The ways to read a character, as syllable numbers without tones, sorted. A character outside the table sounds only like itself.
    pub(crate) fn sounds<'a>(&'a self, character: char, own: &'a mut [u32; 1]) -> &'a [u32] {
        match self.readings.get(&character) {
            Some(readings) => readings,
            None => {
                own[0] = character as u32;
                own
            }
        }
    }

    /// Whether two characters have a reading in common (多音字: any of them), tones apart.
    pub(crate) fn sound_alike(&self, a: char, b: char) -> bool {
        if a == b {
            return true;
        }
        match (self.readings.get(&a), self.readings.get(&b)) {
            (Some(a), Some(b)) => a.iter().any(|sound| b.contains(sound)),
            _ => false,
        }
    }

    /// Whether two texts of the same length sound the same, character by character.
    pub(crate) fn same_sound(&self, a: &[char], b: &[char]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.sound_alike(*a, *b))
    }

    /// The characters that look like this one.
    pub(crate) fn look_alikes(&self, character: char) -> &[char] {
        self.alike.get(&character).map_or(&[], Vec::as_slice)
    }

    /// One form for one name: full and half width, brackets, capitals, traditional and variant characters, no white space.
    pub(crate) fn normalise(&self, text: &str) -> Result<String, NotAName> {
        if text.len() > limits::NAME_BYTES_MAX {
            return Err(NotAName::TooLong);
        }
        if let Some((at, hidden)) = text.chars().enumerate().find(|(_, letter)| is_hidden(*letter)) {
            return Err(NotAName::Hidden { code: hidden as u32, at });
        }
        let mut normal = self.fold(text);
        // Folding a space away can bring two letters together that compose into one: fold until nothing changes.
        for _ in 0..4 {
            let again = self.fold(&normal);
            if again == normal {
                break;
            }
            normal = again;
        }
        if let Some((at, hidden)) = normal.chars().enumerate().find(|(_, letter)| is_hidden(*letter)) {
            return Err(NotAName::Hidden { code: hidden as u32, at });
        }
        match normal.chars().count() {
            0 => Err(NotAName::Empty),
            long if long > limits::NAME_CHARS_MAX => Err(NotAName::TooLong),
            _ => Ok(normal),
        }
    }

    fn fold(&self, text: &str) -> String {
        text.chars()
            .filter(|letter| !letter.is_whitespace())
            .nfkc()
            .filter(|letter| !letter.is_whitespace())
            .map(|letter| match letter {
                '(' | '[' | '{' | '【' | '〔' | '〖' | '〈' | '《' | '「' | '『' | '❨' | '⟨' => '（',
                ')' | ']' | '}' | '】' | '〕' | '〗' | '〉' | '》' | '」' | '』' | '❩' | '⟩' => '）',
                _ => self.variants.get(&letter).copied().unwrap_or(letter).to_ascii_uppercase(),
            })
            .collect()
    }
}

/// What cannot be seen: control and format characters, fillers, private use, marks that combine with their neighbour.
fn is_hidden(letter: char) -> bool {
    letter.is_control() && !letter.is_whitespace()
        || letter == '\u{0}'
        || is_combining_mark(letter)
        || matches!(letter,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E000}'..='\u{F8FF}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
}

fn single(text: &str) -> Option<char> {
    let mut letters = text.chars();
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}
