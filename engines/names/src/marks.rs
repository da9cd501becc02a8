//! Protected well-known marks (驰名商标): a configured list that no stranger may take as a brand, wrap in one, or imitate by sound.

use std::path::Path;

use crate::lexicon::Lexicon;
use crate::parse::ParsedName;
use crate::rules::Hit;
use crate::table::{self, Faults};

pub(crate) struct Mark {
    letters: Vec<char>,
    contains: bool,
    sound: bool,
    /// The industry classes in which it is protected; empty for all.
    classes: Vec<String>,
    /// Ids of enterprises that may use it.
    owners: Vec<String>,
}

/// Reads the zone's list of marks, or the national one.
pub(crate) fn load(national: &Path, zone: &Path, class_of: impl Fn(&str) -> Option<String>, faults: &mut Faults) -> Vec<Mark> {
    let table = table::table(&table::zone_or_national(national, zone, "marks.tsv"), true, 4, 5, faults);
    let mut marks = Vec::new();
    for row in &table.rows {
        let letters: Vec<char> = row.columns[0].chars().collect();
        if letters.len() < 2 {
            faults.add(&table.file, row.line, "a mark has two characters or more");
        }
        let mut mark = Mark {
            letters,
            contains: false,
            sound: false,
            classes: Vec::new(),
            owners: Vec::new(),
        };
        for how in row.columns[1].split(',') {
            match how {
                "same" => {}
                "contains" => mark.contains = true,
                "sound" => mark.sound = true,
                other => faults.add(&table.file, row.line, format!("“{other}” is not a way of protection")),
            }
        }
        for wording in row.columns[2].split(' ').filter(|wording| *wording != "*") {
            match class_of(wording) {
                Some(class) if !class.is_empty() => mark.classes.push(class),
                _ => faults.add(&table.file, row.line, format!("“{wording}” is not an industry wording")),
            }
        }
        if row.columns[3].is_empty() {
            faults.add(&table.file, row.line, "the source is empty");
        }
        mark.owners = row
            .columns
            .get(4)
            .map_or("", String::as_str)
            .split(' ')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        marks.push(mark);
    }
    marks
}

impl Lexicon {
    /// The protected marks that the name takes, wraps or imitates. `allowed` are ids whose marks the applicant may use (有投资关系 or authorised).
    pub fn marks(&self, name: &ParsedName, allowed: &[String]) -> Vec<Hit> {
        let Some(brand) = &name.brand else { return Vec::new() };
        let letters: Vec<char> = brand.text.chars().collect();
        let mut hits = Vec::new();
        for mark in &self.marks {
            let guarded = mark.classes.is_empty()
                || name.industry_class.is_empty()
                || mark.classes.iter().any(|class| overlaps(class, &name.industry_class));
            if !guarded || mark.owners.iter().any(|owner| allowed.contains(owner)) {
                continue;
            }
            let rule = if letters == mark.letters {
                "mark.same"
            } else if mark.contains && letters.windows(mark.letters.len()).any(|part| part == mark.letters) {
                "mark.contains"
            } else if mark.sound && self.sounds_like_mark(&letters, &mark.letters) {
                "mark.sound"
            } else {
                continue;
            };
            hits.push(Hit {
                rule: rule.to_owned(),
                severity: self.rules.severity(rule),
                against: None,
                part: brand.spans.first().copied(),
                wording: Some(mark.letters.iter().collect()),
            });
        }
        hits
    }

    /// A brand sounds like a mark as a whole; a mark long enough to be known by a part is also guarded inside a longer brand.
    fn sounds_like_mark(&self, brand: &[char], mark: &[char]) -> bool {
        self.characters.same_sound(brand, mark)
            || mark.len() >= self.similarity.partial_sound_chars_min
                && brand.windows(mark.len()).any(|part| self.characters.same_sound(part, mark))
    }
}

/// Whether two industry classes share a group.
fn overlaps(a: &str, b: &str) -> bool {
    a.split('+').any(|group| b.split('+').any(|other| group == other))
}
