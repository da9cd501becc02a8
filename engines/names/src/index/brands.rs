//! All brands of the index, each once, and the ways to find those that are like a given brand.
//!
//! Every way finds all brands that the relation holds for, and each find is verified letter by letter:
//! - the same: by hash;
//! - contained in the query: every part of the query by hash; containing it: through its rarest pair of letters;
//! - sounding the same, in whole or in part: under every combination of readings of two letters (brands of two) or three;
//! - looking alike: every replacement by look-alike letters, by hash.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::postings::Keyed;
use crate::characters::Characters;
use crate::similarity::Similarity;

/// How a brand stands to the brand asked about; the closer relation first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Same,
    SameSound,
    Contains,
    PartSound,
    LooksAlike,
}

#[derive(Default)]
pub(super) struct Brands {
    letters: Vec<char>,
    /// Where each brand begins in `letters`; one more element at the end.
    starts: Vec<u32>,
    by_text: HashTable<u32>,
    by_pair: Keyed,
    /// The sound of the first three letters, or of both of a two-letter brand.
    by_sound_head: Keyed,
    /// The sound of any three letters further on.
    by_sound_tail: Keyed,
}

/// Bits of one letter or syllable in a key.
const LETTER_BITS: u32 = 21;
/// Stands in a key where a two-letter brand has no third syllable: no syllable has this number.
const NO_SYLLABLE: u64 = (1 << LETTER_BITS) - 1;

