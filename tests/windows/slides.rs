//! Windows slide, through annotated functions.

use std::time::Duration;

use health_runtime::{BreakerState, HealthRegistry, Window, guarded};

use crate::subject::{Answer, SECOND};
use crate::support::{DOWN, explain, half_may_fail, set};

fn breaker(dependency: &str) -> BreakerState {
    HealthRegistry::current()
        .health(dependency)
        .unwrap()
        .breaker
}

#[guarded(deps = ["calls-slide"])]
async fn of_calls(answer: Answer) -> Answer {
    answer
}

#[tokio::test(start_paused = true)]
async fn the_last_calls_decide_however_many_succeeded_before() {
    set("calls-slide", half_may_fail(Window::Calls(10)));
    for _ in 0..10_000 {
        of_calls(Ok(())).await.unwrap();
    }
    for _ in 0..4 {
        assert!(of_calls(DOWN).await.is_err());
    }
    assert_eq!(breaker("calls-slide"), BreakerState::Closed, "4 of 10");
    assert!(of_calls(DOWN).await.is_err());
    assert_eq!(breaker("calls-slide"), BreakerState::Open, "5 of 10");
}

#[guarded(deps = ["time-slides"])]
async fn of_time(answer: Answer) -> Answer {
    answer
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_the_window_is_forgotten() {
    set("time-slides", half_may_fail(Window::Time(30 * SECOND)));
    for _ in 0..9 {
        assert!(of_time(DOWN).await.is_err());
    }
    assert_eq!(
        breaker("time-slides"),
        BreakerState::Closed,
        "one is missing"
    );
    tokio::time::sleep(34 * SECOND).await;
    for _ in 0..9 {
        assert!(of_time(DOWN).await.is_err());
    }
    assert_eq!(
        breaker("time-slides"),
        BreakerState::Closed,
        "the first nine are gone"
    );
    assert!(of_time(DOWN).await.is_err());
    assert_eq!(breaker("time-slides"), BreakerState::Open);
}

#[guarded(deps = ["diluted"])]
async fn diluted(answer: Answer) -> Answer {
    answer
}

#[tokio::test(start_paused = true)]
async fn successes_keep_it_closed_and_all_of_them_are_counted() {
    set("diluted", half_may_fail(Window::Time(30 * SECOND)));
    for _ in 0..50 {
        for _ in 0..3 {
            diluted(Ok(())).await.unwrap();
        }
        for _ in 0..2 {
            assert!(diluted(DOWN).await.is_err());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(breaker("diluted"), BreakerState::Closed);
    let why = explain("diluted");
    assert!(
        why.contains("failure rate 40% of 250 calls in the last 30s, trips at 50% of at least 10;"),
        "{why}"
    );
}

#[guarded(deps = ["interleaved"])]
async fn interleaved(answer: Answer) -> Answer {
    answer
}

/// What failures in a row never see.
#[tokio::test(start_paused = true)]
async fn every_other_call_that_fails_trips() {
    set("interleaved", half_may_fail(Window::Time(30 * SECOND)));
    for _ in 0..5 {
        interleaved(Ok(())).await.unwrap();
        let _failed = interleaved(DOWN).await;
    }
    assert_eq!(breaker("interleaved"), BreakerState::Open);
}
