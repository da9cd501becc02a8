//! Regions (行政区划) in a name: provinces, cities, counties, districts and development zones, in full or short.

use std::path::Path;

use rustc_hash::FxHashMap;

use crate::table::{self, Faults, Table};
use crate::trie::Trie;

/// The level of a region, from the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Nation,
    Province,
    City,
    County,
    District,
    Zone,
}

pub(crate) struct Region {
    pub(crate) full: String,
    pub(crate) short: String,
    pub(crate) level: Level,
    pub(crate) code: String,
    /// Its short name has another common meaning.
    pub(crate) ambiguous: bool,
}

/// One way in which a word names a region.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) region: u32,
    pub(crate) is_full: bool,
}

#[derive(Default)]
pub(crate) struct Regions {
    pub(crate) list: Vec<Region>,
    words: Trie,
    readings: Vec<Vec<Reading>>,
    /// Full and short names of divisions at county level and above, each with the largest level it names.
    names: FxHashMap<String, Level>,
}

/// A region as found in a name: one to four words that lie within each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) length: usize,
    /// The regions, from the largest.
    pub(crate) regions: Vec<u32>,
    pub(crate) score: i32,
}

impl Regions {
    pub(crate) fn load(national: &Path, zone: &Path, faults: &mut Faults) -> Self {
        let mut it = Self::default();
        it.add(Region {
            full: "中国".into(),
            short: "中国".into(),
            level: Level::Nation,
            code: String::new(),
            ambiguous: false,
        });
        let table = table::table(&national.join("regions.tsv"), true, 4, 5, faults);
        it.add_table(&table, faults);
        let table = table::table(&zone.join("regions.tsv"), false, 4, 5, faults);
        it.add_table(&table, faults);
        it
    }

    fn add_table(&mut self, table: &Table, faults: &mut Faults) {
        for row in &table.rows {
            let level = match row.columns[2].as_str() {
                "province" => Level::Province,
                "city" => Level::City,
                "county" => Level::County,
                "district" => Level::District,
                "zone" => Level::Zone,
                other => {
                    faults.add(&table.file, row.line, format!("“{other}” is not a level"));
                    continue;
                }
            };
            let code = row.columns[3].clone();
            if !code.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(code.len(), 2 | 4 | 6) {
                faults.add(&table.file, row.line, format!("“{code}” is not a division code"));
            }
            let (full, short) = (row.columns[0].clone(), row.columns[1].clone());
            if full.is_empty() || short.is_empty() || !full.starts_with(&short) {
                faults.add(&table.file, row.line, "the short name is not the beginning of the full name");
            }
            let ambiguous = match row.columns.get(4).map_or("", String::as_str) {
                "" => false,
                "ambiguous" => true,
                other => {
                    faults.add(&table.file, row.line, format!("“{other}” is not a remark"));
                    false
                }
            };
            self.add(Region {
                full,
                short,
                level,
                code,
                ambiguous,
            });
        }
    }

    fn add(&mut self, region: Region) {
        let number = self.list.len() as u32;
        self.word(
            &region.full,
            Reading {
                region: number,
                is_full: true,
            },
        );
        if region.short != region.full {
            self.word(
                &region.short,
                Reading {
                    region: number,
                    is_full: false,
                },
            );
        }
        if region.level != Level::Zone {
            for name in [&region.short, &region.full] {
                let level = self.names.entry(name.clone()).or_insert(region.level);
                *level = region.level.min(*level);
            }
        }
        self.list.push(region);
    }

    fn word(&mut self, word: &str, reading: Reading) {
        let fresh = self.readings.len() as u32;
        match self.words.add(word.chars(), fresh) {
            Some(there) => self.readings[there as usize].push(reading),
            None => self.readings.push(vec![reading]),
        }
    }

    /// Whether the text is the name, full or short, of a region at county level or above.
    pub(crate) fn is_region(&self, text: &str) -> bool {
        self.names.contains_key(text)
    }

    /// Whether the text names a city or a larger region.
    pub(crate) fn is_city_or_larger(&self, text: &str) -> bool {
        self.names.get(text).is_some_and(|level| *level <= Level::City)
    }

    /// All regions that stand at the beginning of the letters, each as a chain of words (广东省深圳市南山区).
    pub(crate) fn chains(&self, letters: &[char], found: &mut Vec<Chain>) {
        let mut so_far = Chain {
            length: 0,
            regions: Vec::new(),
            score: 0,
        };
        self.extend(letters, &mut so_far, found);
    }

    fn extend(&self, letters: &[char], so_far: &mut Chain, found: &mut Vec<Chain>) {
        if so_far.regions.len() == crate::limits::REGION_WORDS_MAX {
            return;
        }
        let mut steps: Vec<(usize, u32)> = Vec::new();
        self.words.walk(letters[so_far.length..].iter().copied(), |length, number| {
            steps.push((length, number))
        });
        for (length, number) in &steps {
            for reading in &self.readings[*number as usize] {
                // 深圳市: where the full name stands, the short one is not read, or its 市 would fall to the brand.
                let in_full = |(_, other): &(usize, u32)| {
                    self.readings[*other as usize]
                        .iter()
                        .any(|full| full.is_full && full.region == reading.region)
                };
                if !reading.is_full && steps.iter().any(in_full) {
                    continue;
                }
                let Some(score) = self.fits(so_far, *reading, *length) else {
                    continue;
                };
                let before = so_far.clone();
                so_far.length += length;
                so_far.regions.push(reading.region);
                so_far.score += score;
                found.push(so_far.clone());
                self.extend(letters, so_far, found);
                *so_far = before;
            }
        }
    }

    /// How well a word goes on from the chain so far; `None` where it cannot.
    fn fits(&self, so_far: &Chain, reading: Reading, length: usize) -> Option<i32> {
        let region = &self.list[reading.region as usize];
        let long = length as i32;
        let Some(parent) = so_far.regions.last().map(|parent| &self.list[*parent as usize]) else {
            return match (region.level, reading.is_full) {
                (Level::Zone, _) => Some(3),
                // Only the full name can tell a district or county from an ordinary word.
                (_, true) => Some(2 * long + 1),
                (Level::Province | Level::City, false) => Some(6),
                (Level::County, false) if region.full.ends_with('市') && !region.ambiguous => Some(4),
                (_, false) => None,
            };
        };
        if parent.level >= region.level || !region.code.starts_with(&parent.code) && region.level != Level::Zone {
            return None;
        }
        if region.level == Level::Zone && !(region.code.starts_with(&parent.code) || parent.code.starts_with(&region.code)) {
            return None;
        }
        Some(if reading.is_full { 2 * long + 1 } else { 4 })
    }

    /// The one name of a chain: 市、区 and a repeated larger region apart, so that 深圳市 and 深圳 are the same region.
    pub(crate) fn canonical(&self, chain: &[u32]) -> String {
        let mut text = String::new();
        for number in chain {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(&self.list[*number as usize].short);
        }
        text
    }
}