impl Brands {
    pub(super) fn get(&self, number: u32) -> &[char] {
        let number = number as usize;
        &self.letters[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(super) fn find(&self, letters: &[char]) -> Option<u32> {
        self.by_text.find(hash(letters), |number| self.get(*number) == letters).copied()
    }

    /// The number of a brand, given to it when it is first seen.
    pub(super) fn number(&mut self, letters: &[char], characters: &Characters) -> u32 {
        if let Some(number) = self.find(letters) {
            return number;
        }
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        let number = self.len() as u32;
        self.letters.extend_from_slice(letters);
        self.starts.push(self.letters.len() as u32);
        let (all, starts) = (&self.letters, &self.starts);
        self.by_text.insert_unique(hash(letters), number, |number| {
            let number = *number as usize;
            hash(&all[starts[number] as usize..starts[number + 1] as usize])
        });
        for pair in letters.windows(2) {
            self.by_pair.push(pair_key(pair), number);
        }
        if letters.len() == 2 {
            sound_keys(letters, characters, |key| self.by_sound_head.push(key, number));
        }
        for (place, three) in letters.windows(3).enumerate() {
            let list = if place == 0 {
                &mut self.by_sound_head
            } else {
                &mut self.by_sound_tail
            };
            sound_keys(three, characters, |key| list.push(key, number));
        }
        number
    }

    /// All brands that are the same as, sound like, contain, are contained in, or look like the given one; each once, by its closest relation.
    pub(super) fn related(&self, brand: &[char], characters: &Characters, similarity: &Similarity) -> Vec<(u32, Relation)> {
        let mut found: Vec<(u32, Relation)> = Vec::new();
        found.extend(self.find(brand).map(|number| (number, Relation::Same)));
        if brand.len() >= 2 {
            self.same_sound(brand, characters, &mut found);
            self.contained(brand, similarity.contained_chars_min, &mut found);
            if brand.len() >= similarity.contained_chars_min {
                self.containing(brand, &mut found);
            }
            self.part_sounds(brand, similarity.partial_sound_chars_min, characters, &mut found);
            self.looking_alike(brand, similarity.glyph_differences(brand.len()), characters, &mut found);
        }
        found.sort_unstable();
        found.dedup_by_key(|(number, _)| *number);
        found
    }

    fn same_sound(&self, brand: &[char], characters: &Characters, found: &mut Vec<(u32, Relation)>) {
        sound_keys(&brand[..brand.len().min(3)], characters, |key| {
            for number in self.by_sound_head.get(key) {
                if characters.same_sound(self.get(*number), brand) {
                    found.push((*number, Relation::SameSound));
                }
            }
        });
    }

    /// Brands that the given one contains.
    fn contained(&self, brand: &[char], least: usize, found: &mut Vec<(u32, Relation)>) {
        for length in least..brand.len() {
            for part in brand.windows(length) {
                found.extend(self.find(part).map(|number| (number, Relation::Contains)));
            }
        }
    }

    /// Brands that contain the given one.
    fn containing(&self, brand: &[char], found: &mut Vec<(u32, Relation)>) {
        let rarest = brand
            .windows(2)
            .map(|pair| self.by_pair.get(pair_key(pair)))
            .min_by_key(|list| list.len());
        for number in rarest.unwrap_or_default() {
            let other = self.get(*number);
            if other.len() > brand.len() && other.windows(brand.len()).any(|part| part == brand) {
                found.push((*number, Relation::Contains));
            }
        }
    }

    fn part_sounds(&self, brand: &[char], least: usize, characters: &Characters, found: &mut Vec<(u32, Relation)>) {
        for start in 0..brand.len().saturating_sub(2) {
            sound_keys(&brand[start..start + 3], characters, |key| {
                for number in self.by_sound_head.get(key) {
                    let other = self.get(*number);
                    let part = brand.get(start..start + other.len());
                    if other.len() >= least && other.len() < brand.len() && part.is_some_and(|part| characters.same_sound(part, other)) {
                        found.push((*number, Relation::PartSound));
                    }
                }
            });
        }
        if brand.len() < least {
            return;
        }
        let rarest = brand.windows(3).min_by_key(|three| {
            let mut many = 0;
            sound_keys(three, characters, |key| {
                many += self.by_sound_head.get(key).len() + self.by_sound_tail.get(key).len()
            });
            many
        });
        sound_keys(rarest.unwrap_or_default(), characters, |key| {
            for number in self.by_sound_head.get(key).iter().chain(self.by_sound_tail.get(key)) {
                let other = self.get(*number);
                if other.len() > brand.len() && other.windows(brand.len()).any(|part| characters.same_sound(part, brand)) {
                    found.push((*number, Relation::PartSound));
                }
            }
        });
    }

    /// Brands in which up to two letters are replaced by look-alike letters.
    fn looking_alike(&self, brand: &[char], differences: usize, characters: &Characters, found: &mut Vec<(u32, Relation)>) {
        if differences == 0 {
            return;
        }
        let mut changed = brand.to_vec();
        for first in 0..brand.len() {
            for look_alike in characters.look_alikes(brand[first]) {
                changed[first] = *look_alike;
                found.extend(self.find(&changed).map(|number| (number, Relation::LooksAlike)));
                if differences < 2 {
                    continue;
                }
                for second in first + 1..brand.len() {
                    for other in characters.look_alikes(brand[second]) {
                        changed[second] = *other;
                        found.extend(self.find(&changed).map(|number| (number, Relation::LooksAlike)));
                    }
                    changed[second] = brand[second];
                }
            }
            changed[first] = brand[first];
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.letters.capacity() * 4
            + self.starts.capacity() * 4
            + self.by_text.capacity() * 8 / 7 * 5
            + self.by_pair.memory_bytes()
            + self.by_sound_head.memory_bytes()
            + self.by_sound_tail.memory_bytes()
    }
}

fn hash(letters: &[char]) -> u64 {
    let mut hasher = FxHasher::default();
    letters.hash(&mut hasher);
    hasher.finish()
}

fn pair_key(pair: &[char]) -> u64 {
    u64::from(pair[0] as u32) << LETTER_BITS | u64::from(pair[1] as u32)
}

/// Calls `each` with a key for every way to read two or three letters.
fn sound_keys(letters: &[char], characters: &Characters, mut each: impl FnMut(u64)) {
    let (&[first, second], third) = match letters {
        [first, second] => (&[*first, *second], None),
        [first, second, third] => (&[*first, *second], Some(*third)),
        _ => return,
    };
    let (mut own_a, mut own_b, mut own_c) = ([0], [0], [0]);
    let a = characters.sounds(first, &mut own_a);
    let b = characters.sounds(second, &mut own_b);
    let c = third.map(|third| characters.sounds(third, &mut own_c));
    for a in a {
        for b in b {
            let two = u64::from(*a) << (2 * LETTER_BITS) | u64::from(*b) << LETTER_BITS;
            match c {
                None => each(two | NO_SYLLABLE),
                Some(c) => c.iter().for_each(|c| each(two | u64::from(*c))),
            }
        }
    }
}
