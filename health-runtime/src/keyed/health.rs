//! How the keys are doing: sums, and a list of the worst that never grows with the keys.

use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use super::{Keyed, KeyedStore};
use crate::breaker::{Asker, Override};
use crate::dependency::LastError;
use crate::error::Reason;
use crate::span::Short;
use crate::state::{BreakerState, DependencyState};

/// The keys and roles of a dependency, in numbers. As small for a million keys as for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct KeysSummary {
    /// How many have a breaker of their own now.
    pub tracked: usize,
    /// How many may; see [`Dependency::max_keys`](crate::Dependency::max_keys).
    pub max_keys: usize,
    /// How many breakers have been forgotten so that others could have one.
    pub evicted: u64,
    /// How many calls came when every breaker was in use by a call, and were made with one that was
    /// not kept.
    pub untracked: u64,
    /// How many are closed, with failures since their last success.
    pub degraded: usize,
    /// How many are half-open, or open with their cooldown over.
    pub half_open: usize,
    /// How many are open, or forced open.
    pub open: usize,
}

/// How a key or a role of a dependency was doing at the moment it was asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KeyHealth {
    /// The name of the dependency.
    pub dependency: &'static str,
    /// The key; `None` for a role of the dependency. More than 255 bytes are shortened.
    pub key: Option<Box<str>>,
    /// The role, if it is the breaker of one.
    pub role: Option<Box<str>>,
    /// How it is doing, in one word.
    pub state: DependencyState,
    /// The state of its breaker, as the next call would find it.
    pub breaker: BreakerState,
    /// Failures since its last success.
    pub consecutive_failures: u32,
    /// Its last failure, if there was one.
    pub last_error: Option<LastError>,
    /// How long ago its last success was, at most; `None` if there was none. Successes of keys are
    /// stamped only once after each look at this record.
    pub last_success: Option<Duration>,
    /// The next cooldown's length before jitter; while open, the present one's.
    pub backoff: Duration,
    /// Why a call would be refused now; `None` if it would be let through.
    pub refusal: Option<Reason>,
    /// How long to wait before a call makes sense; zero if it would be let through now.
    pub retry_after: Duration,
    /// The override in force, if there is one.
    pub forced_by: Option<Override>,
    /// How many calls have been refused since the key is known.
    pub refusals: u64,
}

impl Keyed {
    pub(crate) fn key_health(&self) -> KeyHealth {
        self.change(|_, _| [None]);
        let now = self.context().now();
        let mut machine = self.lock();
        // No ticker does it: whoever looks lets the next success be stamped.
        machine.tick(now);
        let refusal = machine.check(now, Asker::Call).err();
        let refusal = refusal.filter(|_| machine.pass_by().is_none());
        let part = self.identity();
        let last_failure = machine.record.last_failure();
        KeyHealth {
            dependency: self.name().as_str(),
            key: part.key().map(Box::from),
            role: part.role().map(Box::from),
            state: machine.dependency_state(now),
            breaker: machine.breaker_state(now),
            consecutive_failures: machine.failures(),
            last_error: last_failure.map(|failure| LastError {
                kind: failure.kind,
                message: Arc::clone(&failure.message),
                age: now.saturating_duration_since(failure.at),
            }),
            last_success: machine
                .record
                .last_success()
                .map(|at| now.saturating_duration_since(at)),
            backoff: machine.cooldown(now),
            refusal: refusal.map(|refusal| refusal.reason),
            retry_after: refusal.map_or(Duration::ZERO, |refusal| refusal.retry_after),
            forced_by: machine.forced_by().cloned(),
            refusals: self.refusals(),
        }
    }

    /// Says in numbers why the breaker has or has not tripped.
    pub(crate) fn explain(&self) -> String {
        let health = self.key_health();
        let consecutive = self.policy().breaker.consecutive;
        let mut parts = vec![
            format!("{} is {}, breaker {}", **self, health.state, health.breaker),
            match consecutive {
                Some(threshold) => format!(
                    "{} of {threshold} failures in a row",
                    health.consecutive_failures
                ),
                None => "no rule of failures in a row".to_owned(),
            },
        ];
        if let Some(error) = &health.last_error {
            let age = Short(error.age);
            parts.push(format!(
                "last failure {age} ago: {} ({})",
                error.message, error.kind
            ));
        }
        if let Some(age) = health.last_success {
            parts.push(format!("last success {} ago", Short(age)));
        }
        if let Some(reason) = health.refusal {
            let wait = Short(health.retry_after);
            parts.push(format!("calls are refused ({reason}), next one in {wait}"));
        }
        if let Some(why) = &health.forced_by {
            parts.push(format!("forced by {}: {}", why.actor(), why.reason()));
        }
        parts.join("; ")
    }
}

