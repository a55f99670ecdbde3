//! Outcomes that arrive after the breaker has moved on. While half-open a stale success closes 11
//! of 13 breakers and a stale failure opens 11; after a recovery 12 count stale failures.

use health_runtime::{BreakerState, DependencyState, Reason};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::forms::in_both_forms;
use crate::subject::{Answer, Error, SECOND, Subject, assert_refused};

/// A call that is on its way until it is told how to end.
struct Slow {
    end: oneshot::Sender<Answer>,
    call: JoinHandle<Answer>,
}

impl Slow {
    async fn start(subject: &impl Subject) -> Self {
        let (end, told) = oneshot::channel();
        let (started, running) = oneshot::channel();
        let subject = subject.clone();
        let call = tokio::spawn(async move {
            let body = async move {
                started.send(()).expect("the test waits for it");
                told.await.expect("the test tells")
            };
            subject.call(body).await
        });
        running.await.expect("it is let in");
        Self { end, call }
    }

    async fn ends(self, answer: Answer) {
        self.end.send(answer).expect("it is waiting");
        let _answer = self.call.await.expect("no panic");
    }
}

fn late_failure() -> Answer {
    Err(Error::Failed("late"))
}

in_both_forms!(a_stale_success_while_half_open_closes_nothing on paused_time);
async fn a_stale_success_while_half_open_closes_nothing(subject: impl Subject) {
    let stale = Slow::start(&subject).await;
    let another = Slow::start(&subject).await;
    subject.trip().await;
    subject.cool_down().await;
    another.ends(Ok(())).await;
    assert_eq!(
        subject.breaker(),
        BreakerState::HalfOpen,
        "before the trial"
    );
    let trial = Slow::start(&subject).await;
    stale.ends(Ok(())).await;
    assert_eq!(subject.breaker(), BreakerState::HalfOpen);
    assert_refused(subject.succeed().await, Reason::TrialInFlight);
    trial.ends(late_failure()).await;
    assert_eq!(
        subject.breaker(),
        BreakerState::Open,
        "the trial alone decides"
    );
}

in_both_forms!(a_stale_failure_while_half_open_opens_nothing on paused_time);
async fn a_stale_failure_while_half_open_opens_nothing(subject: impl Subject) {
    let stale = Slow::start(&subject).await;
    subject.trip().await;
    subject.cool_down().await;
    let trial = Slow::start(&subject).await;
    stale.ends(late_failure()).await;
    assert_eq!(subject.breaker(), BreakerState::HalfOpen);
    trial.ends(Ok(())).await;
    assert_eq!(subject.breaker(), BreakerState::Closed);
}

in_both_forms!(a_stale_failure_while_open_starts_no_cooldown_anew on paused_time);
async fn a_stale_failure_while_open_starts_no_cooldown_anew(subject: impl Subject) {
    let stale = Slow::start(&subject).await;
    subject.trip().await;
    let until = subject.health().open_until;
    tokio::time::sleep(SECOND / 4).await;
    stale.ends(late_failure()).await;
    assert_eq!(subject.health().open_until, until);
}

in_both_forms!(a_stale_success_while_open_closes_nothing on paused_time);
async fn a_stale_success_while_open_closes_nothing(subject: impl Subject) {
    let stale = Slow::start(&subject).await;
    subject.trip().await;
    stale.ends(Ok(())).await;
    assert_refused(subject.succeed().await, Reason::CircuitOpen);
}

in_both_forms!(stale_failures_after_a_recovery_are_not_counted on paused_time);
async fn stale_failures_after_a_recovery_are_not_counted(subject: impl Subject) {
    let mut stale = Vec::new();
    for _ in 0..20 {
        stale.push(Slow::start(&subject).await);
    }
    subject.trip().await;
    subject.cool_down().await;
    subject.succeed().await.unwrap();
    for call in stale {
        call.ends(late_failure()).await;
    }
    let health = subject.health();
    assert_eq!(health.breaker, BreakerState::Closed);
    assert_eq!(health.state, DependencyState::Healthy);
    assert_eq!(health.consecutive_failures, 0);
}

in_both_forms!(a_stale_success_after_a_recovery_erases_no_failure on paused_time);
async fn a_stale_success_after_a_recovery_erases_no_failure(subject: impl Subject) {
    let stale = Slow::start(&subject).await;
    subject.trip().await;
    subject.cool_down().await;
    subject.succeed().await.unwrap();
    let _failed = subject.fail().await;
    stale.ends(Ok(())).await;
    assert_eq!(subject.health().consecutive_failures, 1);
}
