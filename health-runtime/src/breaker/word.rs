//! What a call through a closed breaker reads: one number.
//!
//! ```text
//! [ epoch: 48 | seen: 1 | outstanding: 13 | state: 2 ]
//! ```
//!
//! `seen` says that a success of this epoch was stamped since the last tick, so that the next one
//! has nothing to write. `outstanding` counts failures since the last success, saturating.

/// The state in the lowest two bits. Everything but [`Phase::Closed`] leaves the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Closed = 0,
    Open = 1,
    HalfOpen = 2,
    /// Forced by an operator, or let through by a breaker that only observes: recorded, but
    /// never acted upon.
    Aside = 3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(u64);

const PHASE: u64 = 0b11;
const OUTSTANDING_SHIFT: u32 = 2;
const OUTSTANDING_MAX: u32 = (1 << 13) - 1;
const SEEN: u64 = 1 << 15;
const EPOCH_SHIFT: u32 = 16;

impl Word {
    pub(crate) fn new(epoch: u64, phase: Phase, outstanding: u32, seen: bool) -> Self {
        Self(
            epoch << EPOCH_SHIFT
                | if seen { SEEN } else { 0 }
                | u64::from(outstanding.min(OUTSTANDING_MAX)) << OUTSTANDING_SHIFT
                | phase as u64,
        )
    }

    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(crate) const fn is_closed(self) -> bool {
        self.0 & PHASE == Phase::Closed as u64
    }

    /// Whether the dependency is healthy, as far as this word tells: closed, no failure outstanding.
    pub(crate) const fn is_healthy(self) -> bool {
        self.0 & (PHASE | (OUTSTANDING_MAX as u64) << OUTSTANDING_SHIFT) == Phase::Closed as u64
    }

    /// Whether a success of a call that was admitted under `self` has nothing to write, given the
    /// word at its end: the same epoch, closed, no failure outstanding, success seen.
    #[inline(always)]
    pub(crate) const fn is_quiet(self, at_end: Self) -> bool {
        at_end.0 == (self.0 >> EPOCH_SHIFT << EPOCH_SHIFT) | SEEN
    }

    /// Whether the words differ in nothing but the success bit.
    pub(crate) const fn same_health(self, other: Self) -> bool {
        self.0 | SEEN == other.0 | SEEN
    }

    pub(crate) const fn epoch(self) -> u64 {
        self.0 >> EPOCH_SHIFT
    }

    pub(crate) const fn phase(self) -> Phase {
        match self.0 & PHASE {
            0 => Phase::Closed,
            1 => Phase::Open,
            2 => Phase::HalfOpen,
            _ => Phase::Aside,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_come_back_as_they_went_in(epoch in 0u64..1 << 48, outstanding: u32, seen: bool, phase in 0u8..4) {
            let phase = [Phase::Closed, Phase::Open, Phase::HalfOpen, Phase::Aside][usize::from(phase)];
            let word = Word::new(epoch, phase, outstanding, seen);
            prop_assert_eq!(word.epoch(), epoch);
            prop_assert_eq!(word.phase(), phase);
            prop_assert_eq!(word.is_closed(), phase == Phase::Closed);
        }

        #[test]
        fn a_success_is_quiet_only_in_its_epoch_with_nothing_outstanding(
            epoch in 0u64..1 << 48, later in 0u64..1 << 48, outstanding in 0u32..3, seen: bool, phase in 0u8..4,
        ) {
            let phase = [Phase::Closed, Phase::Open, Phase::HalfOpen, Phase::Aside][usize::from(phase)];
            let admitted = Word::new(epoch, Phase::Closed, 0, false);
            let at_end = Word::new(later, phase, outstanding, seen);
            let quiet = epoch == later && phase == Phase::Closed && outstanding == 0 && seen;
            prop_assert_eq!(admitted.is_quiet(at_end), quiet);
        }
    }
}
