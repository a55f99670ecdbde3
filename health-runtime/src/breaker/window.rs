//! How many calls there were lately, and how many of them were bad. Pure: time comes in.
//!
//! A window of the last `n` calls, or of the last so much time, is cut into ten parts. Eleven buckets
//! count the calls of these parts: ten whole ones, and the oldest, of which only a share still lies
//! within the window. Memory and cost are the same at any size.
//!
//! Error: as if the bad calls of the oldest part were spread over it evenly. What is said is off by
//! less than what was counted in that one part: a tenth of the window, and nothing for a window of
//! up to ten calls. The number of calls in a window of calls is exact.
//!
//! Good calls may be told in sum, some time after they ended. Over the time since they were last
//! told they are spread evenly, too; bad ones are told one by one, when they end.

use std::time::Instant;

use super::config::Window;
use crate::clock::NEVER;

/// Into how many parts a window is cut.
const PARTS: u64 = 10;
const BUCKETS: usize = PARTS as usize + 1;

/// What was counted in one part: which one, by its number since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bucket {
    part: u64,
    calls: u32,
    bad: u32,
}

/// How many calls are within a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) calls: u64,
    pub(crate) bad: u64,
}

/// The calls of a window.
///
/// All positions are distances from the beginning: in nanoseconds, or in calls.
#[derive(Debug, Clone)]
pub(crate) struct Sliding {
    shape: Window,
    began: Instant,
    /// Where it was last told something.
    position: u64,
    buckets: [Bucket; BUCKETS],
}

impl Sliding {
    pub(crate) fn new(shape: Window, now: Instant) -> Self {
        Self {
            shape,
            began: now,
            position: 0,
            buckets: [Bucket::default(); BUCKETS],
        }
    }

    pub(crate) const fn shape(&self) -> Window {
        self.shape
    }

    /// Forgets all calls.
    pub(crate) fn restart(&mut self, now: Instant) {
        *self = Self::new(self.shape, now);
    }

    /// Takes in calls that were good, since it was last told something.
    pub(crate) fn good(&mut self, calls: u64, now: Instant) {
        let from = self.position;
        let to = match self.shape {
            Window::Calls(_) => from.saturating_add(calls),
            Window::Time(_) => self.nanos(now),
        };
        self.position = to;
        let step = self.step();
        let Some(last) = self.last_part(to) else {
            return;
        };
        let first = (from / step).max(last.saturating_sub(PARTS));
        let span = u128::from(to - from);
        // How many of the calls lie before a position, so that the parts add up to the whole.
        let before = |position: u64| {
            let position = u128::from(position.clamp(from, to) - from);
            match span {
                0 => calls,
                _ => (u128::from(calls) * position / span) as u64,
            }
        };
        for part in first..=last {
            let start = part.saturating_mul(step);
            let until = before(start.saturating_add(step));
            let here = if span == 0 {
                calls
            } else {
                until - before(start)
            };
            let bucket = self.bucket(part);
            bucket.calls = bucket.calls.saturating_add(saturated(here));
        }
    }

    /// Takes in a call that has just ended badly.
    pub(crate) fn bad(&mut self, now: Instant) {
        // What came before it, came before it.
        self.good(0, now);
        let at = match self.shape {
            Window::Calls(_) => {
                self.position = self.position.saturating_add(1);
                self.position - 1
            }
            Window::Time(_) => self.position,
        };
        let bucket = self.bucket(at / self.step());
        bucket.calls = bucket.calls.saturating_add(1);
        bucket.bad = bucket.bad.saturating_add(1);
    }

    /// Counts the calls that are within the window now.
    pub(crate) fn count(&self, now: Instant) -> Count {
        let (size, step) = (self.size(), self.step());
        let to = match self.shape {
            Window::Calls(_) => self.position,
            Window::Time(_) => self.nanos(now),
        };
        let edge = to.saturating_sub(size);
        let mut count = Count::default();
        for bucket in &self.buckets {
            let start = bucket.part.saturating_mul(step);
            let end = start.saturating_add(step);
            if end <= edge {
                continue;
            }
            let within = end - edge.max(start);
            count.calls += share(bucket.calls, within, step);
            count.bad += share(bucket.bad, within, step);
        }
        count
    }

    /// The bucket of a part, emptied if it was that of an older one.
    fn bucket(&mut self, part: u64) -> &mut Bucket {
        let bucket = &mut self.buckets[(part % BUCKETS as u64) as usize];
        if bucket.part != part {
            *bucket = Bucket {
                part,
                ..Bucket::default()
            };
        }
        bucket
    }

