//! Single values of groups that only make sense together.
//!
//! A failure rate has a window and a minimum of calls; a bulkhead has a cap and a queue. Operators set
//! them one by one, at different places. They are kept one by one, too, and merged with whatever else
//! is said at the moment the policy is needed: what the code says may change in between.

use std::time::Duration;

use super::Policy;
use crate::breaker::{FailureRate, SlowCallRate, Window};
use crate::bulkhead::BulkheadPolicy;
use crate::retry::RetryBudget;

/// What a rate is taken of, where nobody says: as [`Profile::Balanced`](crate::Profile::Balanced).
pub(crate) const WINDOW: Window = Window::Time(Duration::from_secs(30));
/// The least number of calls for a rate, where nobody says: as `Profile::Balanced`.
pub(crate) const MIN_CALLS: u32 = 20;
/// What is slow, where nobody says.
pub(crate) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// Some values of the groups of a policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Parts {
    pub(crate) window: Option<Window>,
    pub(crate) min_calls: Option<u32>,
    /// 0 switches the rule off.
    pub(crate) failure_ratio: Option<f64>,
    pub(crate) slow_after: Option<Duration>,
    /// 0 switches the rule off.
    pub(crate) slow_ratio: Option<f64>,
    /// `Some(None)` takes the cap away.
    pub(crate) max_inflight: Option<Option<u32>>,
    pub(crate) queue: Option<u32>,
    pub(crate) queue_timeout: Option<Duration>,
    pub(crate) retry_ratio: Option<f64>,
    pub(crate) retry_min_per_second: Option<u32>,
}

impl Parts {
    /// Lays `higher` over these: what it sets wins.
    pub(crate) fn under(mut self, higher: &Self) -> Self {
        macro_rules! take {
            ($($field:ident),*) => {
                $(if higher.$field.is_some() { self.$field = higher.$field; })*
            };
        }
        take!(
            window,
            min_calls,
            failure_ratio,
            slow_after,
            slow_ratio,
            max_inflight,
            queue,
            queue_timeout,
            retry_ratio,
            retry_min_per_second
        );
        self
    }

    /// Merges them into a policy.
    ///
    /// `all` are these over those of the places that they inherit from. A group of which these say
    /// nothing stays as it is: it is inherited, too.
    pub(crate) fn apply(&self, all: &Self, policy: &mut Policy) {
        let shared = self.window.is_some() || self.min_calls.is_some();
        let breaker = &mut policy.breaker;
        if shared || self.failure_ratio.is_some() {
            breaker.failure_rate = all.failure_rate(breaker.failure_rate);
        }
        if shared || self.slow_ratio.is_some() || self.slow_after.is_some() {
            breaker.slow_call_rate = all.slow_call_rate(breaker.slow_call_rate);
        }
        if self.max_inflight.is_some() || self.queue.is_some() || self.queue_timeout.is_some() {
            policy.bulkhead = all.bulkhead(policy.bulkhead);
        }
        if self.retry_ratio.is_some() || self.retry_min_per_second.is_some() {
            let budget = policy.retry.budget.unwrap_or_default();
            policy.retry.budget = Some(RetryBudget {
                ratio: all.retry_ratio.unwrap_or(budget.ratio),
                min_per_second: all.retry_min_per_second.unwrap_or(budget.min_per_second),
                ..budget
            });
        }
    }

    fn failure_rate(&self, base: Option<FailureRate>) -> Option<FailureRate> {
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
        // What the code gets wrong is left for the checks of the code to tell.
        let is_off = self.failure_ratio == Some(0.0) || (base.is_none() && rate.rate <= 0.0);
        (!is_off).then_some(rate)
    }

    fn slow_call_rate(&self, base: Option<SlowCallRate>) -> Option<SlowCallRate> {
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
        let is_off = self.slow_ratio == Some(0.0) || (base.is_none() && rate.rate <= 0.0);
        (!is_off).then_some(rate)
    }

    fn bulkhead(&self, base: Option<BulkheadPolicy>) -> Option<BulkheadPolicy> {
        let cap = match self.max_inflight {
            Some(cap) => cap?,
            None => base?.max_in_flight,
        };
        let start = base.unwrap_or(BulkheadPolicy::new(cap));
        Some(BulkheadPolicy {
            max_in_flight: cap,
            queue: self.queue.unwrap_or(start.queue),
            queue_timeout: self.queue_timeout.unwrap_or(start.queue_timeout),
        })
    }
}
