//! Three sets of values to start from.

use std::time::Duration;

use super::Policy;
use crate::backoff::Backoff;
use crate::breaker::{BreakerPolicy, FailureRate, Window};
use crate::retry::{RetryBudget, RetryPolicy};

/// A set of values to start from, by temperament. Single fields can be set over it.
///
/// | | conservative | balanced | aggressive |
/// |---|---|---|---|
/// | failures in a row | 10 | 5 | 3 |
/// | failure rate over 30 s, minimum of calls | 0.7, 50 | 0.5, 20 | 0.3, 10 |
/// | cooldown: first, factor, cap | 500 ms, 2, 30 s | 1 s, 2, 60 s | 2 s, 2, 120 s |
/// | successes to close | 1 | 1 | 2 |
/// | retry budget | 20 % | 20 % | 10 % |
/// | gate: settle, after open | 10 s, 60 s | 10 s, 60 s | 30 s, 120 s |
///
/// # Examples
///
/// ```
/// use health_runtime::{Dependency, Profile};
///
/// let search = Dependency::new("search").policy(Profile::Aggressive.policy());
/// # let _ = search;
/// assert_eq!(Profile::Aggressive.policy().breaker.consecutive, Some(3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Slow to open: for dependencies whose failures are often nobody's fault.
    Conservative,
    /// In between.
    Balanced,
    /// Quick to open, slow to trust again.
    Aggressive,
}

impl Profile {
    /// All profiles, from slow to quick.
    pub const ALL: [Self; 3] = [Self::Conservative, Self::Balanced, Self::Aggressive];

    /// Returns the profile's name, as configuration files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conservative => "conservative",
            Self::Balanced => "balanced",
            Self::Aggressive => "aggressive",
        }
    }

    /// Returns the policy of the profile.
    #[must_use]
    pub fn policy(self) -> Policy {
        let (consecutive, rate, min_calls, first_ms, max_s, successes, ratio) = match self {
            Self::Conservative => (10, 0.7, 50, 500, 30, 1, 0.2),
            Self::Balanced => (5, 0.5, 20, 1_000, 60, 1, 0.2),
            Self::Aggressive => (3, 0.3, 10, 2_000, 120, 2, 0.1),
        };
        Policy {
            breaker: BreakerPolicy {
                consecutive: Some(consecutive),
                failure_rate: Some(FailureRate {
                    rate,
                    window: Window::Time(Duration::from_secs(30)),
                    min_calls,
                }),
                backoff: Backoff {
                    initial: Duration::from_millis(first_ms),
                    multiplier: 2.0,
                    max: Duration::from_secs(max_s),
                    ..Backoff::default()
                },
                success_threshold: successes,
                ..BreakerPolicy::default()
            },
            retry: RetryPolicy {
                budget: Some(RetryBudget {
                    ratio,
                    ..RetryBudget::default()
                }),
                ..RetryPolicy::default()
            },
            ..Policy::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_sound() {
        for profile in Profile::ALL {
            assert_eq!(profile.policy().check(), Ok(()), "{profile:?}");
        }
    }
}
