//! What the rules say: yes, no, or that the state has changed.

use std::fmt;
use std::time::Duration;

use super::forced::Override;
use super::rates::Reading;
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
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cause {
    FailuresInARow(u32),
    /// A part of the calls that failed, or that was slow.
    Rate(Reading),
    CooldownOver,
    TrialSucceeded,
    TrialFailed,
    /// It succeeded, but took as long as a rule calls slow.
    TrialSlow,
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
            Self::Rate(reading) => reading.tripped(f),
            Self::CooldownOver => f.write_str("cooldown over"),
            Self::TrialSucceeded => f.write_str("trial succeeded"),
            Self::TrialFailed => f.write_str("trial failed"),
            Self::TrialSlow => f.write_str("trial too slow"),
            Self::TrialOverdue => f.write_str("trial overdue, its slot is free again"),
            Self::Operator(why) => write!(f, "forced by {}: {}", why.actor(), why.reason()),
            Self::OverrideExpired => f.write_str("override expired"),
            Self::Reset(why) => write!(f, "reset by {}: {}", why.actor(), why.reason()),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transition {
    pub(crate) from: BreakerState,
    pub(crate) to: BreakerState,
    pub(crate) epoch: u64,
    pub(crate) cause: Cause,
    /// How long the new state lasts at least: the cooldown, or the override.
    pub(crate) lasts: Option<Duration>,
}
