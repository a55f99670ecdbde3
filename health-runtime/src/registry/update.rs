//! Another policy while the service runs.

use std::fmt;

use super::{HealthRegistry, UnknownDependency};
use crate::policy::{Policy, PolicyChange};

impl HealthRegistry {
    /// Puts another policy into force for a dependency, while it is in use.
    ///
    /// It replaces what the code says of the dependency as a whole; what was said of its keys and
    /// roles, and what operators say, stays laid over it. Nothing is lost by it: the state of the
    /// breaker, a running cooldown, the epoch, the failures in a row, the level of the backoff and the
    /// proof of health stay, and so does what the windows have counted, as long as their kind and
    /// size do. A window of another shape starts empty, and the report says so. Calls that run settle
    /// as if nothing had happened, by the new rules.
    ///
    /// An update never trips by itself: where the new policy is already met by what was counted, the
    /// next failure (or slow call) trips. Told as one event at INFO, target `health_runtime::policy`,
    /// unless nothing changed.
    ///
    /// # Errors
    ///
    /// [`UpdateError`] if no dependency has this name, or if the policy contradicts itself; then the
    /// policy of before stays in force.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{BreakerPolicy, HealthRegistry, Policy};
    ///
    /// let registry = HealthRegistry::new();
    /// registry.record_failure("redis", "connection refused");
    /// let policy = Policy {
    ///     breaker: BreakerPolicy { consecutive: Some(2), ..BreakerPolicy::default() },
    ///     ..Policy::default()
    /// };
    /// let change = registry.update_policy("redis", policy).unwrap();
    /// assert_eq!(change.to_string(), "redis: consecutive 5 -> 2");
    /// assert_eq!(registry.health("redis").unwrap().consecutive_failures, 1);
    /// ```
    pub fn update_policy(
        &self,
        dependency: &str,
        policy: Policy,
    ) -> Result<PolicyChange, UpdateError> {
        let entry = self.known(dependency).map_err(UpdateError::Unknown)?;
        entry
            .revise(|policies| policies.own = policy)
            .map_err(|problems| UpdateError::Invalid {
                dependency: entry.name().as_str(),
                problems,
            })
    }
}

/// A policy was not put into force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateError {
    /// There is no such dependency.
    Unknown(UnknownDependency),
    /// The policy contradicts itself.
    #[non_exhaustive]
    Invalid {
        /// The dependency whose policy it should have been.
        dependency: &'static str,
        /// All problems, each as one fragment that names the field and what was found.
        problems: Vec<String>,
    },
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::Invalid {
                dependency,
                problems,
            } => write!(
                f,
                "policy of `{dependency}` stays as it was: {}",
                problems.join("; ")
            ),
        }
    }
}

// What is wrong is all in the text: there is no cause below it.
impl std::error::Error for UpdateError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulkhead::BulkheadPolicy;
    use crate::dependency::Dependency;

    #[test]
    fn a_bulkhead_of_the_policy_takes_calls_off_the_short_way_for_as_long_as_there_is_one() {
        let capped = Policy {
            bulkhead: Some(BulkheadPolicy::new(2)),
            ..Policy::default()
        };
        let declared = Dependency::new("redis").policy(capped.clone());
        let registry = HealthRegistry::builder()
            .dependency(declared)
            .build()
            .unwrap();
        let redis = registry.directory().get_or_create("redis");
        assert!(redis.word().is_limited() && !redis.word().is_plain());
        assert!(registry.update_policy("redis", Policy::default()).is_ok());
        assert!(!redis.word().is_limited() && redis.word().is_plain());
        assert!(registry.update_policy("redis", capped).is_ok());
        assert!(redis.word().is_limited() && !redis.word().is_plain());
    }
}
