//! Everything that can be tuned for a dependency, as one value.
//!
//! - [`Policy`]: all of it
//! - [`patch`]: some of it, laid over the rest
//! - [`parts`]: single values of groups, such as the window of a rate
//! - [`profile`]: three sets of values to start from
//! - [`policies`]: what a dependency's keys and roles override
//! - [`change`]: what one policy does differently from another

mod change;
mod parts;
mod patch;
mod policies;
mod profile;

use std::time::Duration;

pub use self::change::{FieldChange, PolicyChange};
pub(crate) use self::parts::Parts;
#[cfg(feature = "config")]
pub(crate) use self::parts::{MIN_CALLS, SLOW_AFTER, WINDOW};
pub use self::patch::PolicyPatch;
pub(crate) use self::policies::{Place, Policies};
pub use self::profile::Profile;
use crate::backoff::Backoff;
use crate::breaker::BreakerPolicy;
use crate::bulkhead::BulkheadPolicy;
use crate::retry::RetryPolicy;

/// Everything that can be tuned for a dependency: when its breaker trips, how long a call may take,
/// how retries are paced, how many calls may be in flight.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{BreakerPolicy, BulkheadPolicy, Dependency, Policy};
///
/// let policy = Policy {
///     breaker: BreakerPolicy { consecutive: Some(3), ..BreakerPolicy::default() },
///     timeout: Some(Duration::from_secs(2)),
///     bulkhead: Some(BulkheadPolicy::new(64)),
///     ..Policy::default()
/// };
/// assert!(policy.check().is_ok());
/// let search = Dependency::new("search").policy(policy);
/// # let _ = search;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// When the breaker trips and how it heals.
    pub breaker: BreakerPolicy,
    /// How long one attempt of a call may take, where its annotation does not say. `None` sets no
    /// limit. Default 30 s.
    pub timeout: Option<Duration>,
    /// How retries are paced.
    pub retry: RetryPolicy,
    /// A cap on the calls in flight. Default none.
    pub bulkhead: Option<BulkheadPolicy>,
    /// What replaces the arguments of annotations: for operators, whose word counts for more than
    /// the code's.
    pub overrides: CallOverrides,
}

/// What replaces the arguments of every `#[guarded]` function that calls a dependency.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallOverrides {
    /// Replaces `timeout`; `Some(None)` takes the limit away.
    pub timeout: Option<Option<Duration>>,
    /// Replaces `attempts`, where a function has that argument.
    pub attempts: Option<u32>,
    /// Replaces `backoff`, where a function has `attempts`.
    pub backoff: Option<Backoff>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            breaker: BreakerPolicy::default(),
            timeout: Some(Duration::from_secs(30)),
            retry: RetryPolicy::default(),
            bulkhead: None,
            overrides: CallOverrides::default(),
        }
    }
}

impl From<BreakerPolicy> for Policy {
    fn from(breaker: BreakerPolicy) -> Self {
        Self {
            breaker,
            ..Self::default()
        }
    }
}

impl Policy {
    /// Checks the values against each other.
    ///
    /// # Errors
    ///
    /// All problems, each as one fragment that names the field and what was found.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut found = self.breaker.check().err().unwrap_or_default();
        if self.timeout.is_some_and(|timeout| timeout.is_zero()) {
            found.push("timeout must be longer than zero, got 0ns; `None` sets no limit".into());
        }
        self.retry.problems(&mut found);
        if let Some(bulkhead) = &self.bulkhead {
            bulkhead.problems(&mut found);
        }
        self.overrides.problems(&mut found);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

impl CallOverrides {
    fn problems(&self, found: &mut Vec<String>) {
        if self.timeout == Some(Some(Duration::ZERO)) {
            found.push("timeout must be longer than zero, got 0ns".into());
        }
        if self.attempts == Some(0) {
            found.push("attempts must be at least 1, the first try included, got 0".into());
        }
        if let Some(backoff) = &self.backoff {
            let mut wrong = Vec::new();
            backoff.problems(&mut wrong);
            found.extend(wrong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::RetryBudget;

    #[test]
    fn the_defaults_are_sound() {
        assert_eq!(Policy::default().check(), Ok(()));
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let policy = Policy {
            breaker: BreakerPolicy {
                consecutive: Some(0),
                ..BreakerPolicy::default()
            },
            timeout: Some(Duration::ZERO),
            retry: RetryPolicy {
                budget: Some(RetryBudget {
                    ratio: 1.5,
                    ..RetryBudget::default()
                }),
                ..RetryPolicy::default()
            },
            bulkhead: Some(BulkheadPolicy::new(0)),
            overrides: CallOverrides {
                attempts: Some(0),
                ..CallOverrides::default()
            },
        };
        let problems = policy.check().unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:?}");
    }
}
