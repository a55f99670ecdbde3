//! Keys that say something, and change nothing: a queue without a cap. Pure.

use crate::policy::{Parts, Policy};

/// The keys of `own` that would change nothing, as the key that switches their rule on is set
/// nowhere: (the key, the key that it needs).
///
/// `all` is `own` over what it inherits from, `base` what the policy would be without any of them.
pub(super) fn idle(own: &Parts, all: &Parts, base: &Policy) -> Vec<(&'static str, &'static str)> {
    let breaker = &base.breaker;
    let has_failure = all.failure_ratio.is_some() || breaker.failure_rate.is_some();
    let has_slow = all.slow_ratio.is_some() || breaker.slow_call_rate.is_some();
    let has_cap = all.max_inflight.is_some() || base.bulkhead.is_some();
    let rules = [
        (
            own.window.is_some(),
            has_failure || has_slow,
            "window",
            "failure_ratio",
        ),
        (
            own.min_calls.is_some(),
            has_failure || has_slow,
            "min_calls",
            "failure_ratio",
        ),
        (
            own.slow_after.is_some(),
            has_slow,
            "slow_after",
            "slow_ratio",
        ),
        (own.queue.is_some(), has_cap, "queue", "max_inflight"),
        (
            own.queue_timeout.is_some(),
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
