//! What these tests share: rules, and functions of one dependency each.

use std::time::Duration;

use health_runtime::{BreakerPolicy, FailureRate, HealthRegistry, Policy, SlowCallRate, Window};

use crate::subject::{Answer, Error, three_strikes};

pub(crate) const DOWN: Answer = Err(Error::Failed("connection refused"));

/// Half of at least ten calls fail; no other rule.
pub(crate) fn half_may_fail(window: Window) -> BreakerPolicy {
    BreakerPolicy {
        consecutive: None,
        failure_rate: Some(FailureRate {
            rate: 0.5,
            window,
            min_calls: 10,
        }),
        ..three_strikes()
    }
}

/// Half of at least four calls take a second or longer, or three fail in a row.
pub(crate) fn half_may_be_slow(window: Window) -> BreakerPolicy {
    BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than: Duration::from_secs(1),
            rate: 0.5,
            window,
            min_calls: 4,
        }),
        ..three_strikes()
    }
}

/// A policy without a limit on the time of calls, as the registries here have it.
pub(crate) fn unlimited(breaker: BreakerPolicy) -> Policy {
    Policy {
        timeout: None,
        ..Policy::from(breaker)
    }
}

/// Gives a dependency of the global registry a policy.
pub(crate) fn set(dependency: &str, policy: impl Into<Policy>) {
    let registry = HealthRegistry::global();
    // A name is known once something was reported of it.
    registry.record_success(dependency);
    let _changed = registry.update_policy(dependency, policy.into()).unwrap();
}

pub(crate) fn explain(dependency: &str) -> String {
    HealthRegistry::current().explain(dependency).unwrap()
}
