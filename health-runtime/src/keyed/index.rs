//! From a hash to a slot: open addressing in numbers of four bytes.
//!
//! Probed linearly, at most half full, and without tombstones: what is removed is closed up, so a
//! table in which keys come and go never has to grow. A `HashMap` costs three to seven times as many
//! bytes for each key, and doubles once by the marks of what has gone.

const EMPTY: u32 = u32::MAX;
const SMALLEST: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Index {
    /// A power of two, or nothing yet.
    table: Box<[u32]>,
    len: usize,
}

impl Index {
    /// Finds the slot of this hash for which `is_it` holds.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let place = self.place(hash, is_it)?;
        Some(self.table[place])
    }

    /// Adds a slot. `hash_of` tells the hashes of those that are there.
    pub(super) fn insert(&mut self, hash: u64, slot: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.len + 1) * 2 > self.table.len() {
            let size = (self.table.len() * 2).max(SMALLEST);
            let old = std::mem::replace(&mut self.table, vec![EMPTY; size].into());
            for slot in old.into_iter().filter(|slot| *slot != EMPTY) {
                self.put(hash_of(slot), slot);
            }
        }
        self.put(hash, slot);
        self.len += 1;
    }

    fn put(&mut self, hash: u64, slot: u32) {
        let mut place = self.home(hash);
        while self.table[place] != EMPTY {
            place = self.next(place);
        }
        self.table[place] = slot;
    }

    /// Removes a slot, and closes up what stood behind it.
    pub(super) fn remove(&mut self, hash: u64, slot: u32, hash_of: impl Fn(u32) -> u64) {
        let Some(mut hole) = self.place(hash, |known| known == slot) else {
            return;
        };
        self.len -= 1;
        let mask = self.table.len() - 1;
        let mut place = self.next(hole);
        while self.table[place] != EMPTY {
            let home = self.home(hash_of(self.table[place]));
            // It may move into the hole unless that is in front of where its search begins.
            let from_home = place.wrapping_sub(home) & mask;
            let from_hole = place.wrapping_sub(hole) & mask;
            if from_home >= from_hole {
                self.table[hole] = self.table[place];
                hole = place;
            }
            place = self.next(place);
        }
        self.table[hole] = EMPTY;
    }

    /// Notes that what was in one slot is in another now.
    pub(super) fn moved(&mut self, hash: u64, from: u32, to: u32) {
        if let Some(place) = self.place(hash, |slot| slot == from) {
            self.table[place] = to;
        }
    }

    fn place(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        let mut place = self.home(hash);
        // Half of the table is empty, so this ends.
        while self.table[place] != EMPTY {
            if is_it(self.table[place]) {
                return Some(place);
            }
            place = self.next(place);
        }
        None
    }

    fn home(&self, hash: u64) -> usize {
        hash as usize & (self.table.len() - 1)
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.table.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Few distinct hashes, so that many meet and the table wraps around.
        #[test]
        fn what_is_in_is_found_and_what_is_out_is_not(steps in prop::collection::vec((any::<bool>(), 0..40_u32), 1..300)) {
            let hash_of = |slot: u32| u64::from(slot % 7) * 13 + 10;
            let mut index = Index::default();
            let mut model = std::collections::BTreeSet::new();
            for (insert, slot) in steps {
                if insert && model.insert(slot) {
                    index.insert(hash_of(slot), slot, hash_of);
                } else if !insert && model.remove(&slot) {
                    index.remove(hash_of(slot), slot, hash_of);
                }
                for slot in 0..40 {
                    let found = index.find(hash_of(slot), |known| known == slot);
                    prop_assert_eq!(found.is_some(), model.contains(&slot));
                }
                prop_assert!(index.table.len() <= 128);
            }
        }
    }

    #[test]
    fn a_table_in_which_keys_come_and_go_does_not_grow() {
        let hash_of = |slot: u32| u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut index = Index::default();
        for slot in 0..100 {
            index.insert(hash_of(slot), slot, hash_of);
        }
        let size = index.table.len();
        for slot in 100..100_000 {
            index.remove(hash_of(slot - 100), slot - 100, hash_of);
            index.insert(hash_of(slot), slot, hash_of);
        }
        assert_eq!(index.table.len(), size);
    }
}
