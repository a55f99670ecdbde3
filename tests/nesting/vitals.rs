//! What the tests look at.

use health_runtime::{
    BreakerState, DependencyHealth, DependencyState, DependencyUnhealthy, FailureKind,
    HealthRegistry, testing,
};

use crate::subject::SECOND;

pub(crate) fn health(name: &str) -> DependencyHealth {
    HealthRegistry::current().health(name).unwrap()
}

/// Nothing has happened to it: healthy, nothing counted, no error seen.
#[track_caller]
pub(crate) fn assert_untouched(name: &str) {
    let health = health(name);
    assert_eq!(health.state, DependencyState::Healthy, "{health:?}");
    assert_eq!(health.consecutive_failures, 0, "{health:?}");
    assert!(health.last_error.is_none(), "{health:?}");
}

#[track_caller]
pub(crate) fn assert_failures(name: &str, failures: u32) {
    let health = health(name);
    assert_eq!(health.consecutive_failures, failures, "{health:?}");
}

#[track_caller]
pub(crate) fn assert_last_error(name: &str, kind: FailureKind) {
    let last_error = health(name).last_error.expect("something failed");
    assert_eq!(last_error.kind, kind);
}

#[track_caller]
pub(crate) fn assert_breaker(name: &str, breaker: BreakerState) {
    let health = health(name);
    assert_eq!(health.breaker, breaker, "{health:?}");
}

/// Trips it and lets its cooldown pass.
pub(crate) async fn put_on_trial(name: &str) {
    testing::trip(name);
    testing::advance(SECOND).await;
    assert_breaker(name, BreakerState::HalfOpen);
}

/// An error that says whose it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Says {
    /// It failed.
    Of(&'static str),
    /// It answered, and there is no such thing.
    NotFound,
    Nobody,
    Refused(DependencyUnhealthy),
}

impl From<DependencyUnhealthy> for Says {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self::Refused(refusal)
    }
}

impl health_runtime::Classify for Says {
    fn classify(&self) -> health_runtime::Outcome {
        match self {
            Self::Of(_) | Self::Nobody => health_runtime::Outcome::FAILURE,
            Self::NotFound => health_runtime::Outcome::Success,
            Self::Refused(refusal) => refusal.classify(),
        }
    }

    fn dependency(&self) -> Option<&str> {
        match self {
            Self::Of(name) => Some(name),
            _ => None,
        }
    }
}
