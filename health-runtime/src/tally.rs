//! What has become of the calls to each dependency, counted for tests.
//!
//! In builds without the feature `testing` its twin `tally_off` stands here, which counts nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::error::Reason;
use crate::name::Name;
use crate::sync::Mutex;

/// Something that happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Its first attempt begins.
    Admitted,
    /// Another attempt begins.
    Retried,
    /// An attempt did not end within its time.
    TimedOut,
    /// The budget of retries had no token for another attempt.
    RetryRefused,
    /// It has ended.
    Ended(Fate),
    /// It was turned away.
    Refused(Reason),
    /// It would have been, by rules that are only observed.
    WouldBeRefused(Reason),
}

/// How an admitted call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Succeeded,
    Failed,
    Neutral,
    Dropped,
    /// Turned away after it had begun, which is counted there.
    Refused,
}

/// The counts of a registry.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<HashMap<Name, Calls>>);

impl Tally {
    pub(crate) fn note(&self, dependency: Name, event: Event) {
        self.0.lock().entry(dependency).or_default().note(event);
    }

    pub(crate) fn calls(&self, dependency: Name) -> Calls {
        let all = self.0.lock();
        all.get(&dependency).cloned().unwrap_or_default()
    }
}

/// What has become of the calls to a dependency: a snapshot of [`testing::calls`].
///
/// A call that names several dependencies is counted for each of them, by how the call ended and not
/// by whose fault that was; a refusal is counted for the dependency that refuses. A call is counted
/// once for its dependency, whatever keys and roles it has. `admitted` is the sum of `succeeded`,
/// `failed`, `neutral`, `dropped` and the calls that are still running.
///
/// [`testing::calls`]: crate::testing::calls
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Calls {
    /// Calls that were let in, so that their body ran or met a fault.
    pub admitted: u64,
    /// Attempts that were made after the first one of a call.
    pub retries: u64,
    /// Attempts that did not end within their `timeout`.
    pub timed_out: u64,
    /// Calls that ended well, or in an error that proves that the dependency works.
    pub succeeded: u64,
    /// Calls that failed for good: in an error that counts as a failure, in a panic, or out of time.
    pub failed: u64,
    /// Calls that ended in an error that is nobody's failure: a wrong request, say, or a refusal
    /// from further inside.
    pub neutral: u64,
    /// Calls that their caller dropped before their end, whether or not that counts as a failure.
    pub dropped: u64,
    /// Calls that were turned away, by the reason.
    pub refused: Refusals,
    /// How often a call passed that would have been turned away if the mode were
    /// [`Enforce`](crate::BreakerMode::Enforce), by the reason. Several breakers and layers may count
    /// the same call, as it passes all of them.
    pub would_be_refused: Refusals,
    /// Calls that were not tried again because the budget of retries was spent.
    pub retries_refused: u64,
    /// Calls whose fallback was asked, whatever it said.
    pub fell_back: u64,
}

impl Calls {
    /// Returns how many attempts were made in all.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, guarded, testing};
    ///
    /// #[guarded(deps = ["redis"], attempts = 3)]
    /// async fn load() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     testing::inject("redis").error().next(2);
    ///     assert_eq!(load().await.unwrap(), 7);
    ///     assert_eq!(testing::calls("redis").attempts(), 3);
    /// });
    /// ```
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.admitted + self.retries
    }

    /// Returns what has come to it since an earlier snapshot.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, guarded, testing};
    ///
    /// #[guarded(deps = ["redis"])]
    /// async fn load() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     assert!(load().await.is_ok());
    ///     let before = testing::calls("redis");
    ///     assert!(load().await.is_ok());
    ///     assert_eq!(testing::calls("redis").since(&before).admitted, 1);
    /// });
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            admitted: self.admitted.saturating_sub(earlier.admitted),
            retries: self.retries.saturating_sub(earlier.retries),
            timed_out: self.timed_out.saturating_sub(earlier.timed_out),
            succeeded: self.succeeded.saturating_sub(earlier.succeeded),
            failed: self.failed.saturating_sub(earlier.failed),
            neutral: self.neutral.saturating_sub(earlier.neutral),
            dropped: self.dropped.saturating_sub(earlier.dropped),
            refused: self.refused.since(&earlier.refused),
            would_be_refused: self.would_be_refused.since(&earlier.would_be_refused),
            retries_refused: self.retries_refused.saturating_sub(earlier.retries_refused),
            fell_back: self.fell_back.saturating_sub(earlier.fell_back),
        }
    }

    fn note(&mut self, event: Event) {
        let count = match event {
            Event::Admitted => &mut self.admitted,
            Event::Retried => &mut self.retries,
            Event::TimedOut => &mut self.timed_out,
            Event::RetryRefused => &mut self.retries_refused,
            Event::Ended(Fate::Succeeded) => &mut self.succeeded,
            Event::Ended(Fate::Failed) => &mut self.failed,
            Event::Ended(Fate::Neutral) => &mut self.neutral,
            Event::Ended(Fate::Dropped) => &mut self.dropped,
            Event::Ended(Fate::Refused) => return,
            Event::Refused(reason) => self.refused.of(reason),
            Event::WouldBeRefused(reason) => self.would_be_refused.of(reason),
        };
        *count += 1;
    }
}

/// How often calls were turned away, by the reason.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Refusals(BTreeMap<&'static str, u64>);

impl Refusals {
    /// Returns how often a call was turned away for this reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, Reason, guarded, testing};
    ///
    /// #[guarded(deps = ["redis"])]
    /// async fn load() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     testing::trip("redis");
    ///     assert!(load().await.is_err());
    ///     assert_eq!(testing::calls("redis").refused.by(Reason::CircuitOpen), 1);
    /// });
    /// ```
    #[must_use]
    pub fn by(&self, reason: Reason) -> u64 {
        self.0.get(reason.code()).copied().unwrap_or(0)
    }

    /// Returns how often a call was turned away at all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    fn of(&mut self, reason: Reason) -> &mut u64 {
        self.0.entry(reason.code()).or_default()
    }

    fn since(&self, earlier: &Self) -> Self {
        let before = |code| earlier.0.get(code).copied().unwrap_or(0);
        let since = self
            .0
            .iter()
            .map(|(code, count)| (*code, count.saturating_sub(before(*code))));
        Self(since.filter(|(_, count)| *count > 0).collect())
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_a_snapshot_is_left_out_and_a_reason_of_which_nothing_is_left_too() {
        let mut calls = Calls::default();
        calls.note(Event::Admitted);
        calls.note(Event::Refused(Reason::Shed));
        let before = calls.clone();
        calls.note(Event::Admitted);
        calls.note(Event::Retried);
        calls.note(Event::Refused(Reason::Saturated));
        let since = calls.since(&before);
        assert_eq!((since.admitted, since.attempts()), (1, 2));
        assert_eq!(format!("{:?}", since.refused), r#"{"saturated": 1}"#);
        assert_eq!(calls.since(&calls), Calls::default());
    }
}
