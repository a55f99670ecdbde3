//! `Duration::MAX` is how people write "never". It must not end in a panic under a lock.

use std::time::Duration;

use health_runtime::{
    Backoff, BreakerPolicy, BreakerState, Classify, Dependency, DependencyUnhealthy,
    HealthRegistry, Jitter, Outcome,
};

#[derive(Debug)]
struct ComeBackNever;

impl Classify for ComeBackNever {
    fn classify(&self) -> Outcome {
        Outcome::RetryAfter(Duration::MAX)
    }
}

impl From<DependencyUnhealthy> for ComeBackNever {
    fn from(_: DependencyUnhealthy) -> Self {
        Self
    }
}

fn registry(policy: BreakerPolicy) -> HealthRegistry {
    assert_eq!(policy.check(), Ok(()));
    let endless = Dependency::new("endless").breaker(policy);
    HealthRegistry::builder()
        .dependency(endless)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lease_without_end() {
    let registry = registry(BreakerPolicy {
        consecutive: Some(1),
        trial_lease: Duration::MAX,
        abandoned_after: Duration::MAX,
        ..BreakerPolicy::default()
    });
    registry.record_failure("endless", "connection refused");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer: Result<(), DependencyUnhealthy> = registry.call("endless", async { Ok(()) }).await;
    assert!(answer.is_ok(), "the trial");
    assert_eq!(
        registry.health("endless").unwrap().breaker,
        BreakerState::Closed
    );
}

#[tokio::test(start_paused = true)]
async fn a_cooldown_without_end() {
    let registry = registry(BreakerPolicy {
        consecutive: Some(1),
        backoff: Backoff {
            initial: Duration::MAX,
            max: Duration::MAX,
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    });
    registry.record_failure("endless", "connection refused");
    let answer: Result<(), DependencyUnhealthy> = registry.call("endless", async { Ok(()) }).await;
    assert_eq!(
        answer.unwrap_err().retry_after(),
        Duration::from_millis(u64::from(u32::MAX))
    );
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_never_wants_to_be_called_again() {
    let registry = registry(BreakerPolicy {
        consecutive: Some(1),
        retry_after_max: Duration::MAX,
        ..BreakerPolicy::default()
    });
    let answer: Result<(), ComeBackNever> = registry
        .call_classified("endless", async { Err(ComeBackNever) })
        .await;
    assert!(answer.is_err());
    assert_eq!(
        registry.health("endless").unwrap().breaker,
        BreakerState::Open
    );
}
