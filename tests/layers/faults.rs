//! Injected faults: to every layer they are what a failure of the body would be.

use std::time::Duration;

use health_runtime::{
    BreakerState, BulkheadPolicy, Dependency, HealthRegistry, Policy, Reason, guarded, host,
    testing,
};

use crate::support::Error;

const SECOND: Duration = Duration::from_secs(1);

#[guarded(deps = ["redis"])]
async fn load() -> Result<u32, Error> {
    Ok(7)
}

#[guarded(deps = ["redis"], attempts = 3, timeout = "1s", backoff = "100ms..100ms")]
async fn load_again() -> Result<u32, Error> {
    Ok(7)
}

#[guarded(deps = ["redis"], timeout = "1s", fallback = remembered)]
async fn load_or_remember() -> Result<u32, Error> {
    Ok(7)
}

async fn remembered() -> Result<u32, Error> {
    Ok(1)
}

#[guarded(deps = ["http"], key = host(address))]
async fn fetch(address: &str) -> Result<u32, Error> {
    let _ = address;
    Ok(7)
}

#[guarded(deps = ["http"], key = host(address), role = "metadata")]
async fn head(address: &str) -> Result<u32, Error> {
    let _ = address;
    Ok(8)
}

#[guarded(deps = ["http"], role = "metadata")]
async fn head_of_all() -> Result<u32, Error> {
    Ok(9)
}

#[guarded(deps = ["redis", "api"])]
async fn both() -> Result<u32, Error> {
    Ok(7)
}

fn injected(answer: Result<u32, Error>) -> bool {
    answer.is_err_and(|error| error.reason() == Some(Reason::Injected))
}

fn breaker(dependency: &str) -> BreakerState {
    HealthRegistry::current()
        .health(dependency)
        .unwrap()
        .breaker
}

#[health_runtime::test]
async fn each_attempt_meets_the_next_fault_whatever_its_kind() {
    testing::inject("redis").hang().next(1);
    testing::inject("redis").error().next(1);
    let start = tokio::time::Instant::now();
    assert_eq!(load_again().await, Ok(7));
    let calls = testing::calls("redis");
    assert_eq!(
        (calls.attempts(), calls.timed_out, calls.succeeded),
        (3, 1, 1)
    );
    assert!(start.elapsed() >= SECOND, "the hang was cut by the timeout");
}

#[health_runtime::test]
async fn an_error_that_lasts_is_tried_once_and_counts() {
    testing::inject("redis").lasting_error().always();
    for _ in 0..5 {
        assert!(injected(load_again().await));
    }
    assert_eq!(testing::calls("redis").attempts(), 5);
    assert_eq!(breaker("redis"), BreakerState::Open);
}

#[health_runtime::test]
async fn an_error_that_names_its_wait_is_heard_by_retries_and_by_the_breaker() {
    // Longer than an attempt may take: the call is not tried again.
    testing::inject("redis").retry_after(90 * SECOND).next(5);
    for _ in 0..5 {
        let Err(Error::Refused(refusal)) = load_again().await else {
            panic!("it meets the fault");
        };
        assert_eq!(refusal.retry_after(), 90 * SECOND);
    }
    assert_eq!(testing::calls("redis").attempts(), 5);
    let health = HealthRegistry::current().health("redis").unwrap();
    assert_eq!(health.breaker, BreakerState::Open);
    assert!(health.retry_after >= 90 * SECOND, "{health:?}");
}

#[health_runtime::test]
async fn a_fallback_answers_for_every_fault_that_ends_a_call() {
    testing::inject("redis").error().next(1);
    testing::inject("redis").lasting_error().next(1);
    testing::inject("redis").retry_after(SECOND).next(1);
    testing::inject("redis").hang().next(1);
    for _ in 0..4 {
        assert_eq!(load_or_remember().await, Ok(1));
    }
    assert_eq!(load_or_remember().await, Ok(7));
    let calls = testing::calls("redis");
    assert_eq!((calls.fell_back, calls.failed, calls.succeeded), (4, 4, 1));
}

