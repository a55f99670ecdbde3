//! "The trial ended in an error that we ignore, and the breaker never left half-open", or "...and
//! it opened although the error is ignored".
//!
//! Met by users of resilience4j (resilience4j/resilience4j#544: the slot was never given back),
//! Polly (App-vNext/Polly#311, #717: an unhandled exception used up the only trial) and of nora
//! (getnora-io/nora#585: a 404 from upstream).

use std::time::Duration;

use health_runtime::{
    BreakerState, Classify, DependencyState, DependencyUnhealthy, HealthRegistry, Outcome, guarded,
    testing,
};

use crate::subject::SECOND;

#[derive(Debug)]
enum StoreError {
    BadRequest,
    NotFound,
    Gone,
    Refused,
    Cancelled,
}

impl From<DependencyUnhealthy> for StoreError {
    fn from(_: DependencyUnhealthy) -> Self {
        Self::Refused
    }
}

impl Classify for StoreError {
    fn classify(&self) -> Outcome {
        match self {
            Self::BadRequest | Self::Refused => Outcome::Neutral,
            Self::NotFound => Outcome::Success,
            Self::Gone => Outcome::FAILURE,
            Self::Cancelled => Outcome::Cancelled,
        }
    }
}

#[guarded(deps = ["redis"])]
async fn load(answer: Result<(), StoreError>) -> Result<(), StoreError> {
    answer
}

fn breaker() -> BreakerState {
    HealthRegistry::current().health("redis").unwrap().breaker
}

async fn half_open() {
    testing::trip("redis");
    testing::advance(SECOND).await;
    assert_eq!(breaker(), BreakerState::HalfOpen);
}

#[health_runtime::test]
async fn a_neutral_trial_leaves_it_half_open_with_the_place_free() {
    half_open().await;
    for _ in 0..50 {
        let answer = load(Err(StoreError::BadRequest)).await;
        assert!(matches!(answer, Err(StoreError::BadRequest)), "it ran");
        let answer = load(Err(StoreError::Cancelled)).await;
        assert!(matches!(answer, Err(StoreError::Cancelled)), "it ran");
    }
    assert_eq!(breaker(), BreakerState::HalfOpen);
    load(Ok(())).await.unwrap();
    assert_eq!(breaker(), BreakerState::Closed);
}

#[health_runtime::test]
async fn an_error_that_proves_the_store_alive_closes_it() {
    half_open().await;
    let answer = load(Err(StoreError::NotFound)).await;
    assert!(matches!(answer, Err(StoreError::NotFound)));
    assert_eq!(breaker(), BreakerState::Closed);
}

#[health_runtime::test]
async fn a_failed_trial_opens_it_again() {
    half_open().await;
    let _failed = load(Err(StoreError::Gone)).await;
    assert_eq!(breaker(), BreakerState::Open);
}

#[health_runtime::test]
async fn ignored_outcomes_neither_count_nor_erase_failures_while_closed() {
    for _ in 0..4 {
        let _failed = load(Err(StoreError::Gone)).await;
    }
    for _ in 0..50 {
        let _ignored = load(Err(StoreError::BadRequest)).await;
        let _ignored = load(Err(StoreError::Cancelled)).await;
    }
    assert_eq!(breaker(), BreakerState::Closed);
    let _fifth = load(Err(StoreError::Gone)).await;
    assert_eq!(breaker(), BreakerState::Open);
}

#[health_runtime::test]
async fn an_ignored_outcome_is_no_proof_of_health() {
    let _failed = load(Err(StoreError::Gone)).await;
    testing::advance(Duration::from_secs(5)).await;
    let _ignored = load(Err(StoreError::BadRequest)).await;
    let health = HealthRegistry::current().health("redis").unwrap();
    assert_eq!(health.state, DependencyState::Degraded);
    assert_eq!(health.last_success, Some(Duration::from_secs(5)));
}
