//! "Cancelled requests eat up the permits", and "cancelled requests count as failures".
//!
//! Met by users of resilience4j (resilience4j/resilience4j#682; #681 and #1633 are about giving
//! the permission back), of tower-resilience (joshrotenberg/tower-resilience#407) and of breakers
//! that count a user who pressed Stop (MCKRUZ/microsoft-agentic-harness#353).

use std::future::pending;

use health_runtime::{BreakerPolicy, BreakerState, DependencyState, HealthRegistry, Reason};
use tokio::time::timeout;

use crate::subject::{Answer, Error, SECOND, registry_of, three_strikes};

const MANY: usize = 10_000;

fn call(registry: &HealthRegistry) -> impl Future<Output = Answer> {
    registry.call("redis", pending())
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_dropped_while_closed_leave_no_trace() {
    let registry = registry_of([("redis", three_strikes())]);
    for _ in 0..MANY {
        drop(call(&registry));
        tokio::select! {
            biased;
            _ = call(&registry) => unreachable!("it hangs"),
            () = tokio::task::yield_now() => {}
        }
    }
    let health = registry.health("redis").unwrap();
    assert_eq!(health.state, DependencyState::Healthy);
    assert_eq!((health.epoch, health.consecutive_failures), (0, 0));
    assert!(health.last_error.is_none());
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_dropped_trials_leave_every_slot_free() {
    let policy = BreakerPolicy {
        max_trials: 3,
        success_threshold: 3,
        ..three_strikes()
    };
    let registry = registry_of([("redis", policy)]);
    for _ in 0..3 {
        registry.record_failure("redis", "down");
    }
    tokio::time::sleep(SECOND).await;
    for round in 0..MANY {
        let mut trials: Vec<_> = (0..3).map(|_| Box::pin(call(&registry))).collect();
        for trial in &mut trials {
            assert!(futures_ready(trial.as_mut()).await.is_none());
        }
        // Every slot is taken, and the fourth caller is told so.
        match futures_ready(Box::pin(call(&registry)).as_mut()).await {
            Some(Err(Error::Refused(refusal))) => {
                assert_eq!(refusal.reason(), Reason::TrialInFlight, "round {round}");
            }
            other => panic!("round {round}: {other:?}"),
        }
        drop(trials);
    }
    let health = registry.health("redis").unwrap();
    assert_eq!((health.breaker, health.epoch), (BreakerState::HalfOpen, 2));
}

/// Polls once.
async fn futures_ready<F: Future + ?Sized>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_and_one_that_is_dropped_each_give_back_one_slot() {
    let policy = BreakerPolicy {
        max_trials: 2,
        success_threshold: 2,
        ..three_strikes()
    };
    let registry = registry_of([("redis", policy)]);
    for _ in 0..3 {
        registry.record_failure("redis", "down");
    }
    tokio::time::sleep(SECOND).await;
    let mut held = Box::pin(call(&registry));
    assert!(futures_ready(held.as_mut()).await.is_none());
    let answer: Answer = registry.call("redis", async { Ok(()) }).await;
    answer.expect("the second slot");
    let mut second = Box::pin(call(&registry));
    assert!(futures_ready(second.as_mut()).await.is_none(), "free again");
    let refused: Answer = registry.call("redis", async { Ok(()) }).await;
    assert!(refused.is_err(), "and not freed twice");
}

#[tokio::test(start_paused = true)]
async fn users_who_lose_patience_do_not_take_a_healthy_dependency_offline() {
    let registry = registry_of([("redis", three_strikes())]);
    for _ in 0..100 {
        assert!(timeout(SECOND / 2, call(&registry)).await.is_err());
    }
    assert_eq!(
        registry.get_state("redis").unwrap(),
        DependencyState::Healthy
    );
}