#[health_runtime::test]
async fn a_fault_of_a_key_is_met_by_its_calls_alone_and_opens_its_breaker() {
    testing::inject("http").error().key("bad.example").next(5);
    for _ in 0..5 {
        assert_eq!(fetch("good.example").await, Ok(7));
        assert!(injected(fetch("bad.example").await));
    }
    let registry = HealthRegistry::current();
    let key = registry.key_health("http", "bad.example").unwrap().unwrap();
    assert_eq!(key.breaker, BreakerState::Open);
    assert_eq!(breaker("http"), BreakerState::Closed);
    assert_eq!(
        fetch("bad.example").await.unwrap_err().reason(),
        Some(Reason::CircuitOpen)
    );
}

#[health_runtime::test]
async fn a_fault_of_a_role_is_met_whatever_the_key_and_one_of_both_by_both() {
    testing::inject("http").error().role("metadata").next(2);
    assert_eq!(fetch("a.example").await, Ok(7));
    assert!(injected(head("a.example").await));
    assert!(injected(head_of_all().await));
    assert_eq!(head_of_all().await, Ok(9), "there were two");

    testing::inject("http")
        .error()
        .key("a.example")
        .role("metadata")
        .next(1);
    assert_eq!(fetch("a.example").await, Ok(7));
    assert_eq!(head("b.example").await, Ok(8));
    assert_eq!(head_of_all().await, Ok(9));
    assert!(injected(head("a.example").await));
}

#[health_runtime::test]
async fn a_key_that_reads_like_a_role_is_not_that_role() {
    #[guarded(deps = ["http"], key = key)]
    async fn of(key: &str) -> Result<u32, Error> {
        Ok(key.len() as u32)
    }
    testing::inject("http").error().role("metadata").always();
    assert_eq!(of("role metadata").await, Ok(13));
}

#[health_runtime::test]
async fn a_key_too_long_to_keep_meets_its_faults() {
    #[guarded(deps = ["http"], key = key)]
    async fn of(key: &str) -> Result<u32, Error> {
        Ok(key.len() as u32)
    }
    let long = "k".repeat(1_000);
    testing::inject("http").error().key(&long).next(1);
    assert!(injected(of(&long).await));
}

#[health_runtime::test]
async fn a_call_that_is_refused_uses_no_fault_up() {
    testing::inject("redis").error().next(1);
    testing::trip("redis");
    assert_eq!(
        load().await.unwrap_err().reason(),
        Some(Reason::CircuitOpen)
    );
    testing::heal("redis");

    let policy = Policy {
        bulkhead: Some(BulkheadPolicy::new(1)),
        ..Policy::default()
    };
    let registry = HealthRegistry::current();
    let _change = registry.update_policy("redis", policy).unwrap();
    let full = testing::saturate("redis");
    assert_eq!(load().await.unwrap_err().reason(), Some(Reason::Saturated));
    drop(full);

    assert!(injected(load().await), "the fault is still there");
    assert_eq!(load().await, Ok(7));
}

#[health_runtime::test]
async fn an_injected_error_says_whose_it_is() {
    testing::inject("api").error().next(5);
    for _ in 0..5 {
        assert!(injected(both().await));
    }
    assert_eq!(breaker("api"), BreakerState::Open);
    assert_eq!(breaker("redis"), BreakerState::Closed);
    let redis = HealthRegistry::current().health("redis").unwrap();
    assert_eq!(redis.consecutive_failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_by_name_meets_the_faults_of_its_registry() {
    let registry = HealthRegistry::builder()
        .dependency(Dependency::new("redis"))
        .build()
        .unwrap();
    registry
        .scope(async {
            testing::inject("redis").lasting_error().next(1);
            let registry = HealthRegistry::current();
            assert!(injected(registry.call("redis", async { Ok(7) }).await));
            assert_eq!(testing::calls("redis").failed, 1);
        })
        .await;
}
