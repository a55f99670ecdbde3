//! The budget of retries: a token bucket, told the time.
//!
//! A first attempt adds one to a counter and reads no clock. Who wants to retry looks at the last
//! [`SLICES`] slices of time: tokens are the first attempts in them times the ratio, plus the floor,
//! minus the retries in them. What was counted since the last look is taken as spread evenly over
//! the time since, so that a minute without a look does not become a token for all of its calls.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::config::RetryBudget;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// How many slices of time the bucket remembers: a token lives `expire_after`, to a tenth.
const SLICES: u32 = 10;

/// How often people are told that a budget is spent.
const TELL_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Bucket {
    firsts: AtomicU64,
    ledger: Mutex<Ledger>,
}

#[derive(Debug)]
struct Ledger {
    slices: VecDeque<Slice>,
    /// First attempts that have been entered.
    seen: u64,
    looked: Instant,
    /// Retries that found no token, since the bucket was made.
    refused: u64,
    /// When somebody was told of it last.
    told: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    ends: Instant,
    firsts: f64,
    retries: f64,
}

/// How much is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetryBudgetLevel {
    /// Retries that could be made now.
    pub tokens: f64,
    /// Retries that found no token, since the dependency is known.
    pub refused: u64,
}

impl Bucket {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            firsts: AtomicU64::new(0),
            ledger: Mutex::new(Ledger {
                slices: VecDeque::new(),
                seen: 0,
                looked: now,
                refused: 0,
                told: None,
            }),
        }
    }

    /// Notes a first attempt.
    pub(crate) fn deposit(&self) {
        self.firsts.fetch_add(1, Ordering::Relaxed);
    }

    /// Says whether there is a token. Takes none.
    pub(crate) fn has_token(&self, budget: RetryBudget, now: Instant) -> bool {
        self.level(budget, now).tokens >= 1.0
    }

    /// Takes a token, if there is one.
    pub(crate) fn withdraw(&self, budget: RetryBudget, now: Instant) -> bool {
        let mut ledger = self.ledger.lock();
        ledger.enter(self.firsts.load(Ordering::Relaxed), budget, now);
        if ledger.tokens(budget) < 1.0 {
            return false;
        }
        if let Some(slice) = ledger.slices.back_mut() {
            slice.retries += 1.0;
        }
        true
    }

    /// Notes a retry that found no token. Returns whether it is time to say so again.
    pub(crate) fn note_refused(&self, now: Instant) -> bool {
        let mut ledger = self.ledger.lock();
        ledger.refused += 1;
        let is_time = ledger.told.is_none_or(|told| now >= told + TELL_EVERY);
        if is_time {
            ledger.told = Some(now);
        }
        is_time
    }

    pub(crate) fn level(&self, budget: RetryBudget, now: Instant) -> RetryBudgetLevel {
        let mut ledger = self.ledger.lock();
        ledger.enter(self.firsts.load(Ordering::Relaxed), budget, now);
        RetryBudgetLevel {
            tokens: ledger.tokens(budget).max(0.0),
            refused: ledger.refused,
        }
    }
}

impl Ledger {
    /// Enters what was counted since the last look, and forgets what has expired.
    fn enter(&mut self, firsts: u64, budget: RetryBudget, now: Instant) {
        let slice = budget.expire_after / SLICES;
        let new = firsts.saturating_sub(self.seen) as f64;
        let elapsed = now.saturating_duration_since(self.looked);
        (self.seen, self.looked) = (firsts, now);
        // Evenly spread: the part that is younger than a token's life.
        let fresh = if elapsed > budget.expire_after {
            new * (budget.expire_after.as_secs_f64() / elapsed.as_secs_f64())
        } else {
            new
        };
        match self.slices.back_mut() {
            Some(last) if now < last.ends => last.firsts += fresh,
            _ => self.slices.push_back(Slice {
                ends: now + slice,
                firsts: fresh,
                retries: 0.0,
            }),
        }
        // A slice expires as a whole, when its youngest token does.
        while let Some(oldest) = self.slices.front()
            && now >= oldest.ends + budget.expire_after
        {
            self.slices.pop_front();
        }
    }

