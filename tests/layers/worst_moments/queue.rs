//! Calls that wait for a place in a bulkhead.

use std::time::Duration;

use health_runtime::{
    BreakerState, BulkheadPolicy, HealthRegistry, InCurrentRegistry, Policy, guarded, testing,
};
use tokio::task::JoinHandle;

use super::{SECOND, assert_failures, inner_pool, one_at_a_time, with_pool};
use crate::support::Error;

const QUEUE: BulkheadPolicy = BulkheadPolicy {
    queue: 4,
    queue_timeout: Duration::from_secs(60),
    ..BulkheadPolicy::new(1)
};

/// One call of `pool` may run, and others wait for it.
fn queueing() -> HealthRegistry {
    with_pool(Policy {
        bulkhead: Some(QUEUE),
        timeout: None,
        ..Policy::default()
    })
}

/// Lets a long call of `pool` run.
async fn take_the_place() -> JoinHandle<Result<u32, Error>> {
    let running = tokio::spawn(inner_pool(30 * SECOND).in_current_registry());
    tokio::task::yield_now().await;
    running
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_waits_for_pool() -> Result<u32, Error> {
    inner_pool(SECOND).await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_left_the_queue_is_no_failure_of_its_dependency() {
    queueing()
        .scope(async {
            let running = take_the_place().await;
            assert!(outer_waits_for_pool().await.is_err());
            assert_failures([("pool", 0)]);
            running.abort();
        })
        .await;
}

#[guarded(deps = ["outer"], timeout = "none")]
async fn outer_without_limit() -> Result<u32, Error> {
    inner_pool(SECOND).await
}

#[tokio::test(start_paused = true)]
async fn dropped_while_the_inner_call_is_queued_blames_nobody() {
    queueing()
        .scope(async {
            let running = take_the_place().await;
            assert!(
                tokio::time::timeout(2 * SECOND, outer_without_limit())
                    .await
                    .is_err()
            );
            assert_failures([("pool", 0), ("outer", 0)]);
            running.abort();
        })
        .await;
}

#[guarded(deps = ["first", "pool"])]
async fn of_two(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn a_saturated_call_names_the_dependency_that_is_full() {
    one_at_a_time()
        .scope(async {
            let (one, two) = tokio::join!(of_two(SECOND), of_two(SECOND));
            assert_eq!(one, Ok(7));
            let refusal = match two {
                Err(Error::Refused(refusal)) => refusal,
                other => panic!("{other:?}"),
            };
            assert_eq!(refusal.dependency(), Some("pool"), "{refusal} {refusal:?}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_reset_of_the_breaker_refuses_nobody_who_waits_in_the_queue() {
    queueing()
        .scope(async {
            let running = tokio::spawn(inner_pool(2 * SECOND).in_current_registry());
            tokio::task::yield_now().await;
            let queued = tokio::spawn(inner_pool(SECOND).in_current_registry());
            tokio::task::yield_now().await;
            testing::trip("pool");
            testing::heal("pool");
            assert_eq!(
                HealthRegistry::current().health("pool").unwrap().breaker,
                BreakerState::Closed
            );
            assert_eq!(running.await.unwrap(), Ok(7));
            assert_eq!(queued.await.unwrap(), Ok(7), "closed before, closed now");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_trial_in_the_queue_goes_on_when_another_has_closed_the_breaker() {
    let mut policy = Policy {
        bulkhead: Some(QUEUE),
        ..Policy::default()
    };
    policy.breaker.max_trials = 2;
    let registry = with_pool(policy);
    registry
        .scope(async {
            testing::trip("pool");
            tokio::time::advance(2 * SECOND).await;
            let (one, two) = tokio::join!(inner_pool(SECOND), inner_pool(SECOND));
            assert_eq!((one, two), (Ok(7), Ok(7)));
        })
        .await;
}

#[guarded(deps = ["pool"], attempts = 3, backoff = "1ms..2ms", bulkhead = 4, timeout = "20ms")]
async fn stress(nth: u32) -> Result<u32, Error> {
    for _ in 0..nth % 7 {
        tokio::task::yield_now().await;
    }
    match nth % 5 {
        0 => Err(Error::Down),
        1 => {
            tokio::time::sleep(Duration::from_millis(40)).await;
            Ok(1)
        }
        2 => Box::pin(stress(nth + 1)).await,
        _ => Ok(1),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_end_in_every_way_leave_no_place_taken() {
    let policy = Policy {
        bulkhead: Some(BulkheadPolicy {
            queue: 8,
            queue_timeout: SECOND / 10,
            ..BulkheadPolicy::new(3)
        }),
        ..Policy::default()
    };
    let registry = with_pool(policy);
    registry
        .clone()
        .scope(async {
            let mut tasks = Vec::new();
            for nth in 0..400u32 {
                let call = stress(nth).in_current_registry();
                tasks.push(tokio::spawn(tokio::time::timeout(
                    Duration::from_millis(u64::from(nth % 50)),
                    call,
                )));
                if nth % 20 == 0 {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            }
            for task in tasks {
                let _r = task.await.unwrap();
            }
            let registry = HealthRegistry::current();
            let bulkhead = registry.bulkhead("pool").unwrap().unwrap();
            assert_eq!((bulkhead.in_flight, bulkhead.queued), (0, 0));
        })
        .await;
}
