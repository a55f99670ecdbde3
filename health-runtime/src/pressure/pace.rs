//! When a loop ticks. Pure: time comes in, the next tick goes out.
//!
//! | pressure       | the next tick                                                          |
//! |----------------|------------------------------------------------------------------------|
//! | normal         | a period after the last one; the first one at once                     |
//! | reduced        | `slow_factor` periods after the last one                               |
//! | normal again   | where the normal pace would have its next tick                         |
//! | paused         | never                                                                  |
//! | after a pause  | a period after the last one, or after a random part of half a period   |
//!
//! The first tick after a pause does not wait for a slow period, even if the dependency is only
//! half-open: it may be the trial that everybody waits for.

use std::time::{Duration, Instant};

use super::Pressure;
use crate::clock::later;

/// The part of a period over which loops come back from a pause.
const SPREAD: f64 = 0.5;

/// A tick that is taken this late was on time: timers are no better. The number is tokio's.
const ON_TIME: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Pace {
    period: Duration,
    slow_factor: u32,
    /// When the next tick is due at the normal pace; `None` before the first look.
    due: Option<Instant>,
    waiting: Waiting,
}

/// What has happened since the last tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Undisturbed,
    /// Pressure was reduced, and is.
    Slowed,
    /// Pressure was reduced, and is no more.
    Recovered(Instant),
    Paused,
    Resuming(Instant),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Now. The tick is taken.
    Tick,
    /// At this time, unless the pressure changes before.
    At(Instant),
    /// Not before the pressure changes.
    Paused,
}

impl Pace {
    pub(super) const fn new(period: Duration, slow_factor: u32) -> Self {
        Self {
            period,
            slow_factor,
            due: None,
            waiting: Waiting::Undisturbed,
        }
    }

    pub(super) const fn period(&self) -> Duration {
        self.period
    }

    pub(super) const fn set_slow_factor(&mut self, slow_factor: u32) {
        self.slow_factor = slow_factor;
    }

    /// Says when the next tick is, and takes it if that is now. `roll` is random in `0.0..1.0`.
    pub(super) fn next(
        &mut self,
        pressure: Pressure,
        now: Instant,
        roll: impl FnOnce() -> f64,
    ) -> Next {
        let due = *self.due.get_or_insert(now);
        self.waiting = match (pressure, self.waiting) {
            (Pressure::Paused, _) => Waiting::Paused,
            (_, Waiting::Paused) => {
                Waiting::Resuming(later(now, self.period.mul_f64(SPREAD * roll())))
            }
            (Pressure::Reduced, Waiting::Undisturbed | Waiting::Recovered(_)) => Waiting::Slowed,
            // Not at once, although a tick may be overdue: a whole fleet sees the recovery in the
            // same moment, and comes back as evenly spread as it was before.
            (Pressure::Normal, Waiting::Slowed) => Waiting::Recovered(self.beat_from(due, now)),
            (_, waiting) => waiting,
        };
        let at = match self.waiting {
            Waiting::Paused => return Next::Paused,
            Waiting::Undisturbed => due,
            Waiting::Slowed => {
                let longer = self.period.saturating_mul(self.slow_factor - 1);
                later(due, longer)
            }
            Waiting::Recovered(at) => at,
            Waiting::Resuming(at) => at.max(due),
        };
        if now < at {
            return Next::At(at);
        }
        // Late because of the caller: the pace goes on from here, and what was missed stays missed.
        let is_on_time = now.saturating_duration_since(at) <= ON_TIME;
        let from = if is_on_time { at } else { now };
        self.due = Some(later(from, self.period));
        self.waiting = Waiting::Undisturbed;
        Next::Tick
    }