    fn tokens(&self, budget: RetryBudget) -> f64 {
        let sum = |part: fn(&Slice) -> f64| self.slices.iter().map(part).sum::<f64>();
        let floor = f64::from(budget.min_per_second) * budget.expire_after.as_secs_f64();
        budget.ratio * sum(|slice| slice.firsts) + floor - sum(|slice| slice.retries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(ratio: f64, min_per_second: u32) -> RetryBudget {
        RetryBudget {
            ratio,
            min_per_second,
            ..RetryBudget::default()
        }
    }

    fn retries(bucket: &Bucket, budget: RetryBudget, now: Instant) -> usize {
        (0..10_000)
            .take_while(|_| bucket.withdraw(budget, now))
            .count()
    }

    #[test]
    fn a_fifth_of_the_traffic_may_be_retries() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        assert!(!bucket.has_token(budget(0.2, 0), start));
        (0..1_000).for_each(|_| bucket.deposit());
        assert!(bucket.has_token(budget(0.2, 0), start + SECOND));
        assert_eq!(retries(&bucket, budget(0.2, 0), start + SECOND), 200);
        assert!(!bucket.has_token(budget(0.2, 0), start + SECOND));
    }

    #[test]
    fn looks_within_one_slice_add_up_and_take_no_more_memory() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        for look in 0..1_000 {
            bucket.deposit();
            let level = bucket.level(budget(0.2, 0), start + look * SECOND / 2_000);
            assert!((level.tokens - f64::from(look + 1) / 5.0).abs() < 0.001);
        }
        assert_eq!(bucket.ledger.lock().slices.len(), 1);
    }

    #[test]
    fn a_quiet_service_has_three_a_second() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        assert_eq!(retries(&bucket, RetryBudget::default(), start), 30);
        // As many again when those have expired, and not before.
        assert_eq!(
            retries(&bucket, RetryBudget::default(), start + 9 * SECOND),
            0
        );
        let later = start + 12 * SECOND;
        assert_eq!(retries(&bucket, RetryBudget::default(), later), 30);
    }

    #[test]
    fn a_spent_budget_is_counted_each_time_and_told_now_and_then() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        let told = [0, 1, 9, 10, 11].map(|after| bucket.note_refused(start + after * SECOND));
        assert_eq!(told, [true, false, false, true, false]);
        assert_eq!(bucket.level(budget(0.2, 0), start).refused, 5);
    }

    #[test]
    fn tokens_expire() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        (0..1_000).for_each(|_| bucket.deposit());
        assert!(bucket.level(budget(0.2, 0), start).tokens > 199.0);
        let later = start + 12 * SECOND;
        assert_eq!(bucket.level(budget(0.2, 0), later).tokens, 0.0);
    }

    #[test]
    fn a_long_time_without_a_look_does_not_pile_up_tokens() {
        let start = Instant::now();
        let bucket = Bucket::new(start);
        (0..6_000).for_each(|_| bucket.deposit());
        // 100 a second for a minute: what a tenth of a minute brings, and no more.
        let level = bucket.level(budget(0.2, 0), start + 60 * SECOND).tokens;
        assert!((level - 200.0).abs() < 1.0, "{level}");
    }

    proptest! {
        #[test]
        fn retries_never_exceed_their_part_of_any_ten_seconds_by_more_than_a_slice(
            steps in prop::collection::vec((0u32..50, 0u32..20, 0u64..3_000), 1..60),
        ) {
            let budget = budget(0.2, 1);
            let mut now = Instant::now();
            let bucket = Bucket::new(now);
            let mut history: Vec<(Instant, u32, u32)> = Vec::new();
            for (calls, wanted, millis) in steps {
                (0..calls).for_each(|_| bucket.deposit());
                let made = (0..wanted).filter(|_| bucket.withdraw(budget, now)).count() as u32;
                history.push((now, calls, made));
                // A call counts as made at any time since the last look: two slices more.
                let recent = |window: Duration| {
                    let from = now.checked_sub(window).unwrap_or(now);
                    history.iter().filter(move |(at, ..)| *at >= from)
                };
                let made: u32 = recent(10 * SECOND).map(|(_, _, made)| made).sum();
                let calls: u32 = recent(24 * SECOND).map(|(_, calls, _)| calls).sum();
                prop_assert!(f64::from(made) <= 0.2 * f64::from(calls) + 10.0 + 1.0);
                now += Duration::from_millis(millis);
            }
        }
    }
}
