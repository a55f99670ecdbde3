//! Single keys to a patch of a policy.
//!
//! Some values of a policy only make sense together: a failure rate has a window and a minimum of
//! calls. Files set them one by one, at different places, so they are collected here first.

use std::time::Duration;

use crate::breaker::{FailureRate, SlowCallRate, Window};
use crate::bulkhead::BulkheadPolicy;
use crate::policy::{Policy, PolicyPatch};
use crate::retry::RetryBudget;

/// What a rate is taken of, where nobody says: as [`Profile::Balanced`](crate::Profile::Balanced).
pub(super) const WINDOW: Window = Window::Time(Duration::from_secs(30));
/// The least number of calls for a rate, where nobody says: as `Profile::Balanced`.
pub(super) const MIN_CALLS: u32 = 20;
/// What is slow, where nobody says.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// What some keys say of a policy.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// What goes into a policy by itself.
    pub(super) patch: PolicyPatch,
    pub(super) window: Option<Window>,
    pub(super) min_calls: Option<u32>,
    /// 0 switches the rule off.
    pub(super) failure_ratio: Option<f64>,
    pub(super) slow_after: Option<Duration>,
    /// 0 switches the rule off.
    pub(super) slow_ratio: Option<f64>,
    /// `Some(None)` takes the cap away.
    pub(super) max_inflight: Option<Option<u32>>,
    pub(super) queue: Option<u32>,
    pub(super) queue_timeout: Option<Duration>,
    pub(super) retry_ratio: Option<f64>,
    pub(super) retry_min_per_second: Option<u32>,
}

impl Draft {
    /// Makes the patch.
    ///
    /// `all` is this draft over those of the places that it inherits from, `base` what the policy
    /// would be without any of them. A group that this draft does not touch is inherited, too.
    pub(super) fn patch(self, all: &Self, base: &Policy) -> PolicyPatch {
        let mut patch = self.patch.clone();
        let shared = self.window.is_some() || self.min_calls.is_some();
        let breaker = &base.breaker;
        if shared || self.failure_ratio.is_some() {
            patch.failure_rate = all.failure_rate(breaker.failure_rate);
        }
        if shared || self.slow_ratio.is_some() || self.slow_after.is_some() {
            patch.slow_call_rate = all.slow_call_rate(breaker.slow_call_rate);
        }
        if self.max_inflight.is_some() || self.queue.is_some() || self.queue_timeout.is_some() {
            patch.bulkhead = all.bulkhead(base.bulkhead);
        }
        if self.retry_ratio.is_some() || self.retry_min_per_second.is_some() {
            let budget = base.retry.budget.unwrap_or_default();
            patch.retry_budget = Some(Some(RetryBudget {
                ratio: all.retry_ratio.unwrap_or(budget.ratio),
                min_per_second: all.retry_min_per_second.unwrap_or(budget.min_per_second),
                ..budget
            }));
        }
        patch
    }

    fn failure_rate(&self, base: Option<FailureRate>) -> Option<Option<FailureRate>> {
        let start = base.unwrap_or(FailureRate {
            rate: 0.0,
            window: WINDOW,
            min_calls: MIN_CALLS,
        });
        let rate = FailureRate {
            rate: self.failure_ratio.unwrap_or(start.rate),
            window: self.window.unwrap_or(start.window),
            min_calls: self.min_calls.unwrap_or(start.min_calls),
        };
        let is_said = self.failure_ratio.is_some() || base.is_some();
        is_said.then_some((rate.rate > 0.0).then_some(rate))
    }

    fn slow_call_rate(&self, base: Option<SlowCallRate>) -> Option<Option<SlowCallRate>> {
        let start = base.unwrap_or(SlowCallRate {
            slower_than: SLOW_AFTER,
            rate: 0.0,
            window: WINDOW,
            min_calls: MIN_CALLS,
        });
        let rate = SlowCallRate {
            slower_than: self.slow_after.unwrap_or(start.slower_than),
            rate: self.slow_ratio.unwrap_or(start.rate),
            window: self.window.unwrap_or(start.window),
            min_calls: self.min_calls.unwrap_or(start.min_calls),
        };
        let is_said = self.slow_ratio.is_some() || base.is_some();
        is_said.then_some((rate.rate > 0.0).then_some(rate))
    }

    fn bulkhead(&self, base: Option<BulkheadPolicy>) -> Option<Option<BulkheadPolicy>> {
        let cap = match self.max_inflight {
            Some(None) => return Some(None),
            Some(Some(cap)) => cap,
            None => base?.max_in_flight,
        };
        let start = base.unwrap_or(BulkheadPolicy::new(cap));
        Some(Some(BulkheadPolicy {
            max_in_flight: cap,
            queue: self.queue.unwrap_or(start.queue),
            queue_timeout: self.queue_timeout.unwrap_or(start.queue_timeout),
        }))
    }

    /// The keys of this draft that would change nothing, as the key that switches their rule on is
    /// set nowhere: (the key, the key that it needs).
    pub(super) fn idle(&self, all: &Self, base: &Policy) -> Vec<(&'static str, &'static str)> {
        let breaker = &base.breaker;
        let has_failure = all.failure_ratio.is_some() || breaker.failure_rate.is_some();
        let has_slow = all.slow_ratio.is_some() || breaker.slow_call_rate.is_some();
        let has_cap = all.max_inflight.is_some() || base.bulkhead.is_some();
        let rules = [
            (
                self.window.is_some(),
                has_failure || has_slow,
                "window",
                "failure_ratio",
            ),
            (
                self.min_calls.is_some(),
                has_failure || has_slow,
                "min_calls",
                "failure_ratio",
            ),
            (
                self.slow_after.is_some(),
                has_slow,
                "slow_after",
                "slow_ratio",
            ),
            (self.queue.is_some(), has_cap, "queue", "max_inflight"),
            (
                self.queue_timeout.is_some(),
                has_cap,
                "queue_timeout",
                "max_inflight",
            ),
        ];
        let idle = rules
            .into_iter()
            .filter(|(is_set, is_on, ..)| *is_set && !is_on);
        idle.map(|(_, _, key, needs)| (key, needs)).collect()
    }
}
