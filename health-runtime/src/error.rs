//! The one error of this crate that reaches users' code.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::name::Name;
use crate::outcome::{Classify, Outcome};
use crate::state::DependencyState;

/// A call was refused, or given up, because a dependency is not healthy.
///
/// Says nothing about the data behind the dependency: a refused read has not found anything
/// missing. It is small (32 bytes at most), cheap to clone, and made without an allocation.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyUnhealthy, HealthRegistry, Override};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let registry = HealthRegistry::new();
/// let why = Override::new("ops", "maintenance", Duration::from_secs(12));
/// registry.force_open("redis", why).unwrap();
///
/// let refusal: DependencyUnhealthy =
///     registry.call("redis", async { Ok(()) }).await.unwrap_err();
/// assert_eq!(refusal.to_string(), "Dependency redis unhealthy; retry in 12s");
/// assert_eq!(refusal.dependency(), Some("redis"));
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DependencyUnhealthy {
    /// `None` when the system as a whole is meant: a denial of the gate.
    dependency: Option<Name>,
    /// Milliseconds, saturating: eight bytes less than a `Duration`.
    retry_after_ms: u32,
    state: DependencyState,
    reason: Reason,
}

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Reason {
    /// The breaker is open and its cooldown is not over.
    CircuitOpen,
    /// The breaker is half-open and another call, or the probe, is the trial.
    TrialInFlight,
    /// The call did not finish within its time.
    TimedOut,
    /// The call was turned away to lower the load.
    Shed,
    /// Too many calls are in flight.
    Saturated,
    /// The gate denied a destructive call.
    GateDenied,
    /// The gate could not get the evidence it needs, which is no reason to go ahead.
    GateIndeterminate,
    /// An operator has forced the breaker open.
    ForcedOpen,
    /// A test has injected a failure.
    Injected,
}

impl Reason {
    /// Returns the reason as one snake_case word, for logs, metrics and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CircuitOpen => "circuit_open",
            Self::TrialInFlight => "trial_in_flight",
            Self::TimedOut => "timed_out",
            Self::Shed => "shed",
            Self::Saturated => "saturated",
            Self::GateDenied => "gate_denied",
            Self::GateIndeterminate => "gate_indeterminate",
            Self::ForcedOpen => "forced_open",
            Self::Injected => "injected",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CircuitOpen => "circuit open",
            Self::TrialInFlight => "trial in flight",
            Self::TimedOut => "timed out",
            Self::Shed => "shed",
            Self::Saturated => "saturated",
            Self::GateDenied => "gate denied",
            Self::GateIndeterminate => "gate indeterminate",
            Self::ForcedOpen => "forced open",
            Self::Injected => "injected by a test",
        })
    }
}

impl DependencyUnhealthy {
    pub(crate) fn of(
        dependency: Name,
        state: DependencyState,
        reason: Reason,
        retry_after: Duration,
    ) -> Self {
        Self {
            dependency: Some(dependency),
            retry_after_ms: millis(retry_after),
            state,
            reason,
        }
    }

    pub(crate) fn of_system(state: DependencyState, reason: Reason, retry_after: Duration) -> Self {
        Self {
            dependency: None,
            retry_after_ms: millis(retry_after),
            state,
            reason,
        }
    }

    /// Returns the name of the dependency, or `None` when the system as a whole is meant, as in a
    /// denial of the gate.
    #[must_use]
    pub const fn dependency(&self) -> Option<&'static str> {
        match self.dependency {
            Some(name) => Some(name.as_str()),
            None => None,
        }
    }

    /// Returns how long to wait before another try makes sense, to the millisecond.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        Duration::from_millis(self.retry_after_ms as u64)
    }

    /// Returns the same in whole seconds, rounded up and never 0: for people, and for HTTP's
    /// `Retry-After`.
    #[must_use]
    pub const fn retry_after_s(&self) -> u64 {
        whole_seconds(self.retry_after())
    }

    /// Returns the state that the refusal was based on.
    #[must_use]
    pub const fn health_state(&self) -> DependencyState {
        self.state
    }

    /// Returns why the call was refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

/// Rounds up to whole seconds, and to 1 at least: "retry in 0s" is an invitation to a busy loop.
pub(crate) const fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + (wait.subsec_nanos() > 0) as u64;
    if seconds == 0 { 1 } else { seconds }
}

fn millis(wait: Duration) -> u32 {
    u32::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

impl fmt::Display for DependencyUnhealthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dependency {
            Some(name) => write!(
                f,
                "Dependency {name} unhealthy; retry in {}s",
                self.retry_after_s()
            ),
            None => write!(f, "System unhealthy; retry in {}s", self.retry_after_s()),
        }
    }
}

impl fmt::Debug for DependencyUnhealthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DependencyUnhealthy")
            .field("dependency", &self.dependency())
            .field("reason", &self.reason)
            .field("health_state", &self.state)
            .field("retry_after", &self.retry_after())
            .finish()
    }
}

impl std::error::Error for DependencyUnhealthy {}

/// A refusal of this library says nothing about the dependency it passes through.
impl Classify for DependencyUnhealthy {
    fn classify(&self) -> Outcome {
        Outcome::Neutral
    }
}

/// Keeps the refusal as the inner error, of kind `TimedOut` or else `NotConnected`.
impl From<DependencyUnhealthy> for io::Error {
    fn from(refusal: DependencyUnhealthy) -> Self {
        let kind = match refusal.reason {
            Reason::TimedOut => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::NotConnected,
        };
        Self::new(kind, refusal)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DependencyUnhealthy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut record = serializer.serialize_struct("DependencyUnhealthy", 4)?;
        record.serialize_field("dependency", &self.dependency())?;
        record.serialize_field("reason", &self.reason)?;
        record.serialize_field("health_state", &self.state)?;
        record.serialize_field("retry_after_ms", &self.retry_after_ms)?;
        record.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(wait: Duration) -> DependencyUnhealthy {
        DependencyUnhealthy::of(
            Name::new("redis"),
            DependencyState::Unhealthy,
            Reason::CircuitOpen,
            wait,
        )
    }

    #[test]
    fn retry_times_round_up_and_never_to_zero() {
        let text = |wait| refusal(wait).to_string();
        assert_eq!(
            text(Duration::from_millis(11_200)),
            "Dependency redis unhealthy; retry in 12s"
        );
        assert_eq!(
            text(Duration::ZERO),
            "Dependency redis unhealthy; retry in 1s"
        );
        assert_eq!(
            text(Duration::from_secs(3)),
            "Dependency redis unhealthy; retry in 3s"
        );
    }

    #[test]
    fn a_denial_of_the_gate_speaks_of_the_system() {
        let denial = DependencyUnhealthy::of_system(
            DependencyState::Degraded,
            Reason::GateDenied,
            Duration::from_millis(11_001),
        );
        assert_eq!(denial.to_string(), "System unhealthy; retry in 12s");
        assert_eq!(denial.dependency(), None);
    }

    #[test]
    fn the_error_stays_small_and_can_travel() {
        fn travels<T: Clone + Send + Sync + 'static>() {}
        travels::<DependencyUnhealthy>();
        assert!(size_of::<DependencyUnhealthy>() <= 32);
    }

    #[test]
    fn an_io_error_keeps_the_refusal() {
        let error = io::Error::from(refusal(Duration::from_secs(2)));
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<DependencyUnhealthy>());
        assert_eq!(inner, Some(&refusal(Duration::from_secs(2))));
    }
}
