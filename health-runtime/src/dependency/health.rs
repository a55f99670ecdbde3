//! How a dependency, and the system, is doing: snapshots for people and programs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::breaker::Override;
use crate::error::Reason;
use crate::outcome::FailureKind;
use crate::state::{BreakerState, Criticality, DependencyState};

/// How a dependency was doing at the moment it was asked. Cheap to clone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DependencyHealth {
    /// Its name.
    pub name: &'static str,
    /// How critical it is.
    pub criticality: Criticality,
    /// How it is doing, in one word.
    pub state: DependencyState,
    /// The state of its breaker, as the next call would find it.
    pub breaker: BreakerState,
    /// Counts the changes of the breaker's state.
    pub epoch: u64,
    /// How long the breaker has been in this state.
    pub since: Duration,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// The last failure, if there was one.
    pub last_error: Option<LastError>,
    /// How long ago the last success was, at most; `None` if there was none. Successes are stamped
    /// once a second, and where `init()` has not run only once after each look at this record.
    pub last_success: Option<Duration>,
    /// When the cooldown, or the override, ends.
    pub open_until: Option<Instant>,
    /// The next cooldown's length before jitter; while open, the present one's.
    pub backoff: Duration,
    /// Why a call would be refused now; `None` if it would be let through.
    pub refusal: Option<Reason>,
    /// How long to wait before a call makes sense; zero if it would be let through now.
    pub retry_after: Duration,
    /// Who answered the last probe, if the probe says: the `run_id` of a Redis, for instance.
    pub identity: Option<Arc<str>>,
    /// The override in force, if there is one.
    pub forced_by: Option<Override>,
    /// How many calls have been refused since the dependency is known, or would have been by a
    /// breaker that only observes.
    pub refusals: u64,
}

/// The last failure of a dependency.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LastError {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// The text of the error.
    pub message: Arc<str>,
    /// How long ago it was.
    pub age: Duration,
}

/// How the system as a whole is doing.
///
/// The worst critical dependency decides; the others can degrade it and no more.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SystemHealth {
    /// How it is doing, in one word.
    pub state: DependencyState,
    /// Every dependency, by name.
    pub dependencies: Vec<DependencyHealth>,
}

impl SystemHealth {
    pub(crate) fn of(dependencies: Vec<DependencyHealth>) -> Self {
        let state = dependencies
            .iter()
            .map(|dependency| match dependency.criticality {
                Criticality::Critical => dependency.state,
                _ => dependency.state.min(DependencyState::Degraded),
            })
            .max()
            .unwrap_or(DependencyState::Healthy);
        Self {
            state,
            dependencies,
        }
    }
}

#[cfg(feature = "serde")]
mod ser {
    use serde::ser::{Serialize, SerializeStruct, Serializer};

    use super::{DependencyHealth, LastError, SystemHealth};

    impl Serialize for DependencyHealth {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut record = serializer.serialize_struct("DependencyHealth", 14)?;
            record.serialize_field("name", self.name)?;
            record.serialize_field("criticality", &self.criticality)?;
            record.serialize_field("state", &self.state)?;
            record.serialize_field("breaker", &self.breaker)?;
            record.serialize_field("epoch", &self.epoch)?;
            record.serialize_field("since_s", &self.since.as_secs_f64())?;
            record.serialize_field("consecutive_failures", &self.consecutive_failures)?;
            record.serialize_field("last_error", &self.last_error)?;
            let last_success = self.last_success.map(|age| age.as_secs_f64());
            record.serialize_field("last_success_s", &last_success)?;
            record.serialize_field("backoff_s", &self.backoff.as_secs_f64())?;
            record.serialize_field("refusal", &self.refusal)?;
            record.serialize_field("retry_after_s", &self.retry_after.as_secs_f64())?;
            record.serialize_field("refusals", &self.refusals)?;
            record.serialize_field("identity", &self.identity.as_deref())?;
            record.end()
        }
    }

    impl Serialize for LastError {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut record = serializer.serialize_struct("LastError", 3)?;
            record.serialize_field("kind", &self.kind)?;
            record.serialize_field("message", &*self.message)?;
            record.serialize_field("age_s", &self.age.as_secs_f64())?;
            record.end()
        }
    }

    impl Serialize for SystemHealth {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut record = serializer.serialize_struct("SystemHealth", 2)?;
            record.serialize_field("state", &self.state)?;
            record.serialize_field("dependencies", &self.dependencies)?;
            record.end()
        }
    }
}
