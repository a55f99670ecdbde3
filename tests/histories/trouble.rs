//! The errors that calls end in.

use std::time::Duration;

use health_runtime::{Classify, DependencyUnhealthy, FailureKind, Outcome};

use crate::functions::NAMES;

/// An error, and what it says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) says: Says,
    pub(crate) whose: Whose,
}

impl Told {
    /// What a body says that has lost patience with a call within it.
    pub(crate) const LOST_PATIENCE: Self = Self {
        says: Says::TookTooLong,
        whose: Whose::Unsaid,
    };
}

/// How an error counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// It may pass.
    Failed,
    FailedForGood,
    /// A failure of the kind `timeout`.
    TookTooLong,
    /// A failure that says when to come back, in seconds.
    ComeBackIn(u32),
    /// Neither: bad input.
    Nothing,
    /// The dependency answered.
    Answered,
    /// The caller has given up.
    GaveUp,
}

/// Which dependency an error says that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Unsaid,
    Of(usize),
    /// None of those that there are.
    Stranger,
}

impl Says {
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Failed | Self::TookTooLong => Outcome::FAILURE,
            Self::FailedForGood => Outcome::Failure { transient: false },
            Self::ComeBackIn(seconds) => Outcome::RetryAfter(Duration::from_secs(seconds.into())),
            Self::Nothing => Outcome::Neutral,
            Self::Answered => Outcome::Success,
            Self::GaveUp => Outcome::Cancelled,
        }
    }

    pub(crate) fn kind(self) -> FailureKind {
        match self {
            Self::TookTooLong => FailureKind::Timeout,
            _ => FailureKind::Error,
        }
    }
}

/// The error type of every function here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{0:?}")]
    Told(Told),
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

pub(crate) type Answer = Result<(), Trouble>;

impl Classify for Trouble {
    fn classify(&self) -> Outcome {
        match self {
            Self::Told(told) => told.says.outcome(),
            Self::Refused(refusal) => refusal.classify(),
        }
    }

    fn dependency(&self) -> Option<&str> {
        match self {
            Self::Told(told) => match told.whose {
                Whose::Unsaid => None,
                Whose::Of(index) => Some(NAMES[index]),
                Whose::Stranger => Some("somebody-else"),
            },
            Self::Refused(_) => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::Told(told) => told.says.kind(),
            Self::Refused(_) => FailureKind::Error,
        }
    }
}
