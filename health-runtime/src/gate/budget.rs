//! How much one operation may destroy in a time: a token bucket that counts what is in flight.

use std::fmt;
use std::time::{Duration, Instant};

/// How many calls of one destructive operation may run per time: `"50/1m"`.
///
/// A token bucket of that size, refilled evenly. A call that is still running keeps its place, so
/// that slow destruction cannot pile up behind a bucket that has long been refilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    permits: u32,
    per: Duration,
}

impl Budget {
    /// Creates a budget.
    ///
    /// # Panics
    ///
    /// When `permits` or `per` is zero: that would be a complicated way to forbid an operation.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use health_runtime::Budget;
    ///
    /// let budget = Budget::new(50, Duration::from_secs(60));
    /// assert_eq!(budget.to_string(), "50/60s");
    /// ```
    #[must_use]
    pub const fn new(permits: u32, per: Duration) -> Self {
        assert!(permits > 0, "a budget needs at least one permit");
        assert!(
            !per.is_zero(),
            "a budget needs a time that is longer than zero"
        );
        Self { permits, per }
    }

    /// Returns the number of calls.
    #[must_use]
    pub const fn permits(self) -> u32 {
        self.permits
    }

    /// Returns the time they are for.
    #[must_use]
    pub const fn per(self) -> Duration {
        self.per
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:?}", self.permits, self.per)
    }
}

/// The bucket of one operation. Pure.
#[derive(Debug)]
pub(crate) struct Bucket {
    budget: Option<Budget>,
    /// In parts of a permit, `per` (in nanoseconds) to the whole: exact, no rounding adds up.
    parts: u128,
    refilled: Instant,
    in_flight: u32,
}

impl Bucket {
    pub(crate) fn new(budget: Option<Budget>, now: Instant) -> Self {
        let mut bucket = Self {
            budget,
            parts: 0,
            refilled: now,
            in_flight: 0,
        };
        bucket.parts = bucket.capacity();
        bucket
    }

    /// Changes the budget. What is used stays used.
    pub(crate) fn configure(&mut self, budget: Option<Budget>, now: Instant) {
        if self.budget != budget {
            let in_flight = self.in_flight;
            *self = Self {
                in_flight,
                ..Self::new(budget, now)
            };
            let in_use = u128::from(in_flight) * self.whole();
            self.parts = self.capacity().saturating_sub(in_use);
        }
    }

    fn whole(&self) -> u128 {
        self.budget.map_or(1, |budget| budget.per.as_nanos())
    }

    fn capacity(&self) -> u128 {
        self.budget
            .map_or(0, |budget| u128::from(budget.permits) * self.whole())
    }

    fn refill(&mut self, now: Instant) {
        let Some(budget) = self.budget else { return };
        let passed = now.saturating_duration_since(self.refilled).as_nanos();
        self.refilled = self.refilled.max(now);
        let gained = passed.saturating_mul(u128::from(budget.permits));
        let in_use = u128::from(self.in_flight) * self.whole();
        let room = self.capacity().saturating_sub(in_use);
        // What is in flight is not refilled: it counts as used until it has ended.
        self.parts = self.parts.saturating_add(gained).min(room.max(self.parts));
    }

