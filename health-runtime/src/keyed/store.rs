//! Finds or creates the circuit of a part, and never holds more than `max_keys`.
//!
//! ```text
//! present   hash -> shard, read lock -> the circuit; no allocation, and no write but the lock's,
//!           the reference's and, once between two insertions, the time of last use
//! absent    the circuit is made first, outside of any lock; then a place is taken: a free one, or
//!           that of the least valuable circuit which nobody holds; then it is put in
//! no place  the circuit is handed out all the same and not kept: it counts for its dependency as a
//!           call without a key would, and [`untracked`](KeyedStore::counts) counts it
//! ```
//!
//! The places are counted for the whole store, before anything is put in: so the cap is exact, and
//! no shard runs full before the others.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

use super::shard::Shard;
use super::table::Table;
use super::{Keyed, Part};
use crate::circuit::{Commons, Context};
use crate::name::Name;
use crate::policy::Policies;
use crate::sync::{
    AtomicU64, AtomicUsize, Mutex, Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

/// Keys are text from outside: longer ones are shortened, and told apart by a hash of all of them.
/// A host name has at most 253 bytes.
pub(super) const KEY_MAX: usize = 255;

/// With fewer places than this for each, more shards would not help.
const PLACES_PER_SHARD: usize = 512;
const SHARDS_MAX: usize = 16;

/// The circuits of a dependency's keys and roles.
pub(crate) struct KeyedStore {
    shards: Box<[Shelf]>,
    hasher: RandomState,
    max: AtomicUsize,
    /// Places taken: of what is in the shards, and of what is about to be put in.
    taken: AtomicUsize,
    commons: Commons,
    table: Mutex<Arc<Table>>,
    /// That of the present table.
    revision: AtomicU64,
    /// Held while policies are replaced, so that the last one to come wins everywhere.
    refreshing: Mutex<()>,
    evicted: AtomicU64,
    untracked: AtomicU64,
}

/// On a cache line of its own: every hit writes the lock. 128 bytes, as some processors fetch two.
#[derive(Default)]
#[repr(align(128))]
struct Shelf(RwLock<Shard>);

impl Shelf {
    fn read(&self) -> RwLockReadGuard<'_, Shard> {
        self.0.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shard> {
        self.0.write()
    }
}

/// What a store has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) tracked: usize,
    pub(super) max: usize,
    pub(super) evicted: u64,
    pub(super) untracked: u64,
}

impl KeyedStore {
    pub(crate) fn new(
        name: Name,
        context: Arc<Context>,
        policies: Arc<Policies>,
        max: usize,
    ) -> Self {
        let shards = (max / PLACES_PER_SHARD).next_power_of_two();
        let shards = shards.min(SHARDS_MAX);
        Self {
            shards: (0..shards).map(|_| Shelf::default()).collect(),
            hasher: RandomState::new(),
            max: AtomicUsize::new(max),
            taken: AtomicUsize::new(0),
            commons: Commons::new(name, context),
            table: Mutex::new(Arc::new(Table::new(policies, 0))),
            revision: AtomicU64::new(0),
            refreshing: Mutex::new(()),
            evicted: AtomicU64::new(0),
            untracked: AtomicU64::new(0),
        }
    }

    /// Finds or creates the circuit of a key, a role, or a role of a key; `None` for neither.
    pub(crate) fn get(&self, key: Option<&str>, role: Option<&str>) -> Option<Arc<Keyed>> {
        let key = key.map(|key| self.shortened(key));
        let part = Part::of(key.as_deref(), role)?;
        let hash = self.hasher.hash_one(part);
        {
            let shard = self.shelf(hash).read();
            if let Some(keyed) = shard.find(hash, part) {
                shard.note_use(keyed);
                return Some(Arc::clone(keyed));
            }
        }
        Some(self.create(hash, part).0)
    }

    /// Does what [`get`](Self::get) does; `None` if the circuit would not be kept.
    pub(crate) fn get_tracked(&self, key: &str) -> Option<Arc<Keyed>> {
        self.find(Some(key), None).or_else(|| {
            let key = self.shortened(key);
            let part = Part::Key(&key);
            let (keyed, tracked) = self.create(self.hasher.hash_one(part), part);
            tracked.then_some(keyed)
        })
    }

    /// Finds the circuit of a part without using it.
    pub(crate) fn find(&self, key: Option<&str>, role: Option<&str>) -> Option<Arc<Keyed>> {
        let key = key.map(|key| self.shortened(key));
        let part = Part::of(key.as_deref(), role)?;
        let hash = self.hasher.hash_one(part);
        self.shelf(hash).read().find(hash, part).cloned()
    }

    /// Creates a circuit, and keeps it if there is a place. Returns whether it is kept.
    #[cold]
    #[inline(never)]
    fn create(&self, hash: u64, part: Part<'_>) -> (Arc<Keyed>, bool) {
        loop {
            let table = Arc::clone(&self.table.lock());
            let keyed = Arc::new(Keyed::new(part, table.rules(part), &self.commons));
            // Read before any lock is taken: the clock is user code.
            let now = self.commons.context().now();
            let place = self.take_place(hash, now);
            let mut shard = self.shelf(hash).write();
            match (shard.find(hash, part), place) {
                (Some(faster), _) => {
                    shard.note_use(faster);
                    return (Arc::clone(faster), true);
                }
                // Whoever replaces the policies does it before looking at the shards.
                _ if self.revision.load(Ordering::Acquire) != table.revision => {}
                (None, Some(place)) => {
                    place.keep();
                    shard.insert(hash, Arc::clone(&keyed));
                    return (keyed, true);
                }
                (None, None) => {
                    self.untracked.fetch_add(1, Ordering::Relaxed);
                    return (keyed, false);
                }
            }
        }
    }

