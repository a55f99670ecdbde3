//! Counts the successes of a metered breaker where no two threads write the same cache line.
//!
//! Each shard carries the epoch that it counts for: an outcome of an older epoch finds another one
//! there, and is dropped. So no success enters the window of an epoch in which its call was not.

use std::thread;
use std::time::Duration;

use crate::sync::{AtomicU64, AtomicUsize, Ordering, statics, thread_local};

/// The count is below, the lowest bits of the epoch above: 16 million changes of state while a call
/// ends are as good as never, and so are 10^12 successes between two looks.
const COUNT_BITS: u32 = 40;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// More threads than that share shards: a breaker must stay small.
const MOST: usize = 8;

/// On cache lines of its own, two of them: processors fetch pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(AtomicU64);

#[derive(Debug)]
pub(super) struct Shards {
    shards: Box<[Shard]>,
    /// From how many milliseconds on a success is slow, and none of these. Read by all, written
    /// when the policy changes.
    slow_from_ms: AtomicU64,
}

impl Shards {
    pub(super) fn new(epoch: u64) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let count = threads.next_power_of_two().min(MOST);
        Self {
            shards: (0..count)
                .map(|_| Shard(AtomicU64::new(tag(epoch))))
                .collect(),
            slow_from_ms: AtomicU64::new(u64::MAX),
        }
    }

    /// From when on a success is slow, and so for the rules to see.
    pub(super) fn slow_from(&self) -> Duration {
        Duration::from_millis(self.slow_from_ms.load(Ordering::Relaxed))
    }

    pub(super) fn set_slow_from(&self, limit: Option<Duration>) {
        // Rounded down: the rules look again.
        let limit = limit.map_or(u128::MAX, |limit| limit.as_millis());
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        if self.slow_from_ms.load(Ordering::Relaxed) != limit {
            self.slow_from_ms.store(limit, Ordering::Relaxed);
        }
    }

    /// Counts a success of a call that was admitted in `epoch`, if it is still the present one.
    pub(super) fn add(&self, epoch: u64) {
        let shard = &self.shards[own_index() & (self.shards.len() - 1)].0;
        let counted =
            |value: u64| (value & !COUNT == tag(epoch) && value & COUNT < COUNT).then(|| value + 1);
        // Relaxed: a count, and nothing else is read through it. Not counted is what an outcome of
        // an older epoch shall be.
        let _counted = shard.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
    }

    /// Takes what was counted in the present epoch. Called under the lock of the rules.
    pub(super) fn take(&self) -> u64 {
        let taken = self.shards.iter().map(|shard| {
            // Read first: most are empty, and a write would take the line from its thread.
            let is_empty = shard.0.load(Ordering::Relaxed) & COUNT == 0;
            if is_empty {
                0
            } else {
                shard.0.fetch_and(!COUNT, Ordering::Relaxed) & COUNT
            }
        });
        taken.sum()
    }

    /// Counts for another epoch from now on. Called under the lock of the rules, before anybody can
    /// be admitted under that epoch.
    pub(super) fn restart(&self, epoch: u64) {
        for shard in &self.shards {
            shard.0.store(tag(epoch), Ordering::Relaxed);
        }
    }
}

const fn tag(epoch: u64) -> u64 {
    epoch << COUNT_BITS
}

/// The number of this thread, in the order in which threads have first counted something.
fn own_index() -> usize {
    statics! {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
    }
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    // A destructor of another thread-local may end a call after this one is gone.
    OWN.try_with(|own| *own).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_of_all_threads_are_counted_once() {
        let shards = Shards::new(3);
        let taken = thread::scope(|threads| {
            let adders: Vec<_> = (0..4)
                .map(|_| threads.spawn(|| (0..10_000).for_each(|_| shards.add(3))))
                .collect();
            let mut taken = 0;
            while adders.iter().any(|adder| !adder.is_finished()) {
                taken += shards.take();
            }
            taken
        });
        assert_eq!(taken + shards.take(), 40_000);
        assert_eq!(shards.take(), 0);
    }

    #[test]
    fn a_success_of_an_older_epoch_is_not_counted_in_a_newer_one() {
        let shards = Shards::new(3);
        shards.add(3);
        shards.restart(5);
        shards.add(3);
        assert_eq!(shards.take(), 0);
        shards.add(5);
        assert_eq!(shards.take(), 1);
    }
}
