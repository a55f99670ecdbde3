//! Calls between two attempts, or in a second one.

use std::sync::Mutex;
use std::time::Duration;

use health_runtime::{BreakerState, HealthRegistry, guarded, testing};

use super::{SECOND, assert_failures, inner_retries, last};
use crate::support::{Dependency, Error};

#[guarded(deps = ["outer"], timeout = "none")]
async fn outer_of_retries(dependency: &Dependency) -> Result<u32, Error> {
    inner_retries(dependency).await
}

#[health_runtime::test]
async fn dropped_in_the_pause_of_a_nested_call_blames_the_nested_one_only() {
    let dependency = Dependency::failing(&Error::Down);
    assert!(
        tokio::time::timeout(2 * SECOND, outer_of_retries(&dependency))
            .await
            .is_err()
    );
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_limits_retries(dependency: &Dependency) -> Result<u32, Error> {
    inner_retries(dependency).await
}

#[health_runtime::test]
async fn no_pause_that_ends_after_the_time_of_the_call_around() {
    let dependency = Dependency::failing(&Error::Down);
    let start = tokio::time::Instant::now();
    let answer = outer_limits_retries(&dependency).await;
    assert_eq!(
        (start.elapsed(), answer),
        (Duration::ZERO, Err(Error::Down))
    );
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_limits_retries_later(dependency: &Dependency) -> Result<u32, Error> {
    tokio::time::sleep(SECOND / 100).await;
    inner_retries(dependency).await
}

#[health_runtime::test]
async fn no_pause_beyond_the_limit_of_the_call_around_after_a_first_wait() {
    let dependency = Dependency::failing(&Error::Down);
    assert_eq!(
        outer_limits_retries_later(&dependency).await,
        Err(Error::Down)
    );
}

#[health_runtime::test]
async fn a_trial_that_is_dropped_in_its_pause_has_failed() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    let dependency = Dependency::failing(&Error::Down);
    assert!(
        tokio::time::timeout(SECOND / 10, inner_retries(&dependency))
            .await
            .is_err()
    );
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(health.breaker, BreakerState::Open, "{health:?}");
}

#[guarded(deps = ["inner"], attempts = 3, backoff = "4s", timeout = "none")]
async fn slow_to_fail(first: Duration, dependency: &Dependency) -> Result<u32, Error> {
    tokio::time::sleep(first).await;
    if dependency.ask().is_err() {
        return Err(Error::Down);
    }
    std::future::pending().await
}

#[health_runtime::test]
async fn what_counts_is_the_error_and_not_the_pause_after_it() {
    let dependency = Dependency::answers([Err(Error::Down)]);
    let mut call = Box::pin(slow_to_fail(SECOND / 100, &dependency));
    while dependency.times_asked() < 2 {
        assert!(tokio::time::timeout(SECOND / 20, &mut call).await.is_err());
    }
    drop(call);
    assert_eq!(last("inner").as_deref(), Some("Error Down"));
}

#[guarded(deps = ["inner"], attempts = 3, backoff = "4s", timeout = "none")]
async fn quick_to_fail(dependency: &Dependency) -> Result<u32, Error> {
    if dependency.ask().is_err() {
        return Err(Error::Down);
    }
    std::future::pending().await
}

#[health_runtime::test]
async fn a_first_failure_is_not_forgotten_when_the_second_attempt_is_dropped() {
    let dependency = Dependency::answers([Err(Error::Down)]);
    let mut call = Box::pin(quick_to_fail(&dependency));
    while dependency.times_asked() < 2 {
        assert!(tokio::time::timeout(SECOND / 20, &mut call).await.is_err());
    }
    drop(call);
    assert_failures([("inner", 1)]);
}

#[guarded(deps = ["inner"], attempts = 3, backoff = "1ms")]
async fn sends(mut rest: &[u8], log: &Mutex<Vec<usize>>) -> Result<u32, Error> {
    log.lock().unwrap().push(rest.len());
    while let [_first, tail @ ..] = rest {
        rest = tail;
    }
    Err(Error::Down)
}

#[health_runtime::test]
async fn each_attempt_has_the_arguments_of_the_call() {
    let log = Mutex::default();
    assert!(sends(b"12345", &log).await.is_err());
    assert_eq!(log.into_inner().unwrap(), [5, 5, 5]);
}
