//! Calls within a call of the same dependency: they are parts of its trial.

use health_runtime::{BreakerState, HealthRegistry, guarded, testing};

use super::{SECOND, assert_failures, inner_retries};
use crate::support::{Dependency, Error};

#[guarded(deps = ["inner"], timeout = "1s")]
async fn trial_of_itself(deep: bool) -> Result<u32, Error> {
    if deep {
        Box::pin(trial_of_itself(false)).await
    } else {
        std::future::pending().await
    }
}

#[health_runtime::test]
async fn a_recursive_trial_that_times_out_counts_once_and_frees_its_slot() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    assert!(trial_of_itself(true).await.is_err());
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(health.breaker, BreakerState::Open, "{health:?}");
    testing::advance(20 * SECOND).await;
    assert!(inner_retries(&Dependency::default()).await.is_ok());
}

#[health_runtime::test]
async fn a_recursive_call_that_times_out_counts_once() {
    assert!(trial_of_itself(true).await.is_err());
    assert_failures([("inner", 1)]);
}

/// Its own limit is longer than that of its part.
#[guarded(deps = ["inner"], timeout = "10s")]
async fn load_with_a_part() -> Result<u32, Error> {
    part().await
}

#[guarded(deps = ["inner"], timeout = "1s")]
async fn part() -> Result<u32, Error> {
    std::future::pending().await
}

#[health_runtime::test]
async fn a_trial_whose_part_times_out_has_failed() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    for _ in 0..10 {
        assert!(load_with_a_part().await.is_err());
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(health.breaker, BreakerState::Open, "{health:?}");
}

#[health_runtime::test]
async fn a_part_that_times_out_while_closed_counts_once() {
    for _ in 0..5 {
        assert!(load_with_a_part().await.is_err());
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(health.breaker, BreakerState::Open, "{health:?}");
}

#[guarded(deps = ["inner"], shed = "degraded")]
async fn skippable_part() -> Result<u32, Error> {
    Ok(7)
}

#[guarded(deps = ["inner"])]
async fn whole() -> Result<u32, Error> {
    skippable_part().await
}

#[health_runtime::test]
async fn a_trial_does_not_shed_its_own_part() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    for _ in 0..5 {
        let _first_ones_are_shed = whole().await;
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(health.breaker, BreakerState::Closed, "{health:?}");
}
