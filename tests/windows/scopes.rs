//! The same in the registry of a scope, and by name.

use health_runtime::{BreakerState, HealthRegistry, Window, guarded, testing};

use crate::subject::{Answer, SECOND, registry_of};
use crate::support::{DOWN, half_may_be_slow, half_may_fail};

#[guarded(deps = ["scoped"])]
async fn scoped(answer: Answer) -> Answer {
    answer
}

#[guarded(deps = ["scoped"])]
async fn scoped_and_slow() -> Answer {
    tokio::time::sleep(2 * SECOND).await;
    Ok(())
}

fn breaker(registry: &HealthRegistry) -> BreakerState {
    registry.health("scoped").unwrap().breaker
}

#[tokio::test(start_paused = true)]
async fn a_rate_of_failures_trips_in_a_scope_and_by_name() {
    let registry = registry_of([("scoped", half_may_fail(Window::Calls(20)))]);
    registry
        .scope(async {
            for _ in 0..5 {
                scoped(Ok(())).await.unwrap();
            }
        })
        .await;
    for _ in 0..4 {
        let failed: Answer = registry.call("scoped", async { DOWN }).await;
        assert!(failed.is_err());
    }
    assert_eq!(breaker(&registry), BreakerState::Closed);
    registry
        .scope(async { scoped(DOWN).await.unwrap_err() })
        .await;
    assert_eq!(breaker(&registry), BreakerState::Open, "5 of 10");
}

#[tokio::test(start_paused = true)]
async fn slow_calls_trip_in_a_scope_and_by_name() {
    let registry = registry_of([("scoped", half_may_be_slow(Window::Calls(20)))]);
    for _ in 0..2 {
        registry
            .scope(async { scoped_and_slow().await.unwrap() })
            .await;
        let answer: Answer = registry
            .call("scoped", async {
                tokio::time::sleep(2 * SECOND).await;
                Ok(())
            })
            .await;
        answer.unwrap();
    }
    assert_eq!(breaker(&registry), BreakerState::Open, "4 of 4");
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_answers_too_late_does_not_close() {
    let registry = registry_of([("scoped", half_may_be_slow(Window::Calls(20)))]);
    registry
        .scope(async {
            testing::trip("scoped");
            tokio::time::sleep(SECOND).await;
            scoped_and_slow().await.unwrap();
            assert_eq!(breaker(&registry), BreakerState::Open);
            tokio::time::sleep(2 * SECOND).await;
            scoped(Ok(())).await.unwrap();
            assert_eq!(breaker(&registry), BreakerState::Closed);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn healing_in_a_test_forgets_what_was_counted() {
    let registry = registry_of([("scoped", half_may_fail(Window::Calls(20)))]);
    registry
        .scope(async {
            for _ in 0..9 {
                assert!(scoped(DOWN).await.is_err());
            }
            testing::heal("scoped");
            assert!(scoped(DOWN).await.is_err());
            assert_eq!(breaker(&registry), BreakerState::Closed, "1 of 1");
        })
        .await;
}

#[guarded(deps = ["scoped"])]
async fn gets_over_it() -> Answer {
    let _failed = scoped(DOWN).await;
    Ok(())
}

/// As without rate rules: that the outer call went on does not make the failure good.
#[tokio::test(start_paused = true)]
async fn the_failure_of_a_nested_call_is_counted_once_and_not_erased() {
    let registry = registry_of([("scoped", half_may_fail(Window::Calls(20)))]);
    registry
        .scope(async { gets_over_it().await.unwrap() })
        .await;
    let health = registry.health("scoped").unwrap();
    assert_eq!(health.consecutive_failures, 1);
    let why = registry.explain("scoped").unwrap();
    assert!(
        why.contains("failure rate 100% of the last 1 call,"),
        "{why}"
    );
}
