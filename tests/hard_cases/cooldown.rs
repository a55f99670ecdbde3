//! What an open breaker does, and for how long. Of 13 breakers one runs operations while open, one
//! has a cooldown that grows, is capped, is jittered and is never zero, none says when to come
//! back, and none follows paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::{BreakerPolicy, BreakerState, Dependency, HealthRegistry, Reason};

use crate::forms::in_both_forms;
use crate::subject::{Error, SECOND, Subject, refusal};

in_both_forms!(no_operation_runs_while_open on paused_time);
async fn no_operation_runs_while_open(subject: impl Subject) {
    subject.trip().await;
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let inside = Arc::clone(&ran);
        let answer = subject
            .call(async move {
                inside.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .await;
        assert_eq!(refusal(answer).reason(), Reason::CircuitOpen);
    }
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    assert_eq!(Arc::strong_count(&ran), 1, "what was not run is dropped");
    assert_eq!(subject.health().refusals, 100);
}

in_both_forms!(the_refusal_says_when_to_come_back_and_that_is_enough on paused_time);
async fn the_refusal_says_when_to_come_back_and_that_is_enough(subject: impl Subject) {
    subject.trip().await;
    let first = refusal(subject.succeed().await);
    assert!(first.retry_after() >= SECOND / 2 && first.retry_after() <= SECOND);
    tokio::time::sleep(SECOND / 4).await;
    let second = refusal(subject.succeed().await);
    assert_eq!(second.retry_after(), first.retry_after() - SECOND / 4);
    tokio::time::sleep(second.retry_after() - Duration::from_millis(2)).await;
    assert!(subject.succeed().await.is_err(), "not a moment sooner");
    tokio::time::sleep(Duration::from_millis(2)).await;
    subject.succeed().await.expect("it has come back in time");
}

in_both_forms!(a_refusal_for_a_running_trial_says_when_to_come_back_too on paused_time);
async fn a_refusal_for_a_running_trial_says_when_to_come_back_too(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    let trial = tokio::spawn({
        let subject = subject.clone();
        async move { subject.call(std::future::pending()).await }
    });
    tokio::task::yield_now().await;
    let told = refusal(subject.succeed().await);
    assert_eq!(told.reason(), Reason::TrialInFlight);
    assert_eq!(
        told.retry_after(),
        SECOND,
        "soon, as most trials end long before their lease"
    );
    trial.abort();
}

in_both_forms!(only_paused_time_moves_the_breaker on paused_time);
async fn only_paused_time_moves_the_breaker(subject: impl Subject) {
    subject.trip().await;
    let left = subject.health().retry_after;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(subject.health().retry_after, left, "time stands still");
    tokio::time::advance(left - Duration::from_nanos(1)).await;
    assert_eq!(subject.breaker(), BreakerState::Open);
    tokio::time::advance(Duration::from_nanos(1)).await;
    assert_eq!(subject.breaker(), BreakerState::HalfOpen);
    tokio::time::advance(365 * 24 * 3600 * SECOND).await;
    subject.succeed().await.unwrap();
    tokio::time::advance(3600 * SECOND).await;
    assert_eq!(subject.health().last_success, Some(3600 * SECOND));
}

in_both_forms!(the_cooldown_grows_up_to_its_cap_and_is_never_near_zero on paused_time);
async fn the_cooldown_grows_up_to_its_cap_and_is_never_near_zero(subject: impl Subject) {
    subject.trip().await;
    for base in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
        let cooldown = subject.health().retry_after;
        let base = base * SECOND;
        assert!(
            cooldown >= base / 2 && cooldown <= base,
            "{cooldown:?} for {base:?}"
        );
        subject.cool_down().await;
        let failed = subject.fail().await;
        assert!(matches!(failed, Err(Error::Failed(_))), "the trial ran");
        assert_eq!(subject.breaker(), BreakerState::Open);
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_do_not_come_back_at_the_same_time() {
    let mut cooldowns: Vec<Duration> = (0..50)
        .map(|seed| {
            let policy = BreakerPolicy {
                consecutive: Some(1),
                ..BreakerPolicy::default()
            };
            let registry = HealthRegistry::builder()
                .seed(seed)
                .dependency(Dependency::new("redis").breaker(policy))
                .build()
                .unwrap();
            registry.record_failure("redis", "down");
            registry.health("redis").unwrap().retry_after
        })
        .collect();
    cooldowns.sort_unstable();
    cooldowns.dedup();
    assert_eq!(cooldowns.len(), 50, "each has a wait of its own");
    let (first, last) = (cooldowns[0], cooldowns[49]);
    assert!(last - first > SECOND / 4, "and they are spread out");
    assert!(first >= SECOND / 2);
}