    /// Returns the first of `due`, `due + period`, `due + 2 periods`... that is not before `now`.
    fn beat_from(&self, due: Instant, now: Instant) -> Instant {
        let period = self.period.as_nanos();
        let into_a_period = now.saturating_duration_since(due).as_nanos() % period;
        let left = (period - into_a_period) % period;
        let left = Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX));
        later(now.max(due), left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::Pressure::{Normal, Paused, Reduced};
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_secs(10);

    /// A pace, its clock, and always the same roll.
    struct Bench {
        pace: Pace,
        start: Instant,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let start = Instant::now();
            Self {
                pace: Pace::new(PERIOD, 4),
                start,
                now: start,
            }
        }

        /// Looks at this second. Returns the second of the next tick; `None` while paused.
        fn at(&mut self, second: u32, pressure: Pressure) -> Option<u64> {
            self.now = self.start + second * SECOND;
            match self.pace.next(pressure, self.now, || 0.8) {
                Next::Tick => Some(u64::from(second)),
                Next::At(at) => Some((at - self.start).as_secs()),
                Next::Paused => None,
            }
        }
    }

    #[test]
    fn healthy_it_ticks_at_once_and_then_once_a_period() {
        let mut bench = Bench::new();
        for second in [0, 10, 20, 30] {
            assert_eq!(bench.at(second, Normal), Some(u64::from(second)));
            assert_eq!(bench.at(second, Normal), Some(u64::from(second) + 10));
        }
    }

    #[test]
    fn degraded_it_ticks_once_in_four_periods() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        assert_eq!(bench.at(1, Reduced), Some(40));
        assert_eq!(bench.at(40, Reduced), Some(40));
        assert_eq!(bench.at(40, Reduced), Some(80));
    }

    #[test]
    fn getting_worse_lengthens_the_wait_and_recovering_shortens_it() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        assert_eq!(bench.at(2, Normal), Some(10));
        assert_eq!(bench.at(4, Reduced), Some(40));
        assert_eq!(bench.at(6, Normal), Some(10));
        assert_eq!(bench.at(8, Reduced), Some(40));
        assert_eq!(bench.at(10, Normal), Some(10), "exactly due");
    }

    #[test]
    fn an_overdue_tick_of_one_that_recovers_comes_in_its_old_rhythm() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        assert_eq!(bench.at(1, Reduced), Some(40));
        assert_eq!(bench.at(23, Normal), Some(30));
        assert_eq!(bench.at(30, Normal), Some(30));
        assert_eq!(bench.at(30, Normal), Some(40));
    }

    #[test]
    fn unhealthy_it_does_not_tick_and_comes_back_within_half_a_period() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        assert_eq!(bench.at(5, Paused), None);
        assert_eq!(bench.at(500, Paused), None);
        assert_eq!(bench.at(501, Normal), Some(505), "a roll of 0.8");
        assert_eq!(bench.at(502, Normal), Some(505), "rolled once");
        assert_eq!(bench.at(505, Normal), Some(505));
        assert_eq!(
            bench.at(505, Normal),
            Some(515),
            "what was missed is missed"
        );
    }

    #[test]
    fn the_tick_that_may_be_the_trial_waits_for_no_slow_period() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        bench.at(5, Paused);
        assert_eq!(bench.at(20, Reduced), Some(24));
        bench.at(24, Reduced);
        assert_eq!(bench.at(24, Reduced), Some(64), "the ones after it do");
    }

    #[test]
    fn a_short_pause_does_not_bring_a_tick_forward() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        bench.at(1, Paused);
        assert_eq!(bench.at(2, Normal), Some(10));
    }

    #[test]
    fn a_late_caller_gets_one_tick_and_the_pace_goes_on_from_there() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        assert_eq!(bench.at(37, Normal), Some(37));
        assert_eq!(bench.at(37, Normal), Some(47));
    }

    #[test]
    fn a_timer_that_is_a_little_late_does_not_shift_the_rhythm() {
        let mut bench = Bench::new();
        bench.at(0, Normal);
        bench.now = bench.start + PERIOD + Duration::from_millis(3);
        assert_eq!(bench.pace.next(Normal, bench.now, || 0.0), Next::Tick);
        assert_eq!(bench.at(11, Normal), Some(20));
    }

    #[test]
    fn a_period_without_end_overflows_nothing() {
        let now = Instant::now();
        let mut pace = Pace::new(Duration::MAX, u32::MAX);
        assert_eq!(pace.next(Normal, now, || 0.9), Next::Tick);
        for pressure in [Reduced, Normal, Paused, Reduced, Normal] {
            let next = pace.next(pressure, now, || 0.9);
            assert!(!matches!(next, Next::Tick), "{pressure:?}");
        }
    }

    fn pressure() -> impl Strategy<Value = Pressure> {
        prop_oneof![Just(Normal), Just(Reduced), Just(Paused)]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whatever happens: no tick in a pause, never two within a period, none within a slow one
        /// while all of it was slow, and a healthy loop ticks within a period and a half.
        #[test]
        fn ticks_never_burst_and_never_stop(
            steps in prop::collection::vec((0u64..15_000, pressure(), 0.0..1.0), 1..200),
        ) {
            let mut pace = Pace::new(PERIOD, 4);
            let mut now = Instant::now();
            let mut last: Option<Instant> = None;
            let mut slow_since: Option<Instant> = None;
            for (millis, pressure, roll) in steps {
                now += Duration::from_millis(millis);
                if pressure != Reduced {
                    slow_since = None;
                }
                if pace.next(pressure, now, || roll) == Next::Tick {
                    prop_assert_ne!(pressure, Paused);
                    if let Some(last) = last {
                        prop_assert!(now - last + ON_TIME >= PERIOD);
                        if slow_since.is_some_and(|since| since <= last) {
                            prop_assert!(now - last + ON_TIME >= 4 * PERIOD);
                        }
                    }
                    last = Some(now);
                    slow_since.get_or_insert(now);
                }
                if pressure != Reduced {
                    slow_since = None;
                }
            }
            // From here on all is well.
            let healthy = now;
            while pace.next(Normal, now, || 0.999) != Next::Tick {
                now += SECOND / 2;
                prop_assert!(now - healthy <= PERIOD + PERIOD / 2);
            }
        }
    }
}
