//! Slow calls, through annotated functions.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use health_runtime::{
    BreakerState, BulkheadPolicy, DependencyState, HealthRegistry, Policy, Window, guarded,
};

use crate::subject::{Answer, SECOND};
use crate::support::{DOWN, explain, half_may_be_slow, set};

fn breaker(dependency: &str) -> BreakerState {
    HealthRegistry::current()
        .health(dependency)
        .unwrap()
        .breaker
}

fn state(dependency: &str) -> DependencyState {
    HealthRegistry::current().get_state(dependency).unwrap()
}

#[guarded(deps = ["slow"])]
async fn slow(takes: Duration) -> Answer {
    tokio::time::sleep(takes).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_that_succeed_too_late_trip() {
    set("slow", half_may_be_slow(Window::Calls(10)));
    slow(SECOND / 2).await.unwrap();
    slow(2 * SECOND).await.unwrap();
    assert_eq!(state("slow"), DependencyState::Degraded);
    assert!(explain("slow").contains("a call was slow, and none was quick since"));
    slow(SECOND / 2).await.unwrap();
    assert_eq!(state("slow"), DependencyState::Healthy);
    slow(2 * SECOND).await.unwrap();
    assert_eq!(breaker("slow"), BreakerState::Open, "2 of 4");
    assert!(slow(Duration::ZERO).await.is_err(), "refused");
}

#[guarded(deps = ["slow-to-start"])]
async fn blocks_before_it_waits(takes: Duration) -> Answer {
    // Time passes before the body is first found to wait.
    tokio::time::advance(takes).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_time_counts_from_the_admission_not_from_the_first_wait() {
    set("slow-to-start", half_may_be_slow(Window::Calls(10)));
    blocks_before_it_waits(2 * SECOND).await.unwrap();
    assert_eq!(state("slow-to-start"), DependencyState::Degraded);
}

#[guarded(deps = ["slow-and-quick", "of-no-interest"])]
async fn of_two(takes: Duration) -> Answer {
    tokio::time::sleep(takes).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_dependency_without_such_a_rule_is_not_judged_by_it() {
    set("slow-and-quick", half_may_be_slow(Window::Calls(10)));
    of_two(2 * SECOND).await.unwrap();
    assert_eq!(state("slow-and-quick"), DependencyState::Degraded);
    assert_eq!(state("of-no-interest"), DependencyState::Healthy);
}

#[guarded(deps = ["abandoned"])]
async fn hangs() -> Answer {
    std::future::pending().await
}

/// Its caller's timeout ends it: a failure, and slow.
#[tokio::test(start_paused = true)]
async fn a_call_that_its_caller_gives_up_on_is_slow_too() {
    let mut policy = half_may_be_slow(Window::Calls(10));
    policy.consecutive = None;
    set("abandoned", policy);
    for _ in 0..4 {
        assert!(tokio::time::timeout(2 * SECOND, hangs()).await.is_err());
    }
    assert_eq!(breaker("abandoned"), BreakerState::Open);
}

#[guarded(deps = ["given-up-early"])]
async fn is_given_up() -> Answer {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_early_says_nothing() {
    set("given-up-early", half_may_be_slow(Window::Calls(10)));
    for _ in 0..10 {
        assert!(
            tokio::time::timeout(SECOND / 2, is_given_up())
                .await
                .is_err()
        );
    }
    assert_eq!(state("given-up-early"), DependencyState::Healthy);
    // The success with which these tests begin was reported before the rule was set.
    let why = explain("given-up-early");
    assert!(why.contains("0% of 0 calls"), "{why}");
}

#[guarded(deps = ["slow-retried"], attempts = 2, backoff = "5s..5s")]
async fn fails_first(calls: &AtomicU32) -> Answer {
    match calls.fetch_add(1, Ordering::Relaxed) {
        0 => DOWN,
        _ => Ok(()),
    }
}

#[tokio::test(start_paused = true)]
async fn the_pause_before_another_attempt_is_not_slowness() {
    set("slow-retried", half_may_be_slow(Window::Calls(10)));
    let start = tokio::time::Instant::now();
    fails_first(&AtomicU32::new(0)).await.unwrap();
    assert!(start.elapsed() > 2 * SECOND, "it has paused");
    assert_eq!(state("slow-retried"), DependencyState::Healthy);
}

#[guarded(deps = ["slow-queue"], bulkhead = 10)]
async fn one_at_a_time(takes: Duration) -> Answer {
    tokio::time::sleep(takes).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_place_is_not_slowness_and_not_the_dependencys_fault() {
    let mut policy = Policy::from(half_may_be_slow(Window::Calls(100)));
    policy.bulkhead = Some(BulkheadPolicy {
        queue: 10,
        queue_timeout: 60 * SECOND,
        ..BulkheadPolicy::new(1)
    });
    set("slow-queue", policy);
    let all = (0..8).map(|_| tokio::spawn(one_at_a_time(SECOND / 2)));
    for call in all.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(state("slow-queue"), DependencyState::Healthy);
    // Given up on in the queue, after longer than a call may be abandoned for.
    let first = tokio::spawn(one_at_a_time(SECOND / 2 * 5));
    tokio::task::yield_now().await;
    let queued = tokio::time::timeout(2 * SECOND, one_at_a_time(Duration::ZERO));
    assert!(queued.await.is_err());
    let health = HealthRegistry::global().health("slow-queue").unwrap();
    assert_eq!(health.consecutive_failures, 0, "{health:?}");
    first.await.unwrap().unwrap();
}

#[guarded(deps = ["slow-and-limited"], timeout = "3s")]
async fn never_answers() -> Answer {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_time_is_taken_still_has_its_limit() {
    set("slow-and-limited", half_may_be_slow(Window::Calls(10)));
    let start = tokio::time::Instant::now();
    assert!(never_answers().await.is_err());
    assert_eq!(start.elapsed(), 3 * SECOND);
    let why = explain("slow-and-limited");
    assert!(
        why.contains("rate of calls of 1s or longer 100% of the last 1 call"),
        "{why}"
    );
}
