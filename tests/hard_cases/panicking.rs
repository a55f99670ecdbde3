//! Calls that panic. None of 13 breakers counts them while closed; 10 let every panicking caller
//! in when half-open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use health_runtime::{BreakerState, FailureKind, Reason};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::forms::in_both_forms;
use crate::subject::{Error, Subject};

in_both_forms!(panics_while_closed_are_failures_and_are_passed_on on paused_time);
async fn panics_while_closed_are_failures_and_are_passed_on(subject: impl Subject) {
    let mut panics = 0;
    loop {
        let caller = tokio::spawn({
            let subject = subject.clone();
            async move { subject.call(async { panic!("out of luck") }).await }
        });
        match caller.await {
            Err(died) => {
                let message = died.into_panic().downcast::<&str>().unwrap();
                assert_eq!(*message, "out of luck", "propagated as it was");
                panics += 1;
            }
            Ok(answer) => {
                assert_eq!(
                    crate::subject::refusal(answer).reason(),
                    Reason::CircuitOpen
                );
                break;
            }
        }
        assert!(panics < 10, "nobody counts");
    }
    let health = subject.health();
    assert_eq!(health.breaker, BreakerState::Open);
    assert_eq!(health.last_error.unwrap().kind, FailureKind::Panic);
}

in_both_forms!(five_panicking_callers_at_half_open_let_one_in_and_it_recovers on paused_time);
async fn five_panicking_callers_at_half_open_let_one_in_and_it_recovers(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    let ran = Arc::new(AtomicUsize::new(0));
    let asked = Arc::new(Barrier::new(5));
    let mut callers = JoinSet::new();
    for _ in 0..5 {
        let (subject, ran, asked) = (subject.clone(), Arc::clone(&ran), Arc::clone(&asked));
        callers.spawn(async move {
            let inside = Arc::clone(&asked);
            let answer = subject
                .call(async move {
                    ran.fetch_add(1, Ordering::Relaxed);
                    inside.wait().await;
                    panic!("half-way")
                })
                .await;
            assert!(matches!(answer, Err(Error::Refused(_))));
            asked.wait().await;
        });
    }
    let mut died = 0;
    while let Some(ended) = callers.join_next().await {
        died += usize::from(ended.is_err());
    }
    assert_eq!((ran.load(Ordering::Relaxed), died), (1, 1));
    assert_eq!(
        subject.breaker(),
        BreakerState::Open,
        "a panicking trial is a failed one"
    );
    subject.cool_down().await;
    subject.succeed().await.unwrap();
    assert_eq!(subject.breaker(), BreakerState::Closed);
}
