//! Some values of a policy, laid over the rest.

use std::time::Duration;

use super::{Parts, Policy};
use crate::backoff::{Backoff, Jitter};
use crate::breaker::{BreakerMode, FailureRate, SlowCallRate};
use crate::bulkhead::BulkheadPolicy;
use crate::retry::RetryBudget;

/// Some values of a [`Policy`]: what a key or a role does differently.
///
/// What is not set is inherited, field by field.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{Dependency, PolicyPatch};
///
/// let http = Dependency::new("http")
///     .role("metadata", PolicyPatch::new().consecutive(3).timeout(Duration::from_secs(2)))
///     .role("artifact", PolicyPatch::new().no_timeout());
/// # let _ = http;
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a patch does nothing until it is given to a dependency"]
pub struct PolicyPatch {
    pub(crate) consecutive: Option<Option<u32>>,
    pub(crate) failure_rate: Option<Option<FailureRate>>,
    pub(crate) slow_call_rate: Option<Option<SlowCallRate>>,
    pub(crate) cooldown: Option<Duration>,
    pub(crate) cooldown_multiplier: Option<f64>,
    pub(crate) cooldown_max: Option<Duration>,
    pub(crate) cooldown_jitter: Option<Jitter>,
    pub(crate) cooldown_decay: Option<Duration>,
    pub(crate) success_threshold: Option<u32>,
    pub(crate) max_trials: Option<u32>,
    pub(crate) trial_lease: Option<Duration>,
    pub(crate) abandoned_after: Option<Duration>,
    pub(crate) retry_after_max: Option<Duration>,
    pub(crate) mode: Option<BreakerMode>,
    pub(crate) timeout: Option<Option<Duration>>,
    pub(crate) attempts: Option<u32>,
    pub(crate) backoff: Option<Backoff>,
    pub(crate) retry_budget: Option<Option<RetryBudget>>,
    pub(crate) bulkhead: Option<Option<BulkheadPolicy>>,
    /// Single values of groups, which only operators set; merged after all the others.
    pub(crate) parts: Parts,
}

impl PolicyPatch {
    /// Creates a patch that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many failures in a row trip the breaker.
    pub const fn consecutive(mut self, failures: u32) -> Self {
        self.consecutive = Some(Some(failures));
        self
    }

    /// Switches the rule of failures in a row off.
    pub const fn no_consecutive(mut self) -> Self {
        self.consecutive = Some(None);
        self
    }

    /// Sets which part of the calls may fail.
    pub const fn failure_rate(mut self, rate: FailureRate) -> Self {
        self.failure_rate = Some(Some(rate));
        self
    }

    /// Switches the rule of the failure rate off.
    pub const fn no_failure_rate(mut self) -> Self {
        self.failure_rate = Some(None);
        self
    }

    /// Sets which part of the calls may be slow.
    pub const fn slow_call_rate(mut self, rate: SlowCallRate) -> Self {
        self.slow_call_rate = Some(Some(rate));
        self
    }

    /// Switches the rule of slow calls off.
    pub const fn no_slow_call_rate(mut self) -> Self {
        self.slow_call_rate = Some(None);
        self
    }

    /// Sets the first cooldown, before jitter: with the default one, 60 s become 30 to 60 s.
    pub const fn cooldown(mut self, first: Duration) -> Self {
        self.cooldown = Some(first);
        self
    }

    /// Sets the longest cooldown.
    pub const fn cooldown_max(mut self, max: Duration) -> Self {
        self.cooldown_max = Some(max);
        self
    }

    /// Sets the factor from one cooldown to the next.
    pub const fn cooldown_multiplier(mut self, multiplier: f64) -> Self {
        self.cooldown_multiplier = Some(multiplier);
        self
    }

