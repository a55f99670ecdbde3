//! What a call through a closed breaker reads: one number.
//!
//! ```text
//! [ epoch: 48 | seen: 1 | timed: 1 | metered: 1 | limited: 1 | outstanding: 10 | state: 2 ]
//! ```
//!
//! `seen` says that a success of this epoch was stamped since the last tick, so that the next one
//! has nothing to write. `outstanding` counts failures since the last success, saturating, and is not
//! zero after a slow call. Of a call that was let in [aside](Phase::Aside) it says whether the call is
//! only a part of what is counted already.
//!
//! `metered` says of a closed breaker that a rate rule counts its successes, `timed` that one of these
//! rules has to know how long they took. `limited` says that a bulkhead caps the calls in flight. A
//! metered or limited word is neither plain nor quiet, so that a breaker without either pays nothing
//! for those that have them.

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

/// What the rate rules of a closed breaker need of each call, as the bits of its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Metering {
    /// There are none.
    None = 0,
    /// That it was there.
    Counted = METERED as u16,
    /// That it was there, and how long it took.
    Timed = (METERED | TIMED) as u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(u64);

const PHASE: u64 = 0b11;
const OUTSTANDING_SHIFT: u32 = 2;
const OUTSTANDING_MAX: u32 = (1 << 10) - 1;
const LIMITED: u64 = 1 << 12;
const METERED: u64 = 1 << 13;
const TIMED: u64 = 1 << 14;
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

    /// What a call is let in under that is a part of what is counted already: of a trial around it, or
    /// of itself, where a dependency has two names.
    pub(crate) fn part(epoch: u64) -> Self {
        Self::new(epoch, Phase::Aside, 1, false)
    }

    /// Whether the call does not count for itself. One that an operator lets pass, or a breaker that
    /// only observes, does: its end is judged, although the rules do not act upon it.
    pub(crate) const fn is_part(self) -> bool {
        const MASK: u64 = PHASE | (OUTSTANDING_MAX as u64) << OUTSTANDING_SHIFT;
        self.0 & MASK == Phase::Aside as u64 | 1 << OUTSTANDING_SHIFT
    }

    /// Says of the word of a closed breaker what its rate rules need of each call.
    pub(crate) const fn measured(self, metering: Metering) -> Self {
        Self(self.0 | metering as u64)
    }

    /// Says of the word of a closed breaker whether a bulkhead caps the calls in flight.
    pub(crate) const fn limited(self, limited: bool) -> Self {
        Self(self.0 | if limited { LIMITED } else { 0 })
    }

    /// Whether a bulkhead caps the calls in flight.
    pub(crate) const fn is_limited(self) -> bool {
        self.0 & LIMITED != 0
    }

    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Whether a call is let in with nothing to note: closed, not counted by a rate rule, not capped
    /// by a bulkhead.
    #[inline(always)]
    pub(crate) const fn is_plain(self) -> bool {
        self.0 & (PHASE | METERED | LIMITED) == Phase::Closed as u64
    }

    /// Whether the breaker was closed, whatever its rules count.
    pub(crate) const fn is_closed(self) -> bool {
        self.0 & PHASE == Phase::Closed as u64
    }

    /// Whether a rate rule has to know how long the call took.
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    /// Whether the dependency is healthy, as far as this word tells: closed, no failure outstanding.
    pub(crate) const fn is_healthy(self) -> bool {
        self.0 & (PHASE | (OUTSTANDING_MAX as u64) << OUTSTANDING_SHIFT) == Phase::Closed as u64
    }

    /// Whether a success of a call that was admitted under `self` has nothing to write, given the
    /// word at its end: the same epoch, closed, no failure outstanding, success seen, not metered.
    #[inline(always)]
    pub(crate) const fn is_quiet(self, at_end: Self) -> bool {
        at_end.0 == (self.0 >> EPOCH_SHIFT << EPOCH_SHIFT) | SEEN
    }

    /// The same for a call that may have gone through a bulkhead.
    pub(crate) const fn is_done(self, at_end: Self) -> bool {
        self.is_quiet(Self(at_end.0 & !LIMITED))
    }

    /// Whether a quick success of a call that was admitted under `self` has only to be counted, given
    /// the word at its end: what [`is_quiet`](Self::is_quiet) asks for, but metered.
    pub(crate) const fn is_only_counted(self, at_end: Self) -> bool {
        at_end.0 & !(TIMED | LIMITED) == (self.0 >> EPOCH_SHIFT << EPOCH_SHIFT) | SEEN | METERED
    }

    /// Whether the words say the same of the dependency. What is measured of it, and whether a
    /// success was stamped, is not its health.
    pub(crate) const fn same_health(self, other: Self) -> bool {
        const OTHER: u64 = SEEN | METERED | TIMED | LIMITED;
        self.0 | OTHER == other.0 | OTHER
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

    const PHASES: [Phase; 4] = [Phase::Closed, Phase::Open, Phase::HalfOpen, Phase::Aside];
    const METERINGS: [Metering; 3] = [Metering::None, Metering::Counted, Metering::Timed];

    /// Every one, as chance meets the steady one in one of seventy.
    #[test]
    fn of_all_ends_of_a_call_only_the_steady_one_has_nothing_to_write() {
        let mut quiet = 0;
        for (epoch, later) in [(0, 0), (7, 7), (7, 8), (8, 7)] {
            for phase in PHASES {
                for (outstanding, seen) in [(0, false), (0, true), (1, false), (1, true)] {
                    for metering in METERINGS {
                        let admitted = Word::new(epoch, Phase::Closed, 0, false);
                        let end = Word::new(later, phase, outstanding, seen).measured(metering);
                        let limited = end.limited(true);
                        assert!(limited.is_limited() && !end.is_limited());
                        let steady = epoch == later && phase == Phase::Closed;
                        let steady = steady && outstanding == 0 && seen;
                        let is_metered = metering != Metering::None;
                        let is_quiet = steady && !is_metered;
                        assert_eq!(admitted.is_quiet(end), is_quiet, "{end:?}");
                        assert!(!admitted.is_quiet(limited));
                        assert_eq!(admitted.is_done(end), is_quiet, "{end:?}");
                        assert_eq!(admitted.is_done(limited), is_quiet, "{end:?}");
                        for end in [end, limited] {
                            assert_eq!(admitted.is_only_counted(end), steady && is_metered);
                        }
                        quiet += u32::from(is_quiet);
                    }
                }
            }
        }
        assert_eq!(quiet, 2);
    }

    proptest! {
        #[test]
        fn the_parts_come_back_as_they_went_in(
            epoch in 0u64..1 << 48, outstanding: u32, seen: bool, phase in 0usize..4, metering in 0usize..3,
        ) {
            let (phase, metering) = (PHASES[phase], METERINGS[metering]);
            let word = Word::new(epoch, phase, outstanding, seen).measured(metering);
            prop_assert_eq!(word.epoch(), epoch);
            prop_assert_eq!(word.phase(), phase);
            prop_assert_eq!(word.is_closed(), phase == Phase::Closed);
            prop_assert_eq!(word.is_plain(), phase == Phase::Closed && metering == Metering::None);
            prop_assert_eq!(word.is_timed(), metering == Metering::Timed);
        }

        #[test]
        fn a_success_is_quiet_only_in_its_epoch_with_nothing_outstanding_and_nothing_to_count(
            epoch in 0u64..1 << 48, later in 0u64..1 << 48, outstanding in 0u32..3, seen: bool, phase in 0usize..4,
            before in 0usize..3, after in 0usize..3,
        ) {
            for later in [epoch, later] {
                let phase = PHASES[phase];
                let admitted = Word::new(epoch, Phase::Closed, 0, false).measured(METERINGS[before]);
                let at_end = Word::new(later, phase, outstanding, seen).measured(METERINGS[after]);
                let steady = epoch == later && phase == Phase::Closed && outstanding == 0 && seen;
                let is_metered = METERINGS[after] != Metering::None;
                prop_assert_eq!(admitted.is_quiet(at_end), steady && !is_metered);
                // A bulkhead keeps it from the short way in, and is nothing to be noted at the end.
                let limited = at_end.limited(true);
                prop_assert!(!admitted.is_quiet(limited));
                prop_assert_eq!(admitted.is_done(limited), steady && !is_metered);
                prop_assert_eq!(admitted.is_done(at_end), steady && !is_metered);
                prop_assert_eq!(admitted.is_only_counted(at_end), steady && is_metered);
            }
        }

        #[test]
        fn a_part_is_told_from_whatever_else_there_is(epoch in 0u64..1 << 48, outstanding: u32, seen: bool, phase in 0usize..3) {
            let part = Word::part(epoch);
            prop_assert!(part.is_part() && part.phase() == Phase::Aside && part.epoch() == epoch);
            prop_assert!(!Word::new(epoch, Phase::Aside, 0, seen).is_part(), "let pass, and judged");
            prop_assert!(!Word::new(epoch, PHASES[phase], outstanding, seen).is_part());
        }

        #[test]
        fn what_is_measured_is_not_health(outstanding: u32, other in 0u32..9, seen: bool, metering in 0usize..3) {
            let word = Word::new(7, Phase::Closed, outstanding, false);
            let measured = Word::new(7, Phase::Closed, outstanding, seen).measured(METERINGS[metering]);
            prop_assert!(word.same_health(measured));
            let differs = outstanding.min(OUTSTANDING_MAX) != other;
            let other = Word::new(7, Phase::Closed, other, seen).measured(METERINGS[metering]);
            prop_assert_eq!(word.same_health(other), !differs);
        }
    }
}
