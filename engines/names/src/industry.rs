//! Industry wordings (行业或者经营特点): taking the tail of a name apart into words, and telling which wordings mean the same.

use std::path::Path;

use crate::table::{self, Faults};
use crate::trie::Trie;

/// The group of wordings that name no industry (实业、发展…).
const EMPTY: u32 = 0;

#[derive(Default)]
pub(crate) struct Industries {
    /// Word → group.
    words: Trie,
    groups: Vec<String>,
}

/// How the letters from one place to the end read as industry words.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tail {
    /// Higher is better; `None` where the letters are not all industry words.
    pub(crate) score: Option<i32>,
    next: usize,
    group: u32,
}

impl Industries {
    pub(crate) fn load(national: &Path, zone: &Path, faults: &mut Faults) -> Self {
        let mut it = Self {
            words: Trie::default(),
            groups: vec!["empty".to_owned()],
        };
        let table = table::table(
            &table::zone_or_national(national, zone, "industry-synonyms.tsv"),
            true,
            3,
            3,
            faults,
        );
        for row in &table.rows {
            let group = match it.groups.iter().position(|group| *group == row.columns[0]) {
                Some(place) => place as u32,
                None => {
                    it.groups.push(row.columns[0].clone());
                    it.groups.len() as u32 - 1
                }
            };
            for word in row.columns[2].split(' ').filter(|word| !word.is_empty()) {
                if it.words.add(word.chars(), group).is_some() {
                    faults.add(&table.file, row.line, format!("“{word}” stands twice"));
                }
            }
        }
        let table = table::table(&national.join("industry-words.txt"), true, 1, 1, faults);
        for row in &table.rows {
            let word = &row.columns[0];
            if it.words.add(word.chars(), it.groups.len() as u32).is_some() {
                faults.add(&table.file, row.line, format!("“{word}” stands in a group already"));
            } else {
                it.groups.push(word.clone());
            }
        }
        it
    }

    /// For every place of the letters, how the rest reads as industry words. The last element stands for the empty rest.
    pub(crate) fn tails(&self, letters: &[char]) -> Vec<Tail> {
        let mut tails = vec![Tail::default(); letters.len() + 1];
        tails[letters.len()].score = Some(0);
        for start in (0..letters.len()).rev() {
            let mut best = Tail::default();
            self.words.walk(letters[start..].iter().copied(), |length, group| {
                let Some(rest) = tails[start + length].score else { return };
                // Two for each letter, one less for each word: the longer word wins over two short ones.
                let score = rest + 2 * length as i32 - 1;
                if best.score.is_none_or(|known| score > known) {
                    best = Tail {
                        score: Some(score),
                        next: start + length,
                        group,
                    };
                }
            });
            tails[start] = best;
        }
        tails
    }

    /// The class of the industry that begins at `start`: its groups, sorted; empty where it names none.
    pub(crate) fn class(&self, tails: &[Tail], start: usize) -> String {
        let mut groups: Vec<&str> = Vec::new();
        let mut place = start;
        while let Some(tail) = tails.get(place).filter(|tail| tail.score.is_some() && tail.next > place) {
            if tail.group != EMPTY {
                groups.push(&self.groups[tail.group as usize]);
            }
            place = tail.next;
        }
        groups.sort_unstable();
        groups.dedup();
        groups.join("+")
    }

    /// The class of a wording, `None` if it does not consist of industry words.
    pub(crate) fn class_of(&self, wording: &str) -> Option<String> {
        let letters: Vec<char> = wording.chars().collect();
        let tails = self.tails(&letters);
        tails[0].score?;
        Some(self.class(&tails, 0))
    }

    /// Whether the letters are industry words from end to end.
    pub(crate) fn is_industry(&self, letters: &[char]) -> bool {
        !letters.is_empty() && self.tails(letters)[0].score.is_some()
    }

    /// Whether this is one industry word.
    pub(crate) fn is_word(&self, letters: &[char]) -> bool {
        self.words.get(letters).is_some()
    }
}

/// The wording under which identical industries meet: 酒业 and 酒 (of 酒厂) are the same text (比对规则第三条第（三）项举例).
pub(crate) fn wording_key(industry: &str) -> &str {
    match industry.strip_suffix('业') {
        Some(stem) if !stem.is_empty() => stem,
        _ => industry,
    }
}

impl Industries {
    /// Calls `found(length)` for each industry word that the letters begin with.
    pub(crate) fn walk(&self, letters: &[char], mut found: impl FnMut(usize)) {
        self.words.walk(letters.iter().copied(), |length, _| found(length));
    }
}