    /// Sets how many trials must succeed before the breaker closes.
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = Some(successes);
        self
    }

    /// Sets how many trials may run at the same time.
    pub const fn max_trials(mut self, trials: u32) -> Self {
        self.max_trials = Some(trials);
        self
    }

    /// Sets how long a trial may hold its place.
    pub const fn trial_lease(mut self, lease: Duration) -> Self {
        self.trial_lease = Some(lease);
        self
    }

    /// Sets after which time a call that its caller drops counts as a failure.
    pub const fn abandoned_after(mut self, time: Duration) -> Self {
        self.abandoned_after = Some(time);
        self
    }

    /// Sets the longest `Retry-After` that is believed.
    pub const fn retry_after_max(mut self, max: Duration) -> Self {
        self.retry_after_max = Some(max);
        self
    }

    /// Sets whether refusals are carried out.
    pub const fn mode(mut self, mode: BreakerMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets how long one attempt may take.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(Some(timeout));
        self
    }

    /// Takes the limit on the time of an attempt away.
    pub const fn no_timeout(mut self) -> Self {
        self.timeout = Some(None);
        self
    }

    /// Sets how often a call is tried in all, where its annotation lets it be repeated.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Sets the wait between attempts.
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Sets how many retries all calls together may make.
    pub const fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = Some(Some(budget));
        self
    }

    /// Takes the limit on the number of retries away.
    pub const fn no_retry_budget(mut self) -> Self {
        self.retry_budget = Some(None);
        self
    }

    /// Sets a cap on the calls in flight.
    pub const fn bulkhead(mut self, bulkhead: BulkheadPolicy) -> Self {
        self.bulkhead = Some(Some(bulkhead));
        self
    }

    /// Takes the cap on the calls in flight away.
    pub const fn no_bulkhead(mut self) -> Self {
        self.bulkhead = Some(None);
        self
    }

    /// Lays the patch over a policy, but for [`parts`](Self::parts), which inherit by themselves.
    pub(crate) fn apply(&self, policy: &mut Policy) {
        fn set<T: Clone>(to: &mut T, from: &Option<T>) {
            if let Some(value) = from {
                *to = value.clone();
            }
        }
        let breaker = &mut policy.breaker;
        set(&mut breaker.consecutive, &self.consecutive);
        set(&mut breaker.failure_rate, &self.failure_rate);
        set(&mut breaker.slow_call_rate, &self.slow_call_rate);
        set(&mut breaker.backoff.initial, &self.cooldown);
        set(&mut breaker.backoff.multiplier, &self.cooldown_multiplier);
        set(&mut breaker.backoff.max, &self.cooldown_max);
        set(&mut breaker.backoff.jitter, &self.cooldown_jitter);
        set(&mut breaker.backoff.decay, &self.cooldown_decay);
        set(&mut breaker.success_threshold, &self.success_threshold);
        set(&mut breaker.max_trials, &self.max_trials);
        set(&mut breaker.trial_lease, &self.trial_lease);
        set(&mut breaker.abandoned_after, &self.abandoned_after);
        set(&mut breaker.retry_after_max, &self.retry_after_max);
        set(&mut breaker.mode, &self.mode);
        set(&mut policy.retry.budget, &self.retry_budget);
        set(&mut policy.bulkhead, &self.bulkhead);
        // More is known about a key, a role or an operator's wish than about the function that is
        // annotated: these win over its arguments.
        if self.timeout.is_some() {
            policy.overrides.timeout = self.timeout;
        }
        if self.attempts.is_some() {
            policy.overrides.attempts = self.attempts;
        }
        if self.backoff.is_some() {
            policy.overrides.backoff.clone_from(&self.backoff);
        }
    }

    /// Lays `higher` over this patch: what it sets wins.
    pub(crate) fn under(mut self, higher: &Self) -> Self {
        macro_rules! take {
            ($($field:ident),*) => {
                $(if higher.$field.is_some() { self.$field = higher.$field.clone(); })*
            };
        }
        take!(
            consecutive,
            failure_rate,
            slow_call_rate,
            cooldown,
            cooldown_multiplier,
            cooldown_max,
            cooldown_jitter,
            cooldown_decay,
            success_threshold,
            max_trials,
            trial_lease,
            abandoned_after,
            retry_after_max,
            mode,
            timeout,
            attempts,
            backoff,
            retry_budget,
            bulkhead
        );
        self.parts = self.parts.under(&higher.parts);
        self
    }
}
