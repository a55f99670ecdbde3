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
    /// How long the breaker stays open. Default 1 s, doubling to 60 s, with equal jitter: a cooldown
    /// of 60 s refuses calls for 30 to 60 s.
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
/// Counts failures that are certainly the dependency's own against all calls that ended as a success
/// or a failure; neutral and cancelled calls are not counted, and neither are trials. Looked at
/// whenever a call fails: an outage is not declared on a success. The window starts empty whenever
/// the breaker closes.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{BreakerPolicy, FailureRate, Window};
///
/// let policy = BreakerPolicy {
///     failure_rate: Some(FailureRate {
///         rate: 0.5,
///         window: Window::Time(Duration::from_secs(30)),
///         min_calls: 20,
///     }),
///     ..BreakerPolicy::default()
/// };
/// assert!(policy.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailureRate {
    /// The part of the calls in the window that may not fail, above 0 and up to 1: the breaker trips
    /// when this part or more has.
    pub rate: f64,
    /// Which calls are looked at.
    pub window: Window,
    /// Below this number of calls in the window nothing trips.
    pub min_calls: u32,
}

/// Trips the breaker when too large a part of the calls is slow, whether they fail or not.
///
/// Looked at whenever a slow call ends, so a slow success can trip. One slow call is enough for
/// [`Degraded`](crate::DependencyState::Degraded), until a call succeeds that is not slow. A trial that
/// is slow counts as one that failed. Costs two readings of the clock for every call. Probes and
/// outcomes that are recorded by hand are never slow, as nobody knows how long they took.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{BreakerPolicy, SlowCallRate, Window};
///
/// let policy = BreakerPolicy {
///     slow_call_rate: Some(SlowCallRate {
///         slower_than: Duration::from_secs(2),
///         rate: 0.8,
///         window: Window::Calls(100),
///         min_calls: 50,
///     }),
///     ..BreakerPolicy::default()
/// };
/// assert!(policy.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowCallRate {
    /// A call that takes this long or longer is slow. Taken to the millisecond.
    pub slower_than: Duration,
    /// The part of the calls in the window that may not be slow, above 0 and up to 1: the breaker
    /// trips when this part or more is.
    pub rate: f64,
    /// Which calls are looked at.
    pub window: Window,
    /// Below this number of calls in the window nothing trips.
    pub min_calls: u32,
}

/// Which calls a rate is taken of.
///
/// Both kinds slide, at the same memory and cost for any size: calls leave the window tenth by tenth
/// of it, those of the oldest tenth in part. So what is counted as failed or slow is off by less than
/// that one tenth; a window of up to ten calls is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last so many calls.
    Calls(u32),
    /// The calls of the last so much time.
    Time(Duration),
}

