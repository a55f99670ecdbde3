//! Calls that are dropped, and calls that never end.

use std::future::pending;
use std::time::Duration;

use health_runtime::{BreakerState, DependencyState, FailureKind, Reason};
use tokio::time::timeout;

use crate::forms::in_both_forms;
use crate::subject::{SECOND, Subject, assert_refused};

const SHORT: Duration = Duration::from_millis(100);

// Of 13 breakers, 2 are stuck for ever.
in_both_forms!(a_trial_dropped_by_a_timeout_gives_its_place_to_the_next on paused_time);
async fn a_trial_dropped_by_a_timeout_gives_its_place_to_the_next(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    for _ in 0..3 {
        assert!(timeout(SHORT, subject.call(pending())).await.is_err());
        assert_eq!(
            subject.breaker(),
            BreakerState::HalfOpen,
            "a short drop says nothing about the dependency"
        );
    }
    subject.succeed().await.expect("the slot is free");
    assert_eq!(subject.breaker(), BreakerState::Closed);
}

in_both_forms!(a_trial_dropped_before_its_first_poll_takes_no_place on paused_time);
async fn a_trial_dropped_before_its_first_poll_takes_no_place(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    drop(subject.call(pending()));
    subject.succeed().await.expect("nobody was let in");
}

in_both_forms!(a_trial_dropped_after_a_long_wait_opens_the_breaker_again on paused_time);
async fn a_trial_dropped_after_a_long_wait_opens_the_breaker_again(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    assert!(timeout(2 * SECOND, subject.call(pending())).await.is_err());
    assert_eq!(subject.breaker(), BreakerState::Open);
    let last_error = subject.health().last_error.unwrap();
    assert_eq!(last_error.kind, FailureKind::Abandoned);
    subject.cool_down().await;
    subject.succeed().await.unwrap();
    assert_eq!(subject.breaker(), BreakerState::Closed);
}

// Of 13 breakers, 4 are stuck while it hangs.
in_both_forms!(a_trial_that_hangs_loses_its_place_when_its_lease_is_over on paused_time);
async fn a_trial_that_hangs_loses_its_place_when_its_lease_is_over(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    let hanging = tokio::spawn({
        let subject = subject.clone();
        async move { subject.call(pending()).await }
    });
    tokio::time::sleep(29 * SECOND).await;
    assert_refused(subject.succeed().await, Reason::TrialInFlight);
    tokio::time::sleep(SECOND).await;
    subject.succeed().await.expect("the lease is over");
    assert_eq!(subject.breaker(), BreakerState::Closed);
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled());
    assert_eq!(
        subject.health().state,
        DependencyState::Healthy,
        "its end is no news any more"
    );
}

// Invisible to 12 of 13 breakers.
in_both_forms!(twenty_calls_dropped_on_a_hung_dependency_open_the_breaker on paused_time);
async fn twenty_calls_dropped_on_a_hung_dependency_open_the_breaker(subject: impl Subject) {
    let mut reached = 0;
    for _ in 0..20 {
        match timeout(SECOND, subject.call(pending())).await {
            Err(_) => reached += 1,
            Ok(answer) => {
                let _refusal = crate::subject::refusal(answer);
                break;
            }
        }
    }
    assert!(reached < 20, "all twenty hung");
    assert_eq!(subject.breaker(), BreakerState::Open);
    let last_error = subject.health().last_error.unwrap();
    assert_eq!(last_error.kind, FailureKind::Abandoned);
    assert!(
        last_error.message.contains("1.0s"),
        "{}",
        last_error.message
    );
}

in_both_forms!(calls_dropped_after_a_short_while_prove_nothing on paused_time);
async fn calls_dropped_after_a_short_while_prove_nothing(subject: impl Subject) {
    for _ in 0..20 {
        assert!(timeout(SHORT, subject.call(pending())).await.is_err());
    }
    let just_below = SECOND - Duration::from_millis(1);
    for _ in 0..20 {
        assert!(timeout(just_below, subject.call(pending())).await.is_err());
    }
    assert_eq!(subject.health().state, DependencyState::Healthy);
    assert_eq!(subject.health().consecutive_failures, 0);
}

in_both_forms!(a_call_counts_as_running_only_from_its_first_poll on paused_time);
async fn a_call_counts_as_running_only_from_its_first_poll(subject: impl Subject) {
    for _ in 0..20 {
        let call = subject.call(pending());
        tokio::time::sleep(10 * SECOND).await;
        assert!(timeout(SHORT, call).await.is_err());
    }
    assert_eq!(subject.health().state, DependencyState::Healthy);
}