    /// Takes a place.
    ///
    /// # Errors
    ///
    /// How long it takes at least until there is one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        if let Some(budget) = self.budget {
            let whole = self.whole();
            if self.parts < whole || self.in_flight >= budget.permits {
                let missing = whole.saturating_sub(self.parts);
                let wait = missing.div_ceil(u128::from(budget.permits));
                return Err(Duration::from_nanos(
                    u64::try_from(wait).unwrap_or(u64::MAX),
                ));
            }
            self.parts -= whole;
        }
        self.in_flight += 1;
        Ok(())
    }

    /// Gives a place back if there is no budget, which takes no time to tell. Returns whether it did.
    pub(crate) fn finish_unlimited(&mut self) -> bool {
        if self.budget.is_none() {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        self.budget.is_none()
    }

    /// Gives a place back whose call has ended. Its token stays spent.
    pub(crate) fn finish(&mut self, now: Instant) {
        self.refill(now);
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Gives a place back whose call has never run.
    pub(crate) fn refund(&mut self, now: Instant) {
        self.finish(now);
        self.parts = (self.parts + self.whole()).min(self.capacity());
    }

    /// Returns how many calls are left, or `None` without a budget.
    pub(crate) fn left(&mut self, now: Instant) -> Option<u32> {
        self.refill(now);
        let budget = self.budget?;
        let left = u32::try_from(self.parts / self.whole()).unwrap_or(u32::MAX);
        Some(left.min(budget.permits.saturating_sub(self.in_flight)))
    }

    pub(crate) const fn budget(&self) -> Option<Budget> {
        self.budget
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_budget_says_what_it_was_made_of() {
        let budget = Budget::new(50, MINUTE);
        assert_eq!((budget.permits(), budget.per()), (50, MINUTE));
        assert_eq!(budget.to_string(), "50/60s");
    }

    #[test]
    fn the_bucket_empties_and_refills_evenly() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(Budget::new(2, MINUTE)), start);
        for _ in 0..2 {
            assert_eq!(bucket.take(start), Ok(()));
            bucket.finish(start);
        }
        assert_eq!(bucket.take(start), Err(MINUTE / 2));
        assert_eq!(bucket.take(start + MINUTE / 2), Ok(()));
    }

    #[test]
    fn what_is_in_flight_counts_as_used_however_long_it_takes() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(Budget::new(2, MINUTE)), start);
        bucket.take(start).unwrap();
        bucket.take(start).unwrap();
        assert!(bucket.take(start + 60 * MINUTE).is_err(), "two still run");
        bucket.finish(start + 60 * MINUTE);
        bucket.finish(start + 60 * MINUTE);
        assert!(
            bucket.take(start + 60 * MINUTE).is_err(),
            "no token was earned meanwhile"
        );
        assert_eq!(bucket.take(start + 61 * MINUTE), Ok(()));
    }

    #[test]
    fn a_refusal_for_another_reason_gives_the_token_back() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(Budget::new(1, MINUTE)), start);
        bucket.take(start).unwrap();
        bucket.refund(start);
        assert_eq!(bucket.take(start), Ok(()));
    }

    #[test]
    fn a_new_budget_counts_what_is_still_in_flight_and_nothing_else() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        for _ in 0..10 {
            bucket.take(start).unwrap();
            assert!(bucket.finish_unlimited());
        }
        bucket.take(start).unwrap();
        bucket.configure(Some(Budget::new(3, MINUTE)), start);
        assert_eq!(bucket.left(start), Some(2));
        bucket.finish(start);
        assert_eq!(bucket.left(start), Some(2), "its token stays spent");
    }

    #[test]
    fn what_is_in_flight_when_the_budget_changes_keeps_its_place_in_the_new_one() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(Budget::new(2, MINUTE)), start);
        bucket.take(start).unwrap();
        bucket.configure(Some(Budget::new(1, MINUTE)), start);
        assert!(bucket.take(start + 60 * MINUTE).is_err(), "one still runs");
        bucket.finish(start + 60 * MINUTE);
        assert_eq!(bucket.take(start + 61 * MINUTE), Ok(()));
    }

    #[test]
    fn no_budget_is_no_limit() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        assert!((0..10_000).all(|_| bucket.take(start).is_ok()));
        assert_eq!(bucket.left(start), None);
    }

    proptest! {
        /// Whatever is asked and however long it runs: in flight plus tokens never exceed the
        /// budget, and no window of time sees more than the bucket and its refill.
        #[test]
        fn the_limit_holds(
            permits in 1u32..20,
            steps in proptest::collection::vec((0u64..5_000, 0u8..3), 1..300),
        ) {
            let start = Instant::now();
            let per = Duration::from_secs(10);
            let mut bucket = Bucket::new(Some(Budget::new(permits, per)), start);
            let mut now = start;
            let mut running = 0u32;
            let mut granted: Vec<Instant> = Vec::new();
            for (millis, step) in steps {
                now += Duration::from_millis(millis);
                let asks = step < 2;
                if asks && bucket.take(now).is_ok() {
                    running += 1;
                    granted.push(now);
                } else if !asks && running > 0 {
                    bucket.finish(now);
                    running -= 1;
                }
                let tokens = u32::try_from(bucket.parts / bucket.whole()).unwrap();
                prop_assert!(running + tokens <= permits);
            }
            for (index, from) in granted.iter().enumerate() {
                for (more, to) in granted[index..].iter().enumerate() {
                    let refill = (*to - *from).as_nanos() * u128::from(permits) / per.as_nanos();
                    prop_assert!((more as u128) < u128::from(permits) + refill + 1);
                }
            }
        }
    }
}