/// Whether the layers of a dependency refuse and cut calls, for a staged roll-out.
///
/// The mode of a policy is for every layer that can turn a call away or cut it short; it can be
/// changed while the service runs
/// ([`HealthRegistry::update_policy`](crate::HealthRegistry::update_policy)).
///
/// | layer | `Enforce` | `Observe` | `Off` |
/// |---|---|---|---|
/// | breaker | refuses | trips, and lets the call pass, counted | never trips |
/// | `shed` | refuses | lets the call pass, counted | is not asked |
/// | bulkhead | queues and refuses | lets the call pass at once, counted if it would be refused | is not asked |
/// | `timeout` | cuts the attempt | does not cut | does not cut |
///
/// Counted is what would be refused: as [`refusals`](crate::DependencyHealth::refusals), and at
/// DEBUG. A bulkhead that observes counts a call when the places and the queue are full; that one
/// would have waited in the queue for too long is not known. Places are taken while it observes, so
/// that it is right from the first call after a change to `Enforce`; calls that began while it was
/// `Off` are not known to it.
///
/// The limits of a function itself, `bulkhead = n` and `timeout`, are enforced while one of its
/// dependencies enforces. If none does, the bulkhead observes while one of them observes, and is not
/// asked when all are off. What counts for a dependency is the narrowest policy that the call meets
/// there: that of its role, of its key, or its own.
///
/// Retries and fallbacks act on the errors of the body, in every mode: they refuse nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BreakerMode {
    /// Refuse calls. The default.
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
            None if self.mode != BreakerMode::Off
                && self.failure_rate.is_none()
                && self.slow_call_rate.is_none() =>
            {
                found.push(
                    "no trip rule is left: set `consecutive`, `failure_rate` or `slow_call_rate`, \
                     or `mode: BreakerMode::Off` to never trip"
                        .into(),
                );
            }
            _ => {}
        }
        if let Some(FailureRate {
            rate,
            window,
            min_calls,
        }) = self.failure_rate
        {
            rate_problems("failure_rate", rate, window, min_calls, &mut found);
        }
        if let Some(slow) = &self.slow_call_rate {
            slow.problems(&mut found);
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

impl SlowCallRate {
    fn problems(&self, found: &mut Vec<String>) {
        let Self {
            slower_than,
            rate,
            window,
            min_calls,
        } = *self;
        rate_problems("slow_call_rate", rate, window, min_calls, found);
        if slower_than < SHORTEST {
            found.push(format!(
                "slow_call_rate.slower_than must be at least {SHORTEST:?}, got {slower_than:?}"
            ));
        }
        if slower_than > LONGEST {
            found.push(format!(
                "slow_call_rate.slower_than must be at most 7 days, got {slower_than:?}"
            ));
        }
        match window {
            Window::Time(time) if !time.is_zero() && slower_than > time => found.push(format!(
                "slow_call_rate.slower_than ({slower_than:?}) must not be longer than its window \
                 ({time:?}): are they the wrong way round?"
            )),
            _ => {}
        }
    }
}

/// Calls are timed to the millisecond, and windows of time cut into tenths.
const SHORTEST: Duration = Duration::from_millis(1);

/// Well within what the stamp of a call can tell apart, 49 days.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Says what is wrong with a rate, each problem as one fragment.
fn rate_problems(field: &str, rate: f64, window: Window, min_calls: u32, found: &mut Vec<String>) {
    // Written so that it is true of no number, too.
    if !(rate > 0.0 && rate <= 1.0) {
        found.push(format!(
            "{field}.rate must be above 0 and at most 1, a part of the whole, got {rate}"
        ));
    }
    if min_calls == 0 {
        found.push(format!("{field}.min_calls must be at least 1, got 0"));
    }
    match window {
        Window::Calls(0) => found.push(format!(
            "{field}.window must have at least 1 call, got Calls(0)"
        )),
        Window::Calls(calls) if min_calls > calls => found.push(format!(
            "{field}.min_calls ({min_calls}) must not exceed its window of {calls} calls: \
             it would never trip"
        )),
        Window::Time(time) if time < SHORTEST => found.push(format!(
            "{field}.window must be at least {SHORTEST:?} long, got {time:?}"
        )),
        Window::Calls(_) | Window::Time(_) => {}
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

    #[test]
    fn a_rate_rule_that_cannot_do_what_it_says_is_refused_in_words() {
        let rate = FailureRate {
            rate: 50.0,
            window: Window::Calls(10),
            min_calls: 20,
        };
        let slow = SlowCallRate {
            slower_than: Duration::from_secs(60),
            rate: 0.0,
            window: Window::Time(Duration::from_secs(30)),
            min_calls: 0,
        };
        let policy = BreakerPolicy {
            consecutive: None,
            failure_rate: Some(rate),
            slow_call_rate: Some(slow),
            ..BreakerPolicy::default()
        };
        assert_eq!(
            policy.check().unwrap_err(),
            [
                "failure_rate.rate must be above 0 and at most 1, a part of the whole, got 50",
                "failure_rate.min_calls (20) must not exceed its window of 10 calls: it would never trip",
                "slow_call_rate.rate must be above 0 and at most 1, a part of the whole, got 0",
                "slow_call_rate.min_calls must be at least 1, got 0",
                "slow_call_rate.slower_than (60s) must not be longer than its window (30s): \
                 are they the wrong way round?",
            ]
        );
        for (window, slower_than, part) in [
            (Window::Calls(0), SHORTEST, "at least 1 call"),
            (Window::Time(Duration::ZERO), SHORTEST, "at least 1ms long"),
            (
                Window::Calls(10),
                Duration::ZERO,
                "slower_than must be at least 1ms",
            ),
            (Window::Calls(10), Duration::MAX, "at most 7 days"),
        ] {
            let slow = SlowCallRate {
                slower_than,
                rate: f64::NAN,
                window,
                min_calls: 1,
            };
            let policy = BreakerPolicy {
                slow_call_rate: Some(slow),
                ..BreakerPolicy::default()
            };
            let problems = policy.check().unwrap_err();
            assert!(problems[0].contains("got NaN"), "{problems:?}");
            assert!(
                problems.iter().any(|problem| problem.contains(part)),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn each_rule_is_enough_of_a_trip_rule() {
        let window = Window::Calls(10);
        let (rate, min_calls) = (1.0, 10);
        let none = BreakerPolicy {
            consecutive: None,
            ..BreakerPolicy::default()
        };
        let by_failures = BreakerPolicy {
            failure_rate: Some(FailureRate {
                rate,
                window,
                min_calls,
            }),
            ..none.clone()
        };
        assert_eq!(by_failures.check(), Ok(()));
        let slower_than = Duration::from_secs(1);
        let by_slow_calls = BreakerPolicy {
            slow_call_rate: Some(SlowCallRate {
                slower_than,
                rate,
                window,
                min_calls,
            }),
            ..none
        };
        assert_eq!(by_slow_calls.check(), Ok(()));
    }

    #[test]
    fn the_shortest_window_and_the_fullest_one_are_sound() {
        for (window, min_calls) in [
            (Window::Time(SHORTEST), 1),
            (Window::Calls(1), 1),
            (Window::Calls(10), 10),
        ] {
            let rate = FailureRate {
                rate: 1.0,
                window,
                min_calls,
            };
            let policy = BreakerPolicy {
                failure_rate: Some(rate),
                ..BreakerPolicy::default()
            };
            assert_eq!(policy.check(), Ok(()), "{window:?}");
        }
    }

    #[test]
    fn a_call_is_slow_after_a_millisecond_at_least_and_a_week_at_most() {
        let is_sound = |slower_than| {
            let slow = SlowCallRate {
                slower_than,
                rate: 0.5,
                window: Window::Calls(10),
                min_calls: 5,
            };
            let policy = BreakerPolicy {
                slow_call_rate: Some(slow),
                ..BreakerPolicy::default()
            };
            policy.check().is_ok()
        };
        let week = Duration::from_secs(7 * 86_400);
        for sound in [Duration::from_millis(1), week] {
            assert!(is_sound(sound), "{sound:?}");
        }
        for wrong in [Duration::from_micros(999), week + Duration::from_nanos(1)] {
            assert!(!is_sound(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_slow_call_may_take_as_long_as_its_window_and_not_longer() {
        let is_sound = |slower_than| {
            let slow = SlowCallRate {
                slower_than,
                rate: 0.5,
                window: Window::Time(Duration::from_secs(10)),
                min_calls: 5,
            };
            let policy = BreakerPolicy {
                slow_call_rate: Some(slow),
                ..BreakerPolicy::default()
            };
            policy.check().is_ok()
        };
        assert!(is_sound(Duration::from_secs(10)));
        assert!(!is_sound(Duration::from_millis(10_001)));
    }
}