    /// The part of the last call before a position in calls, or of a position in time.
    const fn last_part(&self, position: u64) -> Option<u64> {
        match self.shape {
            Window::Calls(_) if position == 0 => None,
            Window::Calls(_) => Some((position - 1) / self.step()),
            Window::Time(_) => Some(position / self.step()),
        }
    }

    /// How far the window reaches back.
    const fn size(&self) -> u64 {
        match self.shape {
            Window::Calls(calls) => calls as u64,
            Window::Time(time) => {
                let nanos = time.as_nanos();
                let never = NEVER.as_nanos();
                (if nanos < never { nanos } else { never }) as u64
            }
        }
    }

    /// The size of a part.
    const fn step(&self) -> u64 {
        let step = self.size().div_ceil(PARTS);
        if step == 0 { 1 } else { step }
    }

    fn nanos(&self, now: Instant) -> u64 {
        let nanos = now.saturating_duration_since(self.began).as_nanos();
        // Whoever is told of a moment twice, or in another order, stays where they are.
        u64::try_from(nanos).unwrap_or(u64::MAX).max(self.position)
    }
}

/// The share of a part's calls that lies within the window, to the nearest.
fn share(calls: u32, within: u64, step: u64) -> u64 {
    let (calls, within, step) = (u128::from(calls), u128::from(within), u128::from(step));
    ((calls * within + step / 2) / step) as u64
}

