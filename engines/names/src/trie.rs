//! A list of words in which all words that begin (or end) at one place of a name are found in one walk.

use rustc_hash::FxHashMap;

/// Words, each with a number.
#[derive(Default)]
pub(crate) struct Trie {
    next: FxHashMap<(u32, char), u32>,
    words: Vec<Option<u32>>,
}

impl Trie {
    /// Adds a word with its number, unless it stands there already: then the number it has is given back.
    pub(crate) fn add(&mut self, word: impl Iterator<Item = char>, number: u32) -> Option<u32> {
        if self.words.is_empty() {
            self.words.push(None);
        }
        let mut node = 0;
        for letter in word {
            let fresh = self.words.len() as u32;
            node = *self.next.entry((node, letter)).or_insert(fresh);
            if node == fresh {
                self.words.push(None);
            }
        }
        let place = &mut self.words[node as usize];
        let before = *place;
        if before.is_none() {
            *place = Some(number);
        }
        before
    }

    /// Calls `found(length, number)` for each word that the letters begin with, the shortest first.
    pub(crate) fn walk(&self, letters: impl Iterator<Item = char>, mut found: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (place, letter) in letters.enumerate() {
            match self.next.get(&(node, letter)) {
                Some(next) => node = *next,
                None => return,
            }
            if let Some(number) = self.words[node as usize] {
                found(place + 1, number);
            }
        }
    }

    /// The number of exactly this word.
    pub(crate) fn get(&self, word: &[char]) -> Option<u32> {
        let mut node = 0;
        for letter in word {
            node = *self.next.get(&(node, *letter))?;
        }
        self.words.get(node as usize).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_at_a_place_are_found() {
        let mut trie = Trie::default();
        assert_eq!(trie.add("酒".chars(), 1), None);
        assert_eq!(trie.add("酒业".chars(), 2), None);
        assert_eq!(trie.add("酒业".chars(), 3), Some(2));
        let mut found = Vec::new();
        trie.walk("酒业发展".chars(), |length, number| found.push((length, number)));
        assert_eq!(found, [(1, 1), (2, 2)]);
        assert_eq!(trie.get(&['酒', '业']), Some(2));
        assert_eq!(trie.get(&['业']), None);
        assert_eq!(Trie::default().get(&['业']), None);
    }
}
