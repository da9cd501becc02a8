//! Texts that repeat in many entries (industries, regions, forms), each held once under a number.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

#[derive(Default)]
pub(super) struct Texts {
    list: Vec<Box<str>>,
    by_text: HashTable<u32>,
    bytes: usize,
}

impl Texts {
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.by_text
            .find(hash_text(text), |number| *self.list[*number as usize] == *text)
            .copied()
    }

    /// The number of a text, given to it when it is first seen.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let number = self.list.len() as u32;
        self.list.push(text.into());
        self.bytes += text.len();
        let list = &self.list;
        self.by_text
            .insert_unique(hash_text(text), number, |number| hash_text(&list[*number as usize]));
        number
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.list.capacity() * size_of::<Box<str>>() + self.bytes + self.by_text.capacity() * 8 / 7 * 5
    }
}

pub(super) fn hash_text(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}
