//! How an HTTP status counts. Pure.
//!
//! | status | counts as |
//! |---|---|
//! | 2xx, 3xx | success |
//! | 408, 429 | failure: too slow, or too much asked of it |
//! | every other 4xx | neutral: it is about the request |
//! | 501, 505, 510 | neutral: it is about the request too |
//! | every other 5xx | failure |
//! | 1xx, and what is no status | neutral |

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::outcome::Outcome;

/// Says how the HTTP statuses of a dependency count.
///
/// Each dependency has one; it is asked about every error that tells its status by
/// [`Classify::http_status`](crate::Classify::http_status), as `reqwest::Error` does with the feature
/// `reqwest`. By default:
///
/// | status | counts as |
/// |---|---|
/// | 2xx, 3xx | success |
/// | 408, 429, 500, 502, 503, 504, and every other 5xx but 501, 505 and 510 | failure |
/// | 401, 403, 404, 410, 451, and every other 4xx; 501, 505, 510 | neutral: it is about the request |
///
/// # Examples
///
/// ```
/// use health_runtime::{Dependency, HttpStatuses, Outcome};
///
/// // Answers 418 when it is overloaded, and 500 to what it cannot parse.
/// let statuses = HttpStatuses::default().failure(418).neutral(500);
/// assert_eq!(statuses.outcome(418), Outcome::FAILURE);
/// assert_eq!(statuses.outcome(500), Outcome::Neutral);
/// assert_eq!(statuses.outcome(503), Outcome::FAILURE);
///
/// let search = Dependency::new("search").http_statuses(statuses);
/// # let _ = search;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "a table does nothing until it is given to a dependency"]
pub struct HttpStatuses {
    /// What differs from the default.
    set: BTreeMap<u16, Counts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Success,
    Neutral,
    Failure,
}

const STATUSES: RangeInclusive<u16> = 100..=599;

impl HttpStatuses {
    /// Counts a status against the dependency.
    pub fn failure(self, status: u16) -> Self {
        self.set(status, Counts::Failure)
    }

    /// Counts a status neither for nor against the dependency.
    pub fn neutral(self, status: u16) -> Self {
        self.set(status, Counts::Neutral)
    }

    /// Counts a status as proof that the dependency works.
    pub fn success(self, status: u16) -> Self {
        self.set(status, Counts::Success)
    }

    fn set(mut self, status: u16, counts: Counts) -> Self {
        self.set.insert(status, counts);
        self
    }

    /// Returns how a call counts that was answered with this status.
    #[must_use]
    pub fn outcome(&self, status: u16) -> Outcome {
        self.judge(status, Outcome::FAILURE)
    }

    /// The same for an error that says itself what kind of failure it would be.
    pub(crate) fn judge(&self, status: u16, of_itself: Outcome) -> Outcome {
        let set = self.set.get(&status).copied();
        match set.unwrap_or_else(|| by_default(status)) {
            Counts::Success => Outcome::Success,
            Counts::Neutral => Outcome::Neutral,
            Counts::Failure if of_itself.is_failure() => of_itself,
            Counts::Failure => Outcome::FAILURE,
        }
    }

    /// Says what is wrong with it, each problem as one fragment.
    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        let wrong = self.set.keys().filter(|status| !STATUSES.contains(status));
        wrong.map(|status| format!("an HTTP status must be in 100..=599, got {status}"))
    }
}

const fn by_default(status: u16) -> Counts {
    match status {
        200..=399 => Counts::Success,
        408 | 429 => Counts::Failure,
        // The method, the version or an extension is not known: the next request may do better.
        501 | 505 | 510 => Counts::Neutral,
        500..=599 => Counts::Failure,
        _ => Counts::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_status_counts_as_the_table_says() {
        let table = HttpStatuses::default();
        for status in [200, 204, 299, 301, 304, 399] {
            assert_eq!(table.outcome(status), Outcome::Success, "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504, 507, 520, 599] {
            assert_eq!(table.outcome(status), Outcome::FAILURE, "{status}");
        }
        for status in [401, 403, 404, 410, 451, 400, 409, 418, 422, 499] {
            assert_eq!(table.outcome(status), Outcome::Neutral, "{status}");
        }
        for status in [501, 505, 510, 100, 101, 0, 99, 600, 999] {
            assert_eq!(table.outcome(status), Outcome::Neutral, "{status}");
        }
    }

    #[test]
    fn what_is_set_comes_before_the_default_and_the_last_word_counts() {
        let table = HttpStatuses::default()
            .failure(404)
            .neutral(503)
            .success(409)
            .failure(418)
            .neutral(418);
        assert_eq!(table.outcome(404), Outcome::FAILURE);
        assert_eq!(table.outcome(503), Outcome::Neutral);
        assert_eq!(table.outcome(409), Outcome::Success);
        assert_eq!(table.outcome(418), Outcome::Neutral);
        assert_eq!(table.outcome(429), Outcome::FAILURE);
    }

    #[test]
    fn what_the_error_says_of_its_failure_stays_if_it_is_one() {
        let table = HttpStatuses::default();
        let wait = Outcome::RetryAfter(Duration::from_secs(7));
        assert_eq!(table.judge(429, wait), wait);
        assert_eq!(table.judge(404, wait), Outcome::Neutral);
        assert_eq!(table.judge(503, Outcome::Neutral), Outcome::FAILURE);
        let lasting = Outcome::Failure { transient: false };
        assert_eq!(table.judge(500, lasting), lasting);
    }

    #[test]
    fn every_number_that_is_no_status_is_a_problem() {
        let table = HttpStatuses::default()
            .failure(99)
            .neutral(100)
            .success(599)
            .failure(600);
        let problems: Vec<String> = table.problems().collect();
        assert_eq!(
            problems,
            [
                "an HTTP status must be in 100..=599, got 99",
                "an HTTP status must be in 100..=599, got 600"
            ]
        );
    }
}
