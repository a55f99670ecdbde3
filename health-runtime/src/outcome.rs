//! How a call counts.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// How an admitted call counts for its dependency.
///
/// Only the first three say anything about the dependency; neutral and cancelled calls give their
/// permit back and prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The dependency did its work. An error can be a success too: "key not found" proves that the
    /// store answers.
    Success,
    /// The dependency failed.
    Failure {
        /// Whether trying again may help.
        transient: bool,
    },
    /// The dependency failed and said when to come back: a failure that lengthens the cooldown.
    RetryAfter(Duration),
    /// The call says nothing about the dependency: bad input, not found, a refusal of this library.
    Neutral,
    /// The caller gave up before there was an answer.
    Cancelled,
}

impl Outcome {
    /// A failure that may pass: what an error is when nothing else is said of it.
    pub const FAILURE: Self = Self::Failure { transient: true };

    /// Returns whether the outcome counts against the dependency.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failure { .. } | Self::RetryAfter(_))
    }
}

/// What kind of failure was recorded last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum FailureKind {
    /// The call returned an error.
    Error,
    /// The call, or a probe, did not finish within its time.
    Timeout,
    /// The call panicked.
    Panic,
    /// The caller dropped the call after it had been running for `abandoned_after`.
    Abandoned,
    /// A background probe failed.
    Probe,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
            Self::Abandoned => "abandoned call",
            Self::Probe => "failed probe",
        })
    }
}

/// A failure with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) message: Cow<'static, str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) blame: Blame,
}

/// Whether a failure counts towards a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// This dependency failed.
    Certain,
    /// One of several did, and nothing says which: degraded, but not counted.
    Shared,
}

impl Failure {
    /// Longest message kept, in characters: enough for a cause, too little for a dump of data.
    const MESSAGE_LIMIT: usize = 200;

    pub(crate) fn new(kind: FailureKind, message: impl Into<Cow<'static, str>>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(Self::MESSAGE_LIMIT) {
            let mut cut = message.into_owned();
            cut.truncate(end);
            cut.push('…');
            message = Cow::Owned(cut);
        }
        Self {
            kind,
            message,
            retry_after: None,
            blame: Blame::Certain,
        }
    }
}

/// What is recorded of a call when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    Success,
    Failure(Failure),
    Neutral,
    Cancelled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_on_a_character_boundary() {
        let failure = Failure::new(FailureKind::Error, "ä".repeat(500));
        assert_eq!(failure.message.chars().count(), Failure::MESSAGE_LIMIT + 1);
        assert!(failure.message.ends_with('…'));
    }
}
