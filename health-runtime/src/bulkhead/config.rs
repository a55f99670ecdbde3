//! The options of a bulkhead, their defaults and their checks.

use std::time::Duration;

/// A cap on the calls that may be in flight on a dependency, and on those that may wait.
///
/// Every call takes a place of its own, also one that runs inside another call of the same
/// dependency: with a cap of 1 it would wait for itself, and be refused in the end.
///
/// # Examples
///
/// ```
/// use health_runtime::{BulkheadPolicy, Dependency, Policy};
///
/// let policy = Policy {
///     bulkhead: Some(BulkheadPolicy { queue: 16, ..BulkheadPolicy::new(64) }),
///     ..Policy::default()
/// };
/// let search = Dependency::new("search").policy(policy);
/// # let _ = search;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkheadPolicy {
    /// Calls that may run at the same time.
    pub max_in_flight: u32,
    /// Calls that may wait for a place, in the order in which they came. Default 0: a call that
    /// finds no place is refused at once.
    pub queue: u32,
    /// How long a call may wait for a place. Default 200 ms.
    pub queue_timeout: Duration,
}

impl BulkheadPolicy {
    /// Creates a cap without a queue.
    #[must_use]
    pub const fn new(max_in_flight: u32) -> Self {
        Self {
            max_in_flight,
            queue: 0,
            queue_timeout: Duration::from_millis(200),
        }
    }

    /// Says what is wrong with the values, each problem as one fragment.
    pub(crate) fn problems(&self, found: &mut Vec<String>) {
        if self.max_in_flight == 0 {
            found.push(
                "bulkhead.max_in_flight must be at least 1, got 0: every call would be refused"
                    .into(),
            );
        }
        if self.queue > 0 && self.queue_timeout.is_zero() {
            found.push(format!(
                "bulkhead.queue_timeout must be longer than zero, got 0ns: nobody could wait in the \
                 queue of {}",
                self.queue
            ));
        }
    }
}