fn saturated(calls: u64) -> u32 {
    u32::try_from(calls).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// Remembers every call.
    struct Naive {
        shape: Window,
        calls: VecDeque<(Instant, bool)>,
    }

    impl Naive {
        fn count(&self, now: Instant) -> Count {
            let within: Vec<bool> = match self.shape {
                Window::Calls(calls) => {
                    let calls = self.calls.iter().rev().take(calls as usize);
                    calls.map(|(_, bad)| *bad).collect()
                }
                Window::Time(time) => {
                    let calls = self.calls.iter().filter(|(at, _)| now - *at < time);
                    calls.map(|(_, bad)| *bad).collect()
                }
            };
            Count {
                calls: within.len() as u64,
                bad: within.iter().filter(|bad| **bad).count() as u64,
            }
        }

        /// The calls of the last part of the window, and of as much before it: those of which the
        /// window may take too few or too many.
        fn unsure(&self, now: Instant) -> Count {
            let within: Vec<bool> = match self.shape {
                Window::Calls(calls) => {
                    let part = calls.div_ceil(10) as usize;
                    let calls = self.calls.iter().rev().skip(calls as usize - part);
                    calls.take(2 * part).map(|(_, bad)| *bad).collect()
                }
                Window::Time(time) => {
                    let part = time / 10 + Duration::from_nanos(10);
                    let unsure = time - part..=time + part;
                    let calls = self.calls.iter();
                    let calls = calls.filter(|(at, _)| unsure.contains(&(now - *at)));
                    calls.map(|(_, bad)| *bad).collect()
                }
            };
            Count {
                calls: within.len() as u64,
                bad: within.iter().filter(|bad| **bad).count() as u64,
            }
        }
    }

    fn calls() -> impl Strategy<Value = Vec<(u64, bool)>> {
        let gap = prop_oneof![4 => 0u64..50, 2 => 0u64..2_000, 1 => 0u64..40_000];
        prop::collection::vec((gap, any::<bool>()), 0..400)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_window_of_calls_is_off_by_less_than_a_tenth_of_it(calls in calls(), size in 1u32..200) {
            let shape = Window::Calls(size);
            let start = Instant::now();
            let (mut sliding, mut naive) = (Sliding::new(shape, start), Naive { shape, calls: VecDeque::new() });
            for (_, bad) in calls {
                if bad { sliding.bad(start) } else { sliding.good(1, start) }
                naive.calls.push_back((start, bad));
                let (found, exact) = (sliding.count(start), naive.count(start));
                prop_assert_eq!(found.calls, exact.calls, "the number of calls is exact");
                let off = found.bad.abs_diff(exact.bad);
                prop_assert!(off < u64::from(size.div_ceil(10)), "{:?} for {:?}", found, exact);
                if size <= 10 {
                    prop_assert_eq!(found, exact);
                }
            }
        }

        #[test]
        fn a_window_of_time_is_off_by_no_more_than_was_counted_at_its_edge(calls in calls(), millis in 10u64..60_000) {
            let shape = Window::Time(Duration::from_millis(millis));
            let mut now = Instant::now();
            let (mut sliding, mut naive) = (Sliding::new(shape, now), Naive { shape, calls: VecDeque::new() });
            for (gap, bad) in calls {
                now += Duration::from_millis(gap);
                if bad { sliding.bad(now) } else { sliding.good(0, now); sliding.good(1, now) }
                naive.calls.push_back((now, bad));
                for now in [now, now + Duration::from_millis(millis / 3), now + Duration::from_millis(millis)] {
                    let (found, exact, unsure) = (sliding.count(now), naive.count(now), naive.unsure(now));
                    prop_assert!(found.bad <= found.calls);
                    prop_assert!(found.calls.abs_diff(exact.calls) <= unsure.calls, "{:?} for {:?}", found, exact);
                    prop_assert!(found.bad.abs_diff(exact.bad) <= unsure.bad, "{:?} for {:?}", found, exact);
                }
            }
        }

        #[test]
        fn calls_told_in_sum_are_all_counted_once(sums in prop::collection::vec((0u64..3_000, 0u64..1_000), 1..20)) {
            // A window that none of them leaves.
            let mut now = Instant::now();
            let mut sliding = Sliding::new(Window::Time(Duration::from_secs(3600)), now);
            let mut told = 0;
            for (gap, calls) in sums {
                now += Duration::from_millis(gap);
                sliding.good(calls, now);
                told += calls;
                prop_assert_eq!(sliding.count(now), Count { calls: told, bad: 0 });
            }
        }

        #[test]
        fn a_sum_in_a_window_of_calls_is_what_its_calls_are_one_by_one(
            size in 1u32..200, runs in prop::collection::vec(0u64..500, 1..20),
        ) {
            let now = Instant::now();
            let shape = Window::Calls(size);
            let (mut in_sum, mut one_by_one) = (Sliding::new(shape, now), Sliding::new(shape, now));
            for run in runs {
                in_sum.good(run, now);
                (0..run).for_each(|_| one_by_one.good(1, now));
                in_sum.bad(now);
                one_by_one.bad(now);
                prop_assert_eq!(in_sum.count(now), one_by_one.count(now));
            }
        }
    }

    #[test]
    fn old_failures_leave_a_window_of_time_while_nothing_happens() {
        let start = Instant::now();
        let mut sliding = Sliding::new(Window::Time(Duration::from_secs(30)), start);
        for _ in 0..100 {
            sliding.bad(start);
        }
        assert_eq!(sliding.count(start).bad, 100);
        // The part in which they were counted, three seconds, slides out bit by bit.
        assert_eq!(sliding.count(start + Duration::from_millis(31_500)).bad, 50);
        assert_eq!(
            sliding.count(start + Duration::from_secs(33)),
            Count::default()
        );
    }

    #[test]
    fn a_burst_long_ago_is_not_spread_over_the_silence_after_it() {
        let start = Instant::now();
        let mut sliding = Sliding::new(Window::Time(Duration::from_secs(30)), start);
        for _ in 0..100 {
            sliding.bad(start);
        }
        let later = start + Duration::from_secs(100);
        sliding.bad(later);
        assert_eq!(sliding.count(later), Count { calls: 1, bad: 1 });
    }

    #[test]
    fn successes_told_late_are_spread_over_the_time_in_which_they_were() {
        let start = Instant::now();
        let mut sliding = Sliding::new(Window::Time(Duration::from_secs(30)), start);
        let later = start + Duration::from_secs(300);
        sliding.good(1_000, later);
        let calls = sliding.count(later).calls;
        assert!(
            (99..=101).contains(&calls),
            "{calls} of the last tenth of the time"
        );
    }

    #[test]
    fn the_longest_times_and_the_largest_sums_do_not_overflow() {
        let start = Instant::now();
        let mut longest = Sliding::new(Window::Time(Duration::MAX), start);
        longest.good(u64::MAX, start + NEVER);
        longest.bad(start + NEVER);
        assert_eq!(longest.count(start + NEVER).bad, 1);
        let mut largest = Sliding::new(Window::Calls(u32::MAX), start);
        largest.good(u64::MAX / 2, start);
        largest.bad(start);
        assert_eq!(largest.count(start).calls, u64::from(u32::MAX));
        largest.good(u64::MAX, start);
        largest.bad(start);
    }

    #[test]
    fn the_memory_of_a_window_does_not_depend_on_its_size() {
        assert!(size_of::<Sliding>() <= 256, "{}", size_of::<Sliding>());
    }
}
