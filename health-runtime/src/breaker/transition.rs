//! What the rules say: yes, no, or that the state has changed.

use std::fmt;
use std::time::Duration;

use super::forced::Override;
use crate::error::Reason;
use crate::state::BreakerState;

/// Who asks to be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Call,
    Probe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) retry_after: Duration,
}

/// Why a state was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    FailuresInARow(u32),
    CooldownOver,
    TrialSucceeded,
    TrialFailed,
    TrialOverdue,
    Operator(Override),
    OverrideExpired,
    Reset(Override),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailuresInARow(1) => f.write_str("1 failure"),
            Self::FailuresInARow(n) => write!(f, "{n} failures in a row"),
            Self::CooldownOver => f.write_str("cooldown over"),
            Self::TrialSucceeded => f.write_str("trial succeeded"),
            Self::TrialFailed => f.write_str("trial failed"),
            Self::TrialOverdue => f.write_str("trial overdue, its slot is free again"),
            Self::Operator(why) => write!(f, "forced by {}: {}", why.actor(), why.reason()),
            Self::OverrideExpired => f.write_str("override expired"),
            Self::Reset(why) => write!(f, "reset by {}: {}", why.actor(), why.reason()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) from: BreakerState,
    pub(crate) to: BreakerState,
    pub(crate) epoch: u64,
    pub(crate) cause: Cause,
    /// How long the new state lasts at least: the cooldown, or the override.
    pub(crate) lasts: Option<Duration>,
}
