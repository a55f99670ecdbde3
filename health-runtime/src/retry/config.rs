//! The options of retries, their defaults and their checks.

use std::time::Duration;

use crate::backoff::{Backoff, Jitter};

/// How long to wait between the attempts of a call, and how many retries a dependency is given.
///
/// How often a call is tried is said where it is defined, with `attempts`: only there is it known
/// that it may be repeated.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::RetryPolicy;
///
/// let retry = RetryPolicy::default();
/// assert_eq!(retry.backoff.initial, Duration::from_millis(100));
/// assert_eq!(retry.budget.unwrap().ratio, 0.2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// The wait between attempts. Default 100 ms, doubling to 5 s, equal jitter.
    pub backoff: Backoff,
    /// How many retries all calls together may make. `None` sets no limit. Default 20 % of the
    /// traffic.
    pub budget: Option<RetryBudget>,
}

/// The part of the traffic to a dependency that may be retries, so that they cannot become the
/// outage.
///
/// A token bucket: every first attempt deposits `ratio` tokens, every retry takes one, tokens expire
/// after `expire_after`. As in Finagle's `RetryBudget` (Twitter, 2016), whose defaults these are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryBudget {
    /// Tokens that each first attempt deposits, `0.0..=1.0`. Default 0.2: a retry for every five calls.
    pub ratio: f64,
    /// Tokens that are there each second in any case, for a dependency that is rarely called.
    /// Default 3.
    pub min_per_second: u32,
    /// How long a token lives. Default 10 s.
    pub expire_after: Duration,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            ratio: 0.2,
            min_per_second: 3,
            expire_after: Duration::from_secs(10),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            backoff: Backoff {
                initial: Duration::from_millis(100),
                multiplier: 2.0,
                max: Duration::from_secs(5),
                jitter: Jitter::Equal,
                decay: Duration::from_secs(60),
            },
            budget: Some(RetryBudget::default()),
        }
    }
}

impl RetryPolicy {
    /// Says what is wrong with the values, each problem as one fragment.
    pub(crate) fn problems(&self, found: &mut Vec<String>) {
        let mut backoff = Vec::new();
        self.backoff.problems(&mut backoff);
        found.extend(
            backoff
                .into_iter()
                .map(|problem| format!("retry.{problem}")),
        );
        if let Some(RetryBudget {
            ratio,
            min_per_second,
            expire_after,
        }) = self.budget
        {
            if !(0.0..=1.0).contains(&ratio) {
                found.push(format!(
                    "retry.budget.ratio must be in 0.0..=1.0, a part of the traffic, got {ratio}"
                ));
            }
            if ratio == 0.0 && min_per_second == 0 {
                found.push(
                    "retry.budget allows no retry at all: raise `ratio` or `min_per_second`, or \
                     take `attempts` away"
                        .into(),
                );
            }
            if expire_after < Duration::from_secs(1) {
                found.push(format!(
                    "retry.budget.expire_after must be at least 1s, got {expire_after:?}"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_some_retries_and_remembers_them_for_a_second_at_least() {
        let problems = |ratio, min_per_second, millis| {
            let mut found = Vec::new();
            let policy = RetryPolicy {
                budget: Some(RetryBudget {
                    ratio,
                    min_per_second,
                    expire_after: Duration::from_millis(millis),
                }),
                ..RetryPolicy::default()
            };
            policy.problems(&mut found);
            found
        };
        for (ratio, floor) in [(0.2, 0), (0.0, 3), (1.0, 3)] {
            assert_eq!(problems(ratio, floor, 1_000), [""; 0], "{ratio} {floor}");
        }
        for (found, told) in [
            (problems(0.0, 0, 1_000), "allows no retry at all"),
            (problems(1.1, 3, 1_000), "ratio must be in 0.0..=1.0"),
            (problems(f64::NAN, 3, 1_000), "ratio must be in 0.0..=1.0"),
            (problems(0.2, 3, 999), "must be at least 1s, got 999ms"),
        ] {
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(told), "{found:?}");
        }
    }
}
