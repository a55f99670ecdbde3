//! How long an attempt may take, in one number, so that a call that waits need not lock anything.

use std::time::Duration;

use crate::breaker::BreakerMode;
use crate::policy::Policy;
use crate::sync::{AtomicU64, Ordering};

/// What an annotation says of the time of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timeout {
    /// Nothing: the policy of the dependency decides.
    #[default]
    OfPolicy,
    /// `timeout = "none"`
    None,
    /// `timeout = "2s"`
    After(Duration),
}

/// A limit that was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) after: Duration,
    /// Somebody wrote it down; it is not the default.
    pub(crate) is_explicit: bool,
}

/// ```text
/// [ milliseconds: 62, all ones for none | overrides annotations: 1 | enforced: 1 ]
/// ```
#[derive(Debug)]
pub(super) struct TimeLimit(AtomicU64);

const ENFORCED: u64 = 0b01;
const OVERRIDES: u64 = 0b10;
const SHIFT: u32 = 2;
const NONE: u64 = u64::MAX >> SHIFT;

impl TimeLimit {
    pub(super) fn new(policy: &Policy) -> Self {
        Self(AtomicU64::new(encode(policy)))
    }

    pub(super) fn set(&self, policy: &Policy) {
        self.0.store(encode(policy), Ordering::Relaxed);
    }

    /// Returns the limit for a function whose annotation says `own`.
    pub(super) fn resolve(&self, own: Timeout) -> Option<Limit> {
        let bits = self.0.load(Ordering::Relaxed);
        if bits & ENFORCED == 0 {
            return None;
        }
        let of_policy = match bits >> SHIFT {
            NONE => None,
            millis => Some(Duration::from_millis(millis)),
        };
        let overrides = bits & OVERRIDES != 0;
        match own {
            Timeout::After(after) if !overrides => Some(Limit {
                after,
                is_explicit: true,
            }),
            Timeout::None if !overrides => None,
            _ => of_policy.map(|after| Limit {
                after,
                is_explicit: overrides,
            }),
        }
    }
}

fn encode(policy: &Policy) -> u64 {
    // A call that may not be refused may not be cut short either.
    if policy.breaker.mode != BreakerMode::Enforce {
        return 0;
    }
    let overriding = policy.overrides.timeout;
    let timeout = overriding.unwrap_or(policy.timeout);
    let millis = timeout.map_or(NONE, |timeout| {
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        u64::try_from(millis).unwrap_or(NONE).min(NONE - 1)
    });
    let overrides = if overriding.is_some() { OVERRIDES } else { 0 };
    millis << SHIFT | overrides | ENFORCED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(policy: &Policy, own: Timeout) -> Option<(u64, bool)> {
        let limit = TimeLimit::new(policy).resolve(own);
        limit.map(|limit| (limit.after.as_millis() as u64, limit.is_explicit))
    }

    #[test]
    fn an_annotation_beats_the_policy_and_an_override_beats_both() {
        let mut policy = Policy::default();
        let own = Timeout::After(Duration::from_secs(2));
        assert_eq!(resolved(&policy, Timeout::OfPolicy), Some((30_000, false)));
        assert_eq!(resolved(&policy, own), Some((2_000, true)));
        assert_eq!(resolved(&policy, Timeout::None), None);

        policy.overrides.timeout = Some(Some(Duration::from_secs(7)));
        assert_eq!(resolved(&policy, own), Some((7_000, true)));
        assert_eq!(resolved(&policy, Timeout::None), Some((7_000, true)));
        policy.overrides.timeout = Some(None);
        assert_eq!(resolved(&policy, own), None);
    }

    #[test]
    fn what_is_only_observed_cuts_no_call_short() {
        for mode in [BreakerMode::Observe, BreakerMode::Off] {
            let mut policy = Policy::default();
            policy.breaker.mode = mode;
            let own = Timeout::After(Duration::from_secs(2));
            assert_eq!(resolved(&policy, own), None);
        }
    }

    #[test]
    fn the_longest_and_the_shortest_limit_survive() {
        let mut policy = Policy {
            timeout: Some(Duration::MAX),
            ..Policy::default()
        };
        assert!(resolved(&policy, Timeout::OfPolicy).is_some());
        policy.timeout = Some(Duration::from_nanos(1));
        assert_eq!(resolved(&policy, Timeout::OfPolicy), Some((1, false)));
    }
}
