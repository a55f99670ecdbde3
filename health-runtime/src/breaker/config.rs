//! The options of a breaker, their defaults and their checks.

use std::time::Duration;

use crate::backoff::Backoff;

/// When a breaker trips, how long it stays open and how it closes again.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{Backoff, BreakerPolicy};
///
/// let policy = BreakerPolicy {
///     consecutive: Some(3),
///     backoff: Backoff { initial: Duration::from_millis(200), ..Backoff::default() },
///     ..BreakerPolicy::default()
/// };
/// assert!(policy.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BreakerPolicy {
    /// Failures in a row that trip the breaker; `None` switches this rule off. Default 5.
    pub consecutive: Option<u32>,
    /// The part of the calls whose failure trips the breaker. Default none.
    pub failure_rate: Option<FailureRate>,
    /// The part of the calls whose slowness trips the breaker. Default none.
    pub slow_call_rate: Option<SlowCallRate>,
    /// How long the breaker stays open. Default 1 s, doubling to 60 s, equal jitter.
    pub backoff: Backoff,
    /// Trials that must succeed before the breaker closes. Default 1.
    pub success_threshold: u32,
    /// Trials that may run at the same time. Default 1.
    pub max_trials: u32,
    /// How long a trial may hold its slot. Past it the next caller takes over, and the late
    /// outcome is ignored. Default 30 s.
    pub trial_lease: Duration,
    /// A call that its caller drops counts as a failure when it had been running for this long:
    /// a hung dependency behind a caller's own timeout must trip the breaker. Default 1 s.
    pub abandoned_after: Duration,
    /// The longest `Retry-After` of a dependency that is believed. Default 15 min.
    pub retry_after_max: Duration,
    /// Whether refusals are carried out. Default [`BreakerMode::Enforce`].
    pub mode: BreakerMode,
}

/// Trips the breaker when too large a part of the calls fails.
///
/// Looked at whenever a call fails, which is the only moment at which the rate can rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailureRate {
    /// The part of the calls in the window that may not fail, in `0.0..=1.0`: the breaker trips when
    /// this part or more has.
    pub rate: f64,
    /// Which calls are looked at.
    pub window: Window,
    /// Below this number of calls in the window nothing trips.
    pub min_calls: u32,
}

/// Trips the breaker when too large a part of the calls is slow, whether they fail or not.
///
/// Costs two readings of the clock for every call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowCallRate {
    /// A call that takes this long or longer is slow.
    pub slower_than: Duration,
    /// The part of the calls in the window that may not be slow, in `0.0..=1.0`.
    pub rate: f64,
    /// Which calls are looked at.
    pub window: Window,
    /// Below this number of calls in the window nothing trips.
    pub min_calls: u32,
}

/// Which calls a rate is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last so many calls.
    Calls(u32),
    /// The calls of the last so much time.
    Time(Duration),
}

/// Whether a breaker refuses calls, for a staged roll-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BreakerMode {
    /// Refuse calls while open. The default.
    #[default]
    Enforce,
    /// Run every rule, log every transition and every refusal that would have been, and let all
    /// calls pass.
    Observe,
    /// Never trip. Failures are still recorded, and still degrade the dependency.
    Off,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            consecutive: Some(5),
            failure_rate: None,
            slow_call_rate: None,
            backoff: Backoff::default(),
            success_threshold: 1,
            max_trials: 1,
            trial_lease: Duration::from_secs(30),
            abandoned_after: Duration::from_secs(1),
            retry_after_max: Duration::from_secs(15 * 60),
            mode: BreakerMode::Enforce,
        }
    }
}

impl BreakerPolicy {
    /// Checks the values against each other.
    ///
    /// # Errors
    ///
    /// All problems, each as one fragment that names the field and what was found.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut found = Vec::new();
        match self.consecutive {
            Some(0) => found.push("consecutive must be at least 1, got 0".into()),
            None if self.mode != BreakerMode::Off => found.push(
                "no trip rule is left: set `consecutive`, or `mode: BreakerMode::Off` to never trip"
                    .into(),
            ),
            _ => {}
        }
        self.backoff.problems(&mut found);
        if self.success_threshold == 0 {
            found.push("success_threshold must be at least 1, got 0".into());
        }
        if self.max_trials == 0 {
            found.push("max_trials must be at least 1, got 0: no trial could ever close it".into());
        }
        if self.trial_lease.is_zero() {
            found.push("trial_lease must be longer than zero, got 0ns".into());
        }
        if self.retry_after_max.is_zero() {
            found.push("retry_after_max must be longer than zero, got 0ns".into());
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        assert_eq!(BreakerPolicy::default().check(), Ok(()));
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let policy = BreakerPolicy {
            consecutive: Some(0),
            backoff: Backoff {
                initial: Duration::ZERO,
                multiplier: 0.5,
                ..Backoff::default()
            },
            success_threshold: 0,
            max_trials: 0,
            trial_lease: Duration::ZERO,
            ..BreakerPolicy::default()
        };
        let problems = policy.check().unwrap_err();
        assert_eq!(problems.len(), 6, "{problems:?}");
    }

    #[test]
    fn a_breaker_without_a_trip_rule_is_refused_unless_it_is_off() {
        let policy = BreakerPolicy {
            consecutive: None,
            ..BreakerPolicy::default()
        };
        assert!(policy.check().is_err());
        assert!(
            BreakerPolicy {
                mode: BreakerMode::Off,
                ..policy
            }
            .check()
            .is_ok()
        );
    }
}
