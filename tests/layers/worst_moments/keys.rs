//! Keys that are pushed out, nested, or none.

use std::time::Duration;

use health_runtime::{BreakerState, HealthRegistry, InCurrentRegistry, guarded, testing};

use super::SECOND;
use crate::support::Error;

#[guarded(deps = ["http"], key = a, timeout = "none")]
async fn by_key(a: &str, takes: Duration, answer: Result<u32, Error>) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    answer
}

#[health_runtime::test]
async fn a_key_with_a_trial_in_flight_is_pushed_out_by_nobody() {
    for _ in 0..5 {
        assert!(by_key("x", Duration::ZERO, Err(Error::Down)).await.is_err());
    }
    testing::advance(2 * SECOND).await;
    let _trial = tokio::spawn(by_key("x", SECOND, Err(Error::Down)).in_current_registry());
    tokio::task::yield_now().await;
    for nth in 0..20_000u32 {
        let key = nth.to_string();
        let _r = by_key(&key, Duration::ZERO, Ok(1)).await;
    }
    let second = by_key("x", Duration::ZERO, Ok(1)).await;
    assert!(second.is_err(), "its trial is in flight");
}

#[guarded(deps = ["http"], key = a)]
async fn nested_keyed(a: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    tokio::task::yield_now().await;
    by_key(a, Duration::from_millis(1), answer).await
}

#[health_runtime::test]
async fn nested_keyed_calls_count_once() {
    for _ in 0..4 {
        assert!(nested_keyed("x", Err(Error::Down)).await.is_err());
    }
    let health = HealthRegistry::current()
        .key_health("http", "x")
        .unwrap()
        .unwrap();
    assert_eq!(health.consecutive_failures, 4);
    assert!(nested_keyed("x", Err(Error::Down)).await.is_err());
    testing::advance(2 * SECOND).await;
    assert_eq!(nested_keyed("x", Ok(1)).await, Ok(1));
    assert_eq!(
        HealthRegistry::current()
            .key_health("http", "x")
            .unwrap()
            .unwrap()
            .breaker,
        BreakerState::Closed
    );
}

#[guarded(deps = ["mirror"], role = "metadata")]
async fn only_role(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[guarded(deps = ["mirror"], key = key, role = "metadata")]
async fn role_and_key(key: Option<&str>, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[health_runtime::test]
async fn a_role_without_a_key_is_one_of_the_dependency() {
    for _ in 0..5 {
        assert!(only_role(Err(Error::Down)).await.is_err());
    }
    assert!(only_role(Ok(1)).await.is_err());
    assert!(
        role_and_key(None, Ok(1)).await.is_err(),
        "the same role of the dependency"
    );
    assert!(role_and_key(Some("x"), Ok(1)).await.is_ok());
}
