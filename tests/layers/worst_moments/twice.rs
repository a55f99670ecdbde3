//! One dependency, or one key, under two names.

use health_runtime::{
    BreakerState, Dependency as Dep, FailureRate, HealthRegistry, Policy, Window, guarded,
};

use super::{one_at_a_time, with_pool};
use crate::support::Error;

const POOL: &str = "pool";

#[guarded(deps = ["pool", POOL])]
async fn twice_named(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[tokio::test(start_paused = true)]
async fn named_twice_takes_one_place_of_the_bulkhead() {
    one_at_a_time()
        .scope(async {
            assert_eq!(twice_named(Ok(7)).await, Ok(7));
        })
        .await;
}

fn rated() -> Policy {
    let rate = FailureRate {
        rate: 0.5,
        window: Window::Calls(100),
        min_calls: 4,
    };
    let mut policy = Policy::default();
    policy.breaker.consecutive = None;
    policy.breaker.failure_rate = Some(rate);
    policy
}

#[guarded(deps = ["pool"])]
async fn once_named(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[tokio::test(start_paused = true)]
async fn named_twice_counts_a_success_once() {
    for twice in [false, true] {
        with_pool(rated())
            .scope(async {
                for answer in [Ok(7), Ok(7), Err(Error::Down), Err(Error::Down)] {
                    let _r = if twice {
                        twice_named(answer).await
                    } else {
                        once_named(answer).await
                    };
                }
                let health = HealthRegistry::current().health("pool").unwrap();
                assert_eq!(
                    health.breaker,
                    BreakerState::Open,
                    "2 of 4 have failed; twice: {twice}"
                );
            })
            .await;
    }
}

#[guarded(deps = ["http"], key = ["http" = a, "http" = b])]
async fn two_keys(a: &str, b: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[health_runtime::test]
async fn equal_keys_of_one_dependency_count_once() {
    for _ in 0..4 {
        assert!(two_keys("x", "x", Err(Error::Down)).await.is_err());
    }
    let health = HealthRegistry::current()
        .key_health("http", "x")
        .unwrap()
        .unwrap();
    assert_eq!(health.consecutive_failures, 4);
    assert_eq!(two_keys("x", "x", Ok(1)).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn equal_keys_count_a_success_once() {
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("http").policy(rated()))
        .build()
        .unwrap()
        .scope(async {
            for answer in [Ok(7), Ok(7), Err(Error::Down), Err(Error::Down)] {
                let _r = two_keys("x", "x", answer).await;
            }
            let health = HealthRegistry::current()
                .key_health("http", "x")
                .unwrap()
                .unwrap();
            assert_eq!(health.breaker, BreakerState::Open, "2 of 4 have failed");
        })
        .await;
}