    /// Takes a place: a free one, or that of a circuit which is forgotten for it.
    fn take_place(&self, hash: u64, now: Instant) -> Option<Place<'_>> {
        loop {
            let max = self.max.load(Ordering::Relaxed);
            let free = |taken| (taken < max).then_some(taken + 1);
            let taken = self
                .taken
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, free);
            let Err(taken) = taken else {
                return Some(Place(self));
            };
            let place = self.evict(hash, now)?;
            if taken <= max {
                return Some(place);
            }
            // The cap was lowered meanwhile, and this place is one too many.
            drop(place);
        }
    }

    /// Forgets the least valuable circuit that nobody holds, of the shard of this hash if it has
    /// one. Returns the place it had.
    fn evict(&self, hash: u64, now: Instant) -> Option<Place<'_>> {
        let home = self.home(hash);
        for offset in 0..self.shards.len() {
            let shelf = &self.shards[(home + offset) & (self.shards.len() - 1)];
            let gone = shelf.write().evict(now);
            // Outside of the lock: it frees memory.
            if let Some(gone) = gone {
                drop(gone);
                self.evicted.fetch_add(1, Ordering::Relaxed);
                return Some(Place(self));
            }
        }
        None
    }

    /// Puts the present policies and cap into force, and keeps the state of every circuit.
    ///
    /// `present` is asked under the lock that makes the last one to come win. Who lowers the cap
    /// forgets circuits in the order of eviction, and then those in flight, whose calls go on.
    pub(crate) fn refresh(&self, present: impl FnOnce() -> (Arc<Policies>, usize)) {
        let now = self.commons.context().now();
        let _in_turn = self.refreshing.lock();
        let (policies, max) = present();
        let revision = self.revision.load(Ordering::Relaxed) + 1;
        let table = Arc::new(Table::new(policies, revision));
        // Before the table: who finds that finds the cap. Who took a place by the cap of before has
        // put its circuit in when the shard is looked at below, and is counted, or asks again.
        self.max.store(max, Ordering::Relaxed);
        {
            let mut present = self.table.lock();
            *present = Arc::clone(&table);
            // Under the lock: who found the new table with the number of the old one would ask again
            // and again, for as long as this thread does not run.
            self.revision.store(revision, Ordering::Release);
        }
        for shelf in &self.shards {
            for keyed in shelf.read().iter() {
                keyed.revise(&table.rules(keyed.identity()));
            }
        }
        while self.taken.load(Ordering::Relaxed) > max && self.forget_one(now) {}
    }

    fn forget_one(&self, now: Instant) -> bool {
        let place = self.evict(0, now).or_else(|| {
            let gone = self
                .shards
                .iter()
                .find_map(|shelf| shelf.write().remove_any())?;
            drop(gone);
            self.evicted.fetch_add(1, Ordering::Relaxed);
            Some(Place(self))
        });
        place.is_some()
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        self.commons.context()
    }

    /// Says what the throttled story of the keys has left out, if it is time.
    pub(crate) fn tick(&self) {
        self.commons.tick();
    }

    pub(super) fn counts(&self) -> Counts {
        // All at once: where one leaves a shard that was counted for one that was not, there would be
        // more than there ever were. Nobody else holds two of these locks.
        let shards: Vec<_> = self.shards.iter().map(Shelf::read).collect();
        Counts {
            tracked: shards.iter().map(|shard| shard.len()).sum(),
            max: self.max.load(Ordering::Relaxed),
            evicted: self.evicted.load(Ordering::Relaxed),
            untracked: self.untracked.load(Ordering::Relaxed),
        }
    }

    /// Shows every circuit, shard by shard, under the lock of the shard.
    pub(super) fn for_each(&self, mut look: impl FnMut(&Arc<Keyed>)) {
        for shelf in &self.shards {
            for keyed in shelf.read().iter() {
                look(keyed);
            }
        }
    }

    fn home(&self, hash: u64) -> usize {
        // There is a power of two of them. The index of a shard uses the lowest bits.
        (hash >> 32) as usize & (self.shards.len() - 1)
    }

    fn shelf(&self, hash: u64) -> &Shelf {
        &self.shards[self.home(hash)]
    }

    /// The key under which the circuit of this one is kept.
    pub(crate) fn shortened<'k>(&self, key: &'k str) -> Cow<'k, str> {
        if key.len() <= KEY_MAX {
            return Cow::Borrowed(key);
        }
        let hash = self.hasher.hash_one((0xff_u8, key));
        let mut end = KEY_MAX - 20;
        while !key.is_char_boundary(end) {
            end -= 1;
        }
        Cow::Owned(format!("{}...{hash:016x}", &key[..end]))
    }
}

/// A place in the store. Given back when dropped.
struct Place<'s>(&'s KeyedStore);

impl Place<'_> {
    /// Leaves the place to what is put in.
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}
