//! A piece of the store under one lock, and who leaves it first.
//!
//! Who leaves is found by sweeps: one look at every circuit picks the next victims, an eighth of the
//! shard, and the insertions after it take one each. So the order is that of [`Rank`] at the time of
//! the sweep, an insertion costs eight looks on average, and no lock is held for more than one sweep
//! of one shard. Chosen over the sampling of a few, which would forget an open breaker now and then
//! although an idle one is there, and over a list in the order of use, which every hit would have to
//! write. A victim that was used or has failed since the sweep is spared, and one that remembers
//! something is taken only if none of the latest arrivals remembers less.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::index::Index;
use super::rank::{Class, Rank};
use super::{Keyed, Part};
use crate::sync::Ordering;

/// The part of a shard that a sweep picks.
const PICK: usize = 8;

#[derive(Default)]
pub(super) struct Shard {
    index: Index,
    slots: Vec<Slot>,
    /// Counts insertions: the time by which last use is told.
    clock: u32,
    /// The best one last.
    victims: Vec<Victim>,
    /// Who came after the sweep, and is not among its victims.
    arrivals: VecDeque<u64>,
    /// How many insertions go without a sweep, as the last one found everything in flight.
    rest: usize,
}

struct Slot {
    hash: u64,
    keyed: Arc<Keyed>,
}

#[derive(Debug, Clone, Copy)]
struct Victim {
    rank: Rank,
    hash: u64,
    used: u32,
}

impl Shard {
    pub(super) fn find(&self, hash: u64, part: Part<'_>) -> Option<&Arc<Keyed>> {
        let is_it = |slot: &Slot| slot.hash == hash && slot.keyed.identity() == part;
        let slot = self
            .index
            .find(hash, |slot| is_it(&self.slots[slot as usize]))?;
        Some(&self.slots[slot as usize].keyed)
    }

    fn slot_of(&self, hash: u64) -> Option<u32> {
        self.index
            .find(hash, |slot| self.slots[slot as usize].hash == hash)
    }

    /// Notes that a circuit was asked for. Writes once between two insertions, so that a key which is
    /// called all the time costs nothing here.
    pub(super) fn note_use(&self, keyed: &Keyed) {
        if keyed.used.load(Ordering::Relaxed) != self.clock {
            keyed.used.store(self.clock, Ordering::Relaxed);
        }
    }

    /// Adds a circuit that is not here yet.
    pub(super) fn insert(&mut self, hash: u64, keyed: Arc<Keyed>) {
        self.clock = self.clock.wrapping_add(1);
        keyed.used.store(self.clock, Ordering::Relaxed);
        // Far below: `max_keys` is a `u32`.
        let slot = self.slots.len() as u32;
        self.slots.push(Slot { hash, keyed });
        let slots = &self.slots;
        self.index
            .insert(hash, slot, |slot| slots[slot as usize].hash);
        if self.arrivals.len() > self.slots.len() / PICK {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(hash);
    }

    /// Takes the least valuable circuit out that nobody holds; `None` if there is none.
    pub(super) fn evict(&mut self, now: Instant) -> Option<Arc<Keyed>> {
        if let Some(gone) = self.next_victim(now) {
            return Some(gone);
        }
        if self.rest > 0 {
            self.rest -= 1;
            return self.evict_arrival(Class::Forced, now);
        }
        self.sweep(now);
        let gone = self.next_victim(now);
        if gone.is_none() {
            self.rest = self.slots.len() / PICK;
        }
        gone
    }

    fn next_victim(&mut self, now: Instant) -> Option<Arc<Keyed>> {
        while let Some(victim) = self.victims.last().copied() {
            if victim.rank.class > Class::Clean
                && let Some(gone) = self.evict_arrival(victim.rank.class, now)
            {
                return Some(gone);
            }
            self.victims.pop();
            let Some(slot) = self.slot_of(victim.hash) else {
                continue;
            };
            let keyed = &self.slots[slot as usize].keyed;
            let is_unused = keyed.used.load(Ordering::Relaxed) == victim.used;
            if is_unused && is_idle(keyed) && self.rank(keyed, now).class <= victim.rank.class {
                return Some(self.remove(slot));
            }
        }
        None
    }

    /// Takes out one of the latest arrivals that nobody holds and whose class is below this one.
    fn evict_arrival(&mut self, below: Class, now: Instant) -> Option<Arc<Keyed>> {
        for _ in 0..PICK {
            let hash = self.arrivals.pop_front()?;
            let Some(slot) = self.slot_of(hash) else {
                continue;
            };
            let keyed = &self.slots[slot as usize].keyed;
            if is_idle(keyed) && self.rank(keyed, now).class < below {
                return Some(self.remove(slot));
            }
            self.arrivals.push_back(hash);
        }
        None
    }

    fn sweep(&mut self, now: Instant) {
        self.arrivals.clear();
        let idle = self.slots.iter().filter(|slot| is_idle(&slot.keyed));
        let mut idle: Vec<Victim> = idle
            .map(|slot| Victim {
                rank: self.rank(&slot.keyed, now),
                hash: slot.hash,
                used: slot.keyed.used.load(Ordering::Relaxed),
            })
            .collect();
        let wanted = self.slots.len().div_ceil(PICK);
        if idle.len() > wanted {
            idle.select_nth_unstable_by_key(wanted, |victim| victim.rank);
            idle.truncate(wanted);
        }
        idle.sort_unstable_by_key(|victim| std::cmp::Reverse(victim.rank));
        // Copied, so that what the sweep needed is not kept.
        self.victims.clear();
        self.victims.extend_from_slice(&idle);
    }

    fn rank(&self, keyed: &Keyed, now: Instant) -> Rank {
        // Nobody gets older than the whole of it, as somebody leaves with each that comes.
        let stale_after = u32::try_from(self.slots.len() / 2).unwrap_or(u32::MAX);
        Rank::of(keyed, now, self.clock, stale_after)
    }

    /// Takes any circuit out, held or not.
    pub(super) fn remove_any(&mut self) -> Option<Arc<Keyed>> {
        let last = self.slots.len().checked_sub(1)?;
        Some(self.remove(last as u32))
    }

    fn remove(&mut self, slot: u32) -> Arc<Keyed> {
        let hash = self.slots[slot as usize].hash;
        let slots = &self.slots;
        self.index
            .remove(hash, slot, |slot| slots[slot as usize].hash);
        let gone = self.slots.swap_remove(slot as usize);
        if let Some(moved) = self.slots.get(slot as usize) {
            self.index.moved(moved.hash, self.slots.len() as u32, slot);
        }
        gone.keyed
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Keyed>> {
        self.slots.iter().map(|slot| &slot.keyed)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// Whether nobody but the shard holds it. Under the lock for writing nobody can begin to.
fn is_idle(keyed: &Arc<Keyed>) -> bool {
    Arc::strong_count(keyed) == 1
}
