//! Several threads at once: every outcome is counted, once.

use std::sync::Barrier;

use health_runtime::{
    BreakerPolicy, BreakerState, FailureRate, HealthRegistry, Override, Window, guarded,
};

use crate::subject::{Answer, SECOND, three_strikes};
use crate::support::{DOWN, explain, set};

const THREADS: usize = 4;

fn policy(rate: f64, min_calls: u32) -> BreakerPolicy {
    BreakerPolicy {
        consecutive: None,
        failure_rate: Some(FailureRate {
            rate,
            // Larger than what is counted: its count is exact.
            window: Window::Calls(100_000),
            min_calls,
        }),
        ..three_strikes()
    }
}

/// Runs `calls` on each of several threads, all from the same moment on.
fn on_all_threads<F: Future<Output = ()>>(calls: impl Fn(usize) -> F + Sync) {
    let start = Barrier::new(THREADS);
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            let (calls, start) = (&calls, &start);
            threads.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                start.wait();
                runtime.block_on(calls(thread));
            });
        }
    });
}

#[guarded(deps = ["raced"])]
async fn raced(answer: Answer) -> Answer {
    answer
}

/// 300 failures among 900 successes: two of thirteen other breakers lose up to 240 of as many.
#[test]
fn no_failure_and_no_success_is_lost() {
    set("raced", policy(1.0, 100_000));
    on_all_threads(async |_| {
        for round in 0..300 {
            let _answer = raced(if round % 4 == 0 { DOWN } else { Ok(()) }).await;
        }
    });
    let why = explain("raced");
    assert!(
        why.contains("failure rate 25% of the last 1200 calls, trips at 100% of at least 100000"),
        "{why}"
    );
}

#[guarded(deps = ["raced-to-the-trip"])]
async fn raced_to_the_trip(answer: Answer) -> Answer {
    answer
}

/// Half of exactly all calls fail, on other threads than those that succeed. Were one failure lost, or one success
/// counted twice, the last failure would not trip.
#[test]
fn the_failure_that_makes_the_rate_trips() {
    for round in 0..50 {
        set("raced-to-the-trip", policy(0.5, 401));
        on_all_threads(async |thread| {
            for _ in 0..100 {
                let _answer = raced_to_the_trip(if thread % 2 == 0 { DOWN } else { Ok(()) }).await;
            }
        });
        let health = || {
            HealthRegistry::global()
                .health("raced-to-the-trip")
                .unwrap()
        };
        assert_eq!(
            health().breaker,
            BreakerState::Closed,
            "round {round}: one is missing"
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let _failed = runtime.block_on(raced_to_the_trip(DOWN));
        let why = explain("raced-to-the-trip");
        assert_eq!(health().breaker, BreakerState::Open, "round {round}: {why}");
        let why = Override::new("test", "next round", SECOND);
        HealthRegistry::global()
            .reset("raced-to-the-trip", why)
            .unwrap();
    }
}

#[guarded(deps = ["raced-by-resets"])]
async fn raced_by_resets(answer: Answer) -> Answer {
    answer
}

/// Every reset begins an epoch, whose window knows of no call that was let in before it.
#[test]
fn what_was_let_in_before_a_reset_is_not_counted_after_it() {
    set("raced-by-resets", policy(1.0, 100_000));
    on_all_threads(async |thread| {
        for _ in 0..500 {
            if thread == 0 {
                let why = Override::new("test", "again", SECOND);
                HealthRegistry::global()
                    .reset("raced-by-resets", why)
                    .unwrap();
            } else {
                raced_by_resets(Ok(())).await.unwrap();
            }
        }
    });
    // Let in, and not over, while the last reset is made.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut running = Box::pin(held());
        let first = std::future::poll_fn(|cx| std::task::Poll::Ready(running.as_mut().poll(cx)));
        assert!(first.await.is_pending());
        let why = Override::new("test", "the last time", SECOND);
        HealthRegistry::global()
            .reset("raced-by-resets", why)
            .unwrap();
        running.await.unwrap();
    });
    let why = explain("raced-by-resets");
    assert!(why.contains("0% of 0 calls"), "{why}");
}

#[guarded(deps = ["raced-by-resets"])]
async fn held() -> Answer {
    tokio::task::yield_now().await;
    Ok(())
}
