//! `timeout`: the limit of one attempt.

use std::time::Duration;

use health_runtime::guarded;
use health_runtime::{DependencyState, DependencyUnhealthy, FailureKind, HealthRegistry, Reason};

use crate::support::Error;

#[guarded(deps = ["slow"], timeout = "2s")]
async fn load(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[guarded(deps = ["slow"])]
async fn load_by_policy(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[guarded(deps = ["slow"], timeout = "none")]
async fn load_without_limit(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

fn health() -> health_runtime::DependencyHealth {
    HealthRegistry::current().health("slow").unwrap()
}

#[health_runtime::test]
async fn a_call_that_takes_too_long_is_cut_and_fails_its_dependency() {
    let start = tokio::time::Instant::now();
    let error = load(Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(error.reason(), Some(Reason::TimedOut));
    let health = health();
    assert_eq!(health.consecutive_failures, 1);
    let failure = health.last_error.unwrap();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(&*failure.message, "no answer within 2s");
}

#[health_runtime::test]
async fn a_call_that_is_in_time_is_not_touched() {
    assert_eq!(load(Duration::from_millis(1_999)).await.unwrap(), 7);
    assert_eq!(health().state, DependencyState::Healthy);
}

#[health_runtime::test]
async fn without_the_argument_the_policy_limits_to_thirty_seconds() {
    let start = tokio::time::Instant::now();
    assert!(load_by_policy(Duration::from_secs(60)).await.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[health_runtime::test]
async fn none_takes_the_limit_away() {
    assert_eq!(
        load_without_limit(Duration::from_secs(3_600))
            .await
            .unwrap(),
        7
    );
}

#[guarded(deps = ["outer"], timeout = "500ms")]
async fn around() -> Result<u32, Error> {
    load(Duration::from_secs(60)).await
}

#[health_runtime::test]
async fn the_one_that_was_waited_for_is_to_blame_and_not_the_one_that_waited() {
    let error = around().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::TimedOut));
    assert_eq!(health().consecutive_failures, 1, "the nested call hung");
    let outer = HealthRegistry::current().health("outer").unwrap();
    assert_eq!(outer.consecutive_failures, 0);
}

#[test]
fn outside_of_a_runtime_a_written_limit_is_a_clear_error_and_no_panic() {
    struct Never;
    impl std::task::Wake for Never {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    #[guarded(deps = ["no-runtime"], timeout = "2s")]
    async fn waits() -> Result<u32, DependencyUnhealthy> {
        std::future::pending().await
    }
    let waker = std::task::Waker::from(std::sync::Arc::new(Never));
    let mut call = std::pin::pin!(waits());
    let polled = call
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&waker));
    let std::task::Poll::Ready(Err(refusal)) = polled else {
        panic!("no error");
    };
    assert_eq!(refusal.reason(), Reason::NoRuntime);
}
