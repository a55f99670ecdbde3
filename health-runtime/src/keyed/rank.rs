//! How much is lost when a circuit is forgotten. Pure, but for the lock of the circuit's rules.

use std::time::Instant;

use super::Keyed;
use crate::state::{BreakerState, DependencyState};
use crate::sync::Ordering;

/// Who is forgotten first: the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) class: Class,
    /// Within a class: the longest unused first, or what would close soonest.
    order: u64,
}

/// What a circuit remembers, from what nobody misses to what must not be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Nothing: a new one would be the same.
    Clean,
    /// Closed, with failures outstanding or a backoff that has not decayed.
    Marked,
    /// Half-open, or open with its cooldown over.
    Trying,
    /// Open, and not asked for while half of the shard was replaced.
    OpenUnused,
    /// Open, and calls are being refused: what a flood of failing keys must not push out. Its own
    /// breakers are used a few times each, and are in the classes above by the time that they count.
    OpenInUse,
    /// An operator's word.
    Forced,
}

impl Rank {
    /// Ranks a circuit. `clock` counts the insertions into its shard; after `stale_after` of them
    /// what is open and was not asked for is not in use.
    pub(super) fn of(keyed: &Keyed, now: Instant, clock: u32, stale_after: u32) -> Self {
        let unused_for = clock.wrapping_sub(keyed.used.load(Ordering::Relaxed));
        let by_use = u64::from(u32::MAX - unused_for);
        // Most have never seen a change of state: no lock is needed to say that.
        if keyed.is_well() && keyed.word().epoch() == 0 {
            return Self {
                class: Class::Clean,
                order: by_use,
            };
        }
        let machine = keyed.lock();
        let left = machine.until().map_or(0, |until| {
            let left = until.saturating_duration_since(now).as_nanos();
            u64::try_from(left).unwrap_or(u64::MAX)
        });
        let (class, order) = match machine.breaker_state(now) {
            BreakerState::Closed => {
                let is_clean = machine.dependency_state(now) == DependencyState::Healthy
                    && machine.cooldown(now) <= machine.policy().backoff.base(0);
                let class = if is_clean {
                    Class::Clean
                } else {
                    Class::Marked
                };
                (class, by_use)
            }
            BreakerState::HalfOpen => (Class::Trying, by_use),
            BreakerState::Open if unused_for > stale_after => (Class::OpenUnused, left),
            BreakerState::Open => (Class::OpenInUse, left),
            BreakerState::ForcedOpen | BreakerState::ForcedClosed if left == 0 => {
                (Class::Trying, by_use)
            }
            BreakerState::ForcedOpen | BreakerState::ForcedClosed => (Class::Forced, left),
        };
        Self { class, order }
    }
}
