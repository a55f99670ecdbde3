//! A crowd at a half-open breaker. Of 13 breakers, 8 let more than one through, 7 of them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use health_runtime::{BreakerState, Reason};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::forms::in_both_forms;
use crate::subject::{Error, SECOND, Subject};

const CROWD: usize = 1_000;

/// Lets the crowd ask for the trial while nobody's is over. Returns how many ran, and what the
/// others were told.
async fn rush(subject: &impl Subject) -> (usize, Vec<Reason>) {
    let ran = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(CROWD));
    // Whoever runs waits here for everybody who was refused, and so for the whole crowd.
    let asked = Arc::new(Barrier::new(CROWD));
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let (subject, ran) = (subject.clone(), Arc::clone(&ran));
        let (start, asked) = (Arc::clone(&start), Arc::clone(&asked));
        crowd.spawn(async move {
            start.wait().await;
            let inside = Arc::clone(&asked);
            let answer = subject
                .call(async move {
                    ran.fetch_add(1, Ordering::Relaxed);
                    inside.wait().await;
                    Ok(())
                })
                .await;
            match answer {
                Ok(()) => None,
                Err(Error::Refused(refusal)) => {
                    asked.wait().await;
                    Some(refusal)
                }
                Err(error) => panic!("{error}"),
            }
        });
    }
    let refusals: Vec<_> = crowd.join_all().await.into_iter().flatten().collect();
    for refusal in &refusals {
        assert!(refusal.retry_after() > SECOND / 4, "{refusal:?}");
    }
    let reasons = refusals.iter().map(|refusal| refusal.reason()).collect();
    (ran.load(Ordering::Relaxed), reasons)
}

in_both_forms!(exactly_one_of_a_thousand_callers_on_several_threads_runs on threads);
async fn exactly_one_of_a_thousand_callers_on_several_threads_runs(subject: impl Subject) {
    subject.succeed().await.unwrap();
    for _ in 0..5 {
        subject.skip_to_the_trial();
        let (ran, reasons) = rush(&subject).await;
        assert_eq!(ran, 1);
        assert_eq!(reasons, [Reason::TrialInFlight; CROWD - 1]);
        assert_eq!(subject.breaker(), BreakerState::Closed);
    }
}

in_both_forms!(exactly_one_of_a_thousand_callers_in_paused_time_runs on paused_time);
async fn exactly_one_of_a_thousand_callers_in_paused_time_runs(subject: impl Subject) {
    subject.trip().await;
    subject.cool_down().await;
    let (ran, reasons) = rush(&subject).await;
    assert_eq!(ran, 1);
    assert_eq!(reasons, [Reason::TrialInFlight; CROWD - 1]);
    assert_eq!(subject.breaker(), BreakerState::Closed);
}

in_both_forms!(a_thousand_callers_of_an_open_breaker_are_all_refused_unrun on threads);
async fn a_thousand_callers_of_an_open_breaker_are_all_refused_unrun(subject: impl Subject) {
    subject.succeed().await.unwrap();
    let why = health_runtime::Override::new("test", "stays open", 60 * SECOND);
    subject.registry().force_open(subject.name(), why).unwrap();
    let (ran, reasons) = rush(&subject).await;
    assert_eq!((ran, reasons.len()), (0, CROWD));
}
