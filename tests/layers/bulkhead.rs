//! `bulkhead`, and the one of a dependency's policy: a cap on the calls in flight.

use std::time::Duration;

use health_runtime::{
    BulkheadPolicy, BulkheadState, Dependency, HealthRegistry, InCurrentRegistry, Policy, Reason,
    guarded, testing,
};

use crate::support::Error;

#[guarded(deps = ["pool"], bulkhead = 2)]
async fn two_at_a_time(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[guarded(deps = ["pool"])]
async fn any(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

const SECOND: Duration = Duration::from_secs(1);

/// A registry whose `pool` takes one call at a time, and lets one more wait.
pub(crate) fn one_at_a_time() -> HealthRegistry {
    let bulkhead = BulkheadPolicy {
        queue: 1,
        queue_timeout: 10 * SECOND,
        ..BulkheadPolicy::new(1)
    };
    let policy = Policy {
        bulkhead: Some(bulkhead),
        ..Policy::default()
    };
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dependency::new("pool").policy(policy))
        .build()
        .unwrap()
}

fn spawn(
    call: impl Future<Output = Result<u32, Error>> + Send + 'static,
) -> tokio::task::JoinHandle<Result<u32, Error>> {
    tokio::spawn(call.in_current_registry())
}

#[health_runtime::test]
async fn the_cap_of_a_function_holds_and_its_places_come_back() {
    let (one, two) = (spawn(two_at_a_time(SECOND)), spawn(two_at_a_time(SECOND)));
    tokio::task::yield_now().await;
    let error = two_at_a_time(SECOND).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Saturated));
    assert_eq!(any(SECOND).await, Ok(7), "the cap is that function's");
    assert!(one.await.unwrap().is_ok() && two.await.unwrap().is_ok());
    assert_eq!(two_at_a_time(SECOND).await, Ok(7));
}

#[health_runtime::test]
async fn a_saturated_call_is_nobody_s_failure() {
    let _running = [spawn(two_at_a_time(SECOND)), spawn(two_at_a_time(SECOND))];
    tokio::task::yield_now().await;
    for _ in 0..100 {
        assert!(two_at_a_time(SECOND).await.is_err());
    }
    let health = HealthRegistry::current().health("pool").unwrap();
    assert_eq!((health.consecutive_failures, health.refusals), (0, 100));
}

#[tokio::test(start_paused = true)]
async fn the_cap_of_a_dependency_holds_for_all_of_its_functions_with_a_bounded_queue() {
    let registry = one_at_a_time();
    registry
        .scope(async {
            let running = spawn(any(SECOND));
            tokio::task::yield_now().await;
            let waiting = spawn(two_at_a_time(SECOND));
            tokio::task::yield_now().await;
            let state = HealthRegistry::current().bulkhead("pool").unwrap().unwrap();
            let BulkheadState {
                in_flight, queued, ..
            } = state;
            assert_eq!((in_flight, queued), (1, 1));
            let error = any(SECOND).await.unwrap_err();
            assert_eq!(error.reason(), Some(Reason::Saturated));
            assert!(running.await.unwrap().is_ok());
            assert!(waiting.await.unwrap().is_ok());
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_in_the_queue_leaves_it_and_is_no_failure() {
    let registry = one_at_a_time();
    registry
        .scope(async {
            let running = spawn(any(5 * SECOND));
            tokio::task::yield_now().await;
            let waited = tokio::time::timeout(2 * SECOND, any(SECOND)).await;
            assert!(waited.is_err(), "its caller gave up");
            let registry = HealthRegistry::current();
            assert_eq!(registry.bulkhead("pool").unwrap().unwrap().queued, 0);
            assert_eq!(registry.health("pool").unwrap().consecutive_failures, 0);
            assert!(running.await.unwrap().is_ok());
            assert_eq!(any(SECOND).await, Ok(7));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_opens_meanwhile_refuses_who_waited() {
    let registry = one_at_a_time();
    registry
        .scope(async {
            let running = spawn(any(SECOND / 10));
            tokio::task::yield_now().await;
            let waiting = spawn(any(SECOND / 10));
            tokio::task::yield_now().await;
            testing::trip("pool");
            assert!(running.await.unwrap().is_ok());
            let error = waiting.await.unwrap().unwrap_err();
            assert_eq!(error.reason(), Some(Reason::CircuitOpen));
        })
        .await;
}
