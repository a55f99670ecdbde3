//! The one error of this crate that reaches users' code.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::classify::Classify;
use crate::name::Name;
use crate::outcome::Outcome;
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
    /// Empty when the system as a whole is meant: a denial of the gate.
    ///
    /// Not an `Option`: its niche is what tells `Ok` from `Err` in a `Result` without a byte of its
    /// own. Together with the packed rest, such a result is three machine words, which are copied
    /// as registers; with a tag amid smaller fields every guarded call paid 10 ns for it.
    dependency: Name,
    detail: Detail,
}

/// Milliseconds until a retry makes sense (32 bits, saturating), state (8) and reason (8).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Detail(u64);

impl Detail {
    fn new(retry_after: Duration, state: DependencyState, reason: Reason) -> Self {
        // Without the division of 128 bits that `as_nanos` would need.
        let whole = retry_after.as_secs().saturating_mul(1_000);
        let millis = whole.saturating_add(retry_after.subsec_nanos().div_ceil(1_000_000).into());
        let millis = u32::try_from(millis).unwrap_or(u32::MAX);
        Self(u64::from(millis) << 16 | (state as u64) << 8 | reason as u64)
    }

    const fn retry_after_ms(self) -> u32 {
        (self.0 >> 16) as u32
    }

    const fn state(self) -> DependencyState {
        match (self.0 >> 8) as u8 {
            0 => DependencyState::Healthy,
            1 => DependencyState::Degraded,
            _ => DependencyState::Unhealthy,
        }
    }

    const fn reason(self) -> Reason {
        let index = (self.0 & 0xff) as usize;
        // Written by `new` from one of these.
        Reason::ALL[index]
    }
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
    /// A destructive call before `health_runtime::init().await?`: nothing is known of any
    /// dependency.
    NotInitialised,
    /// An operator has forced the breaker open.
    ForcedOpen,
    /// A limit on the time of the call was asked for where no tokio runtime can keep it.
    NoRuntime,
    /// A test has injected a failure.
    Injected,
}

impl Reason {
    /// In the order of their declaration.
    const ALL: [Self; 11] = [
        Self::CircuitOpen,
        Self::TrialInFlight,
        Self::TimedOut,
        Self::Shed,
        Self::Saturated,
        Self::GateDenied,
        Self::GateIndeterminate,
        Self::NotInitialised,
        Self::ForcedOpen,
        Self::NoRuntime,
        Self::Injected,
    ];

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
            Self::NotInitialised => "not_initialised",
            Self::ForcedOpen => "forced_open",
            Self::NoRuntime => "no_runtime",
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
            Self::NotInitialised => {
                "not initialised: call `health_runtime::init().await?` first, and keep what it returns"
            }
            Self::ForcedOpen => "forced open",
            Self::NoRuntime => {
                "no tokio runtime with timers: a limit on the time of this call cannot be kept; run it \
                 in a runtime built with `enable_time`"
            }
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
            dependency,
            detail: Detail::new(retry_after, state, reason),
        }
    }

    pub(crate) fn of_system(state: DependencyState, reason: Reason, retry_after: Duration) -> Self {
        Self {
            dependency: Name::EMPTY,
            detail: Detail::new(retry_after, state, reason),
        }
    }

    /// Returns the name of the dependency, or `None` when the system as a whole is meant, as in a
    /// denial of the gate.
    #[must_use]
    pub const fn dependency(&self) -> Option<&'static str> {
        let name = self.dependency.as_str();
        if name.is_empty() { None } else { Some(name) }
    }

    /// Returns how long to wait before another try makes sense, to the millisecond.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        Duration::from_millis(self.detail.retry_after_ms() as u64)
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
        self.detail.state()
    }

    /// Returns why the call was refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.detail.reason()
    }
}

/// Rounds up to whole seconds, and to 1 at least: "retry in 0s" is an invitation to a busy loop.
pub(crate) const fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait
        .as_secs()
        .saturating_add((wait.subsec_nanos() > 0) as u64);
    if seconds == 0 { 1 } else { seconds }
}

impl fmt::Display for DependencyUnhealthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dependency() {
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
            .field("reason", &format_args!("{}", self.reason()))
            .field("health_state", &self.health_state())
            .field("retry_after", &self.retry_after())
            .finish()
    }
}

impl std::error::Error for DependencyUnhealthy {
    /// Returns the [`Reason`]. That way the refusal can be told in an error that shows itself as
    /// this one (`#[error(transparent)]` of thiserror), whose chain leaves this one out.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        static REASONS: [Reason; Reason::ALL.len()] = Reason::ALL;
        Some(&REASONS[self.reason() as usize])
    }
}

impl std::error::Error for Reason {}

/// A refusal of this library says nothing about the dependency it passes through.
impl Classify for DependencyUnhealthy {
    fn classify(&self) -> Outcome {
        Outcome::Neutral
    }
}

/// Keeps the refusal as the inner error, of kind `TimedOut` or else `NotConnected`.
impl From<DependencyUnhealthy> for io::Error {
    fn from(refusal: DependencyUnhealthy) -> Self {
        let kind = match refusal.reason() {
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
        record.serialize_field("reason", &self.reason())?;
        record.serialize_field("health_state", &self.health_state())?;
        record.serialize_field("retry_after_ms", &self.detail.retry_after_ms())?;
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
    fn the_longest_wait_rounds_up_to_itself() {
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
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
    fn every_reason_and_state_comes_back_as_it_went_in() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            for state in [
                DependencyState::Healthy,
                DependencyState::Degraded,
                DependencyState::Unhealthy,
            ] {
                let refusal = DependencyUnhealthy::of_system(state, reason, Duration::MAX);
                assert_eq!((refusal.reason(), refusal.health_state()), (reason, state));
                assert_eq!(
                    refusal.retry_after(),
                    Duration::from_millis(u64::from(u32::MAX))
                );
            }
        }
    }

    #[test]
    fn a_result_needs_no_tag() {
        assert_eq!(
            size_of::<Result<u64, DependencyUnhealthy>>(),
            size_of::<DependencyUnhealthy>()
        );
        assert_eq!(size_of::<DependencyUnhealthy>(), 24);
    }

    #[test]
    fn the_error_stays_small_and_can_travel() {
        fn travels<T: Clone + Send + Sync + 'static>() {}
        travels::<DependencyUnhealthy>();
        assert!(size_of::<DependencyUnhealthy>() <= 32);
    }

    #[test]
    fn the_chain_of_causes_ends_in_the_reason() {
        let error = refusal(Duration::from_secs(2));
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "circuit open");
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
