//! The options of the gate, their defaults and their checks.

use std::time::Duration;

use super::budget::Budget;
use crate::policy::Profile;

/// What the gate needs to see before something is destroyed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{GateMode, GatePolicy};
///
/// // The first weeks in production: see what would be denied.
/// let policy = GatePolicy { mode: GateMode::Observe, ..GatePolicy::default() };
/// assert_eq!(policy.settle, Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatePolicy {
    /// Whether verdicts are carried out. Default [`GateMode::Enforce`].
    pub mode: GateMode,
    /// From which state on a dependency denies. Default [`DenyAt::Degraded`].
    pub deny_at: DenyAt,
    /// How long a dependency must have been healthy again after a failure. Default 10 s.
    pub settle: Duration,
    /// The same after its breaker was open, or after somebody else answers under its address.
    /// Default 60 s.
    pub settle_after_open: Duration,
    /// How old the last success may be. `None`, the default, is twice the probe interval of the
    /// dependency, 30 s at most.
    pub max_evidence_age: Option<Duration>,
    /// When the gate probes by itself. Default [`Preflight::WhenStale`].
    pub preflight: Preflight,
    /// How long such a probe may take. Default 1 s.
    pub preflight_timeout: Duration,
    /// What [`DestructivePermit::checkpoint`](crate::DestructivePermit::checkpoint) does while the
    /// gate would deny. Default: pause for 5 min at most.
    pub checkpoint: Checkpoint,
}

/// Whether the verdicts of the gate are carried out, for a staged roll-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GateMode {
    /// Ask nothing, let everything through. Audited all the same.
    Off,
    /// Run every check, log what would be denied, let everything through.
    Observe,
    /// Deny. The default.
    #[default]
    Enforce,
}

/// From which state on a dependency denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DenyAt {
    /// At the first failure: a first timeout must not be read as an absence. The default.
    #[default]
    Degraded,
    /// Only when calls are refused.
    Unhealthy,
}

/// When the gate probes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Preflight {
    /// When the last success is too old. The default: a healthy, busy dependency costs no I/O.
    ///
    /// What it leaves open: a server that dies and comes back empty between two probes, behind a
    /// client that reconnects without an error, is not noticed before the next probe or the end of
    /// `max_evidence_age`, whichever comes first. Probe more often, or take [`Always`](Self::Always),
    /// where that matters.
    #[default]
    WhenStale,
    /// Before every destructive call, by a probe that has begun after the call was asked for: one
    /// that was on its way already is waited for and does not count.
    Always,
}

/// What a checkpoint does while the gate would deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoint {
    /// Wait until the gate allows again, for this long at most, then fail.
    Pause(Duration),
    /// Fail at once.
    Stop,
}

/// What differs for one destructive operation, by the name of its function.
///
/// # Examples
///
/// ```
/// use health_runtime::{BypassRule, OperationPolicy};
///
/// let policy = OperationPolicy { bypass: BypassRule::Deny, ..OperationPolicy::default() };
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OperationPolicy {
    /// The mode, if it is not that of the gate.
    pub mode: Option<GateMode>,
    /// Whether a bypass is honoured. Default [`BypassRule::Allow`].
    pub bypass: BypassRule,
    /// The budget, if it is not that of the attribute.
    pub budget: Option<Budget>,
}

/// Whether a bypass is honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BypassRule {
    /// It is. The default.
    #[default]
    Allow,
    /// It is ignored: the health conditions hold for everybody.
    Deny,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            mode: GateMode::default(),
            deny_at: DenyAt::default(),
            settle: Duration::from_secs(10),
            settle_after_open: Duration::from_secs(60),
            max_evidence_age: None,
            preflight: Preflight::default(),
            preflight_timeout: Duration::from_secs(1),
            checkpoint: Checkpoint::Pause(Duration::from_secs(300)),
        }
    }
}

impl GatePolicy {
    /// The default of `max_evidence_age` is never longer than this.
    const EVIDENCE_CAP: Duration = Duration::from_secs(30);

    /// Returns how old the last success of a dependency may be that is probed `every` so often.
    pub(crate) fn evidence_age(&self, every: Duration) -> Duration {
        self.max_evidence_age
            .unwrap_or_else(|| (every * 2).min(Self::EVIDENCE_CAP))
    }

    /// Says what is wrong with the values, each problem as one fragment.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.max_evidence_age.is_some_and(|age| age.is_zero()) {
            found.push(
                "max_evidence_age must be longer than zero, got 0ns: nothing could be fresh enough"
                    .into(),
            );
        }
        if self.preflight_timeout.is_zero() {
            found.push("preflight_timeout must be longer than zero, got 0ns".into());
        }
        if self.settle_after_open < self.settle {
            found.push(format!(
                "settle_after_open ({:?}) must not be shorter than settle ({:?})",
                self.settle_after_open, self.settle
            ));
        }
        found
    }
}
impl Profile {
    /// Returns the gate's policy of the profile.
    #[must_use]
    pub fn gate(self) -> GatePolicy {
        let (settle, after_open) = match self {
            Self::Conservative | Self::Balanced => (10, 60),
            Self::Aggressive => (30, 120),
        };
        GatePolicy {
            settle: Duration::from_secs(settle),
            settle_after_open: Duration::from_secs(after_open),
            ..GatePolicy::default()
        }
    }
}