impl KeyedStore {
    /// The sums. One look at every word, and one at the rules of those that are not well.
    pub(crate) fn summary(&self) -> KeysSummary {
        let counts = self.counts();
        let mut summary = KeysSummary {
            tracked: counts.tracked,
            max_keys: counts.max,
            evicted: counts.evicted,
            untracked: counts.untracked,
            ..KeysSummary::default()
        };
        let now = self.context().now();
        self.for_each(|keyed| {
            if keyed.is_well() {
                return;
            }
            let machine = keyed.lock();
            match machine.breaker_state(now) {
                BreakerState::Open | BreakerState::ForcedOpen => summary.open += 1,
                BreakerState::HalfOpen => summary.half_open += 1,
                BreakerState::Closed | BreakerState::ForcedClosed => {
                    let state = machine.dependency_state(now);
                    summary.degraded += usize::from(state != DependencyState::Healthy);
                }
            }
        });
        summary
    }

    /// The words of a key, and a line for each role of it that is not well.
    pub(crate) fn explain(&self, key: &Keyed) -> String {
        let mut roles: Vec<Arc<Keyed>> = Vec::new();
        self.for_each(|keyed| {
            let part = keyed.identity();
            let is_role = part.role().is_some() && part.key() == key.identity().key();
            if is_role && !keyed.is_well() {
                roles.push(Arc::clone(keyed));
            }
        });
        let mut lines: Vec<String> = roles.iter().map(|role| role.explain()).collect();
        // The store is in no order.
        lines.sort_unstable();
        lines.insert(0, key.explain());
        lines.join("\n")
    }

    /// At most `limit` of those that are not well, the worst first: unhealthy before degraded, then
    /// by failures in a row, then by refusals.
    pub(crate) fn worst(&self, limit: usize) -> Vec<KeyHealth> {
        let now = self.context().now();
        let mut worst: BinaryHeap<Ill> = BinaryHeap::new();
        self.for_each(|keyed| {
            if keyed.is_well() {
                return;
            }
            let machine = keyed.lock();
            let severity = Severity {
                state: machine.dependency_state(now),
                failures: machine.failures(),
                refusals: keyed.refusals(),
            };
            drop(machine);
            if severity.state == DependencyState::Healthy {
                return;
            }
            worst.push(Ill {
                severity,
                keyed: Arc::clone(keyed),
            });
            if worst.len() > limit {
                worst.pop();
            }
        });
        let worst = worst.into_sorted_vec();
        worst.iter().map(|ill| ill.keyed.key_health()).collect()
    }
}

/// How bad it is: the greater the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Severity {
    state: DependencyState,
    failures: u32,
    refusals: u64,
}

/// A circuit that is not well, in a heap whose greatest is the least ill.
struct Ill {
    severity: Severity,
    keyed: Arc<Keyed>,
}

impl PartialEq for Ill {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ill {}

impl PartialOrd for Ill {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ill {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // The id makes the list repeatable: of two that are as bad, the older one comes first.
        let by_id = self.keyed.id().cmp(&other.keyed.id());
        other.severity.cmp(&self.severity).then(by_id)
    }
}

#[cfg(feature = "serde")]
mod ser {
    use serde::ser::{Serialize, SerializeStruct, Serializer};

    use super::KeyHealth;

    impl Serialize for KeyHealth {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut record = serializer.serialize_struct("KeyHealth", 12)?;
            record.serialize_field("dependency", self.dependency)?;
            record.serialize_field("key", &self.key)?;
            record.serialize_field("role", &self.role)?;
            record.serialize_field("state", &self.state)?;
            record.serialize_field("breaker", &self.breaker)?;
            record.serialize_field("consecutive_failures", &self.consecutive_failures)?;
            record.serialize_field("last_error", &self.last_error)?;
            let last_success = self.last_success.map(|age| age.as_secs_f64());
            record.serialize_field("last_success_s", &last_success)?;
            record.serialize_field("backoff_s", &self.backoff.as_secs_f64())?;
            record.serialize_field("refusal", &self.refusal)?;
            record.serialize_field("retry_after_s", &self.retry_after.as_secs_f64())?;
            record.serialize_field("refusals", &self.refusals)?;
            record.end()
        }
    }
}
