//! "A call that began before the outage ended during the trial, and decided it."
//!
//! Discussed for Polly (App-vNext/Polly#217, #218, mended in part by #223), and met in Kevlar
//! (thomhurst/Kevlar#227) and the Couchbase client (couchbase/couchbase-net-client#191: late
//! failures put the next trial off without end). The twelve ways in which a result can be late are
//! in `hard_cases/stale.rs`; here is the load under which users meet it.

use health_runtime::{BreakerState, DependencyState};
use tokio::task::JoinSet;

use crate::subject::{ByName, Error, SECOND, Subject};

/// A slow crowd is let in, the dependency dies and is back before the crowd has heard.
async fn slow_crowd(subject: &ByName, ends_well: bool) -> JoinSet<()> {
    let mut crowd = JoinSet::new();
    for nth in 0..100 {
        let subject = subject.clone();
        crowd.spawn(async move {
            let _answer = subject
                .call(async move {
                    tokio::time::sleep(3 * SECOND + nth * SECOND / 50).await;
                    if ends_well {
                        Ok(())
                    } else {
                        Err(Error::Failed("timed out at last"))
                    }
                })
                .await;
        });
    }
    tokio::task::yield_now().await;
    crowd
}

#[tokio::test(start_paused = true)]
async fn a_hundred_late_failures_do_not_open_a_breaker_that_has_recovered() {
    let subject = ByName::new();
    let crowd = slow_crowd(&subject, false).await;
    subject.trip().await;
    subject.cool_down().await;
    subject.succeed().await.unwrap();
    crowd.join_all().await;
    assert_eq!(subject.breaker(), BreakerState::Closed);
    assert_eq!(subject.health().state, DependencyState::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_late_failures_do_not_put_the_next_trial_off() {
    let subject = ByName::new();
    let crowd = slow_crowd(&subject, false).await;
    subject.trip().await;
    // Two trials fail, so that the third cooldown, 4 s, lasts while the crowd comes in.
    for _ in 0..2 {
        subject.cool_down().await;
        let _failed = subject.fail().await;
    }
    let until = subject.health().open_until;
    crowd.join_all().await;
    assert_eq!(subject.health().open_until, until);
    assert_eq!(subject.health().epoch, 5);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_late_successes_do_not_close_a_breaker_that_waits_for_its_trial() {
    let subject = ByName::new();
    let crowd = slow_crowd(&subject, true).await;
    subject.trip().await;
    subject.cool_down().await;
    let trial = tokio::spawn({
        let subject = subject.clone();
        async move { subject.call(std::future::pending()).await }
    });
    crowd.join_all().await;
    assert_eq!(subject.breaker(), BreakerState::HalfOpen);
    trial.abort();
}
