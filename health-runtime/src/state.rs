//! The words for how a dependency is doing.

use std::fmt;

/// How a dependency is doing, in one word.
///
/// Derived from its breaker: closed with nothing outstanding is healthy; closed with failures since
/// the last success or a slow call since the last quick one, or half-open, is degraded; open or forced
/// open is unhealthy. The order is from
/// good to bad, so that the worst of several is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum DependencyState {
    /// Calls pass and the last one did not fail.
    Healthy,
    /// Calls pass, all or some of them, but something failed since the last success, or was slow.
    Degraded,
    /// Calls are refused.
    Unhealthy,
}

impl fmt::Display for DependencyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        })
    }
}

/// The state of a circuit breaker, in the field's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused until the cooldown is over.
    Open,
    /// A few trials pass; their outcome decides.
    HalfOpen,
    /// An operator refuses all calls.
    ForcedOpen,
    /// An operator lets all calls pass, whatever happens to them.
    ForcedClosed,
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "forced open",
            Self::ForcedClosed => "forced closed",
        })
    }
}

/// How much depends on a dependency. The gate asks for the critical ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Criticality {
    /// Nice to have.
    Low,
    /// Part of the service suffers without it.
    Medium,
    /// Most of the service suffers without it.
    High,
    /// The service cannot tell right from wrong without it: nothing destructive runs unless it is
    /// proven healthy. The default.
    #[default]
    Critical,
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}
