//! Compact lists of numbers, most of which hold one number only: four bytes for one, a vector for more.

use rustc_hash::FxHashMap;

/// A list in the making: empty, one number, or the place of a vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

const EMPTY: u32 = u32::MAX;
const IS_LIST: u32 = 1 << 31;

impl Default for Slot {
    fn default() -> Self {
        Self(EMPTY)
    }
}

/// The vectors behind the slots.
#[derive(Default)]
pub(super) struct Lists {
    lists: Vec<Vec<u32>>,
    numbers: usize,
}

impl Lists {
    /// Adds a number below 2^31 to the end of a list.
    pub(super) fn push(&mut self, slot: &mut Slot, number: u32) {
        if slot.0 == EMPTY {
            slot.0 = number;
        } else if slot.0 & IS_LIST == 0 {
            self.lists.push(vec![slot.0, number]);
            self.numbers += 2;
            slot.0 = IS_LIST | (self.lists.len() as u32 - 1);
        } else {
            self.lists[(slot.0 & !IS_LIST) as usize].push(number);
            self.numbers += 1;
        }
    }

    /// Takes a number out of a list, if it is there.
    pub(super) fn remove(&mut self, slot: &mut Slot, number: u32) {
        if slot.0 == number {
            slot.0 = EMPTY;
        } else if slot.0 != EMPTY && slot.0 & IS_LIST != 0 {
            self.lists[(slot.0 & !IS_LIST) as usize].retain(|other| *other != number);
        }
    }

    /// The numbers of a list, in the order of adding.
    pub(super) fn get<'a>(&'a self, slot: &'a Slot) -> &'a [u32] {
        if slot.0 == EMPTY {
            &[]
        } else if slot.0 & IS_LIST == 0 {
            std::slice::from_ref(&slot.0)
        } else {
            &self.lists[(slot.0 & !IS_LIST) as usize]
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        // A vector grows by doubling: half of it may be free.
        self.lists.capacity() * size_of::<Vec<u32>>() + self.numbers * 8
    }
}

/// Lists under 64-bit keys.
#[derive(Default)]
pub(super) struct Keyed {
    slots: FxHashMap<u64, Slot>,
    lists: Lists,
}

impl Keyed {
    pub(super) fn push(&mut self, key: u64, number: u32) {
        self.lists.push(self.slots.entry(key).or_default(), number);
    }

    pub(super) fn get(&self, key: u64) -> &[u32] {
        self.slots.get(&key).map_or(&[], |slot| self.lists.get(slot))
    }

    pub(super) fn remove(&mut self, key: u64, number: u32) {
        if let Some(slot) = self.slots.get_mut(&key) {
            self.lists.remove(slot, number);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.slots.capacity() * 8 / 7 * 17 + self.lists.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_grows_and_shrinks() {
        let mut keyed = Keyed::default();
        assert!(keyed.get(7).is_empty());
        for number in [3, 0, 5] {
            keyed.push(7, number);
        }
        assert_eq!(keyed.get(7), [3, 0, 5]);
        keyed.remove(7, 0);
        keyed.remove(8, 0);
        assert_eq!(keyed.get(7), [3, 5]);
        keyed.push(9, 1);
        keyed.remove(9, 1);
        assert!(keyed.get(9).is_empty());
        keyed.push(9, 2);
        assert_eq!(keyed.get(9), [2]);
    }
}
