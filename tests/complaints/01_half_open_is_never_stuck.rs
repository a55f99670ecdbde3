//! "The breaker is half-open for ever and refuses everything until we restart."
//!
//! Met by users of resilience4j (resilience4j/resilience4j#903, #935, #1389), opossum
//! (nodeshift/opossum#276), monix (monix/monix#1080: the trial was cancelled), rezilience
//! (svroonland/rezilience#521: interrupted) and of breakers written by hand
//! (afreidah/s3-orchestrator#424: a panic).

use std::future::pending;

use health_runtime::{BreakerState, Classify, DependencyUnhealthy, Outcome, guarded, testing};

use crate::subject::{Answer, ByName, Error, SECOND, Subject};

/// The ways in which a trial can end without saying anything, or never end.
#[derive(Debug, Clone, Copy)]
enum Way {
    HangsForEver,
    DroppedAtOnce,
    DroppedAfterLong,
    Panics,
    TaskAborted,
    RuntimeGone,
}

const WAYS: [Way; 6] = [
    Way::HangsForEver,
    Way::DroppedAtOnce,
    Way::DroppedAfterLong,
    Way::Panics,
    Way::TaskAborted,
    Way::RuntimeGone,
];

async fn spoil_the_trial(subject: &ByName, way: Way) {
    let call = {
        let subject = subject.clone();
        async move { subject.call(pending()).await }
    };
    match way {
        Way::HangsForEver => {
            tokio::spawn(call);
            tokio::task::yield_now().await;
        }
        Way::DroppedAtOnce => {
            let _elapsed = tokio::time::timeout(SECOND / 1_000, call).await;
        }
        Way::DroppedAfterLong => {
            let _elapsed = tokio::time::timeout(20 * SECOND, call).await;
        }
        Way::Panics => {
            let subject = subject.clone();
            let dies = async move { subject.call(async { panic!("in the trial") }).await };
            assert!(tokio::spawn(dies).await.unwrap_err().is_panic());
        }
        Way::TaskAborted => {
            let task = tokio::spawn(call);
            tokio::task::yield_now().await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        Way::RuntimeGone => {
            let thread = std::thread::spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    tokio::spawn(call);
                    tokio::task::yield_now().await;
                });
            });
            thread.join().unwrap();
        }
    }
}

/// Waits at least a moment, so that time passes even for who is told not to wait.
async fn wait(told: std::time::Duration) {
    tokio::time::sleep(told.max(SECOND / 100)).await;
}

/// Asks until the breaker is closed. Returns how long a dependency that answers was kept waiting.
async fn time_to_recover(subject: &ByName) -> std::time::Duration {
    let began = tokio::time::Instant::now();
    while subject.breaker() != BreakerState::Closed {
        match subject.succeed().await {
            Ok(()) => {}
            Err(Error::Refused(refusal)) => wait(refusal.retry_after()).await,
            Err(error) => panic!("{error}"),
        }
        assert!(began.elapsed() < 3600 * SECOND, "stuck");
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn however_a_trial_ends_the_breaker_closes_once_the_dependency_answers() {
    for way in WAYS {
        let subject = ByName::new();
        subject.trip().await;
        subject.cool_down().await;
        spoil_the_trial(&subject, way).await;
        let waited = time_to_recover(&subject).await;
        assert!(waited <= 31 * SECOND, "{way:?}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn trials_spoiled_one_after_another_in_every_order_do_not_add_up() {
    for first in WAYS {
        for second in WAYS {
            let subject = ByName::new();
            subject.trip().await;
            for way in [first, second, first] {
                let began = tokio::time::Instant::now();
                while subject.health().refusal.is_some() {
                    assert!(began.elapsed() < 3600 * SECOND, "stuck");
                    wait(subject.health().retry_after).await;
                }
                spoil_the_trial(&subject, way).await;
            }
            let waited = time_to_recover(&subject).await;
            assert!(waited <= 35 * SECOND, "{first:?}, {second:?}: {waited:?}");
        }
    }
}

#[derive(Debug)]
struct Ignored;

impl From<DependencyUnhealthy> for Ignored {
    fn from(_: DependencyUnhealthy) -> Self {
        Self
    }
}

impl Classify for Ignored {
    fn classify(&self) -> Outcome {
        Outcome::Neutral
    }
}

#[guarded(deps = ["redis"])]
async fn ignored() -> Result<(), Ignored> {
    Err(Ignored)
}

#[guarded(deps = ["redis"])]
async fn answers() -> Answer {
    Ok(())
}

#[health_runtime::test]
async fn a_trial_whose_outcome_is_ignored_gives_its_place_to_the_next() {
    testing::trip("redis");
    testing::advance(SECOND).await;
    for _ in 0..100 {
        assert!(ignored().await.is_err());
    }
    assert!(answers().await.is_ok());
}
