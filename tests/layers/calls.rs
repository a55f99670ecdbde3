//! `testing::calls`: what a test can say of the calls that were made.

use std::time::Duration;

use health_runtime::{
    BulkheadPolicy, DependencyUnhealthy, HealthRegistry, InCurrentRegistry, Policy, Reason,
    RetryPolicy, guarded, testing,
};

use crate::support::Error;

const SECOND: Duration = Duration::from_secs(1);

#[guarded(deps = ["store"])]
async fn say(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[guarded(deps = ["store"], shed = "degraded")]
async fn skippable() -> Result<u32, Error> {
    Ok(7)
}

#[guarded(deps = ["store"], attempts = 3, timeout = "1s", backoff = "100ms..100ms")]
async fn again(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[guarded(deps = ["store", "index"])]
async fn of_both(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[guarded(deps = ["store"], key = tenant, role = "read")]
async fn of_tenant(tenant: &str) -> Result<u32, DependencyUnhealthy> {
    Ok(tenant.len() as u32)
}

#[health_runtime::test]
async fn every_end_of_a_call_is_counted_once() {
    assert_eq!(say(Ok(7)).await, Ok(7));
    assert!(say(Err(Error::Down)).await.is_err());
    assert!(say(Err(Error::NotFound)).await.is_err());
    let panics = tokio::spawn(
        async {
            testing::inject("store").panic().next(1);
            say(Ok(7)).await
        }
        .in_current_registry(),
    );
    assert!(panics.await.unwrap_err().is_panic());
    testing::inject("store").hang().next(1);
    let dropped = tokio::time::timeout(SECOND / 10, say(Ok(7))).await;
    assert!(dropped.is_err());

    let calls = testing::calls("store");
    assert_eq!(calls.admitted, 5);
    assert_eq!((calls.succeeded, calls.failed), (1, 2));
    assert_eq!((calls.neutral, calls.dropped), (1, 1));
    assert_eq!(calls.refused.total(), 0);
}

#[health_runtime::test]
async fn a_call_that_runs_out_of_time_in_every_attempt_is_one_failure() {
    assert!(again(60 * SECOND).await.is_err());
    let calls = testing::calls("store");
    assert_eq!((calls.admitted, calls.retries, calls.timed_out), (1, 2, 3));
    assert_eq!((calls.failed, calls.attempts()), (1, 3));
}

#[health_runtime::test]
async fn every_refusal_is_counted_by_its_reason_and_is_no_call() {
    let policy = Policy {
        bulkhead: Some(BulkheadPolicy::new(3)),
        ..Policy::default()
    };
    let registry = HealthRegistry::current();
    let _change = registry.update_policy("store", policy).unwrap();
    {
        let _full = testing::saturate("store");
        assert!(say(Ok(7)).await.is_err());
    }
    testing::trip("store");
    assert!(say(Ok(7)).await.is_err());
    assert!(skippable().await.is_err());

    let calls = testing::calls("store");
    for reason in [Reason::Saturated, Reason::CircuitOpen, Reason::Shed] {
        assert_eq!(calls.refused.by(reason), 1, "{reason}");
    }
    assert_eq!((calls.refused.total(), calls.admitted), (3, 0));
}

#[health_runtime::test]
async fn a_spent_budget_is_told_apart_from_a_call_that_gave_up() {
    testing::exhaust_retries("store");
    testing::inject("store").error().next(1);
    assert!(again(Duration::ZERO).await.is_err());
    let calls = testing::calls("store");
    assert_eq!((calls.attempts(), calls.retries_refused), (1, 1));

    testing::advance(20 * SECOND).await;
    testing::inject("store").error().next(1);
    assert_eq!(again(Duration::ZERO).await, Ok(7), "tokens come in again");
}

#[health_runtime::test]
async fn a_call_is_counted_once_for_each_of_its_dependencies_whatever_its_keys() {
    assert_eq!(of_both(Ok(7)).await, Ok(7));
    assert_eq!(of_tenant("four").await.unwrap(), 4);
    let of = |name| testing::calls(name).succeeded;
    assert_eq!((of("store"), of("index")), (2, 1));
}

#[health_runtime::test]
async fn a_refusal_is_counted_for_who_refuses() {
    testing::trip("index");
    assert!(of_both(Ok(7)).await.is_err());
    assert_eq!(testing::calls("index").refused.total(), 1);
    assert_eq!(testing::calls("store"), testing::Calls::default());
}

#[health_runtime::test]
async fn a_key_can_be_tripped_and_healed_without_its_neighbours() {
    testing::trip_key("store", "bad");
    assert!(of_tenant("bad").await.is_err());
    assert_eq!(of_tenant("good").await.unwrap(), 4);
    testing::heal("store");
    assert!(of_tenant("bad").await.is_err(), "a key is healed by itself");
    testing::heal_key("store", "bad");
    assert_eq!(of_tenant("bad").await.unwrap(), 3);
}

#[health_runtime::test]
async fn one_test_does_not_see_the_calls_of_another_registry() {
    assert_eq!(say(Ok(7)).await, Ok(7));
    testing::registry()
        .scope(async {
            assert_eq!(testing::calls("store"), testing::Calls::default());
        })
        .await;
}

#[health_runtime::test]
#[should_panic(expected = "store has no bulkhead")]
async fn what_has_no_bulkhead_cannot_be_saturated() {
    let _full = testing::saturate("store");
}

#[health_runtime::test]
#[should_panic(expected = "store has no budget of retries")]
async fn what_has_no_budget_cannot_be_exhausted() {
    let policy = Policy {
        retry: RetryPolicy {
            budget: None,
            ..RetryPolicy::default()
        },
        ..Policy::default()
    };
    let registry = HealthRegistry::current();
    let _change = registry.update_policy("store", policy).unwrap();
    testing::exhaust_retries("store");
}
