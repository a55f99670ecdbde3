//! `attempts` and `backoff`: trying again.

use std::time::Duration;

use health_runtime::{FailureKind, HealthRegistry, guarded, testing};

use crate::support::{Dependency, Error};

#[guarded(deps = ["flaky"], attempts = 3, backoff = "100ms..5s")]
async fn load(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[guarded(deps = ["flaky"], attempts = 3, backoff = "100ms..5s", timeout = "1s")]
async fn hang(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()?;
    std::future::pending().await
}

fn failures() -> u32 {
    let health = HealthRegistry::current().health("flaky").unwrap();
    health.consecutive_failures
}

#[health_runtime::test]
async fn a_transient_failure_is_tried_again_and_counts_for_nothing_if_that_helps() {
    let dependency = Dependency::answers([Err(Error::Down), Err(Error::Down)]);
    assert_eq!(load(&dependency).await, Ok(7));
    assert_eq!(dependency.times_asked(), 3);
    assert_eq!(failures(), 0);
}

#[health_runtime::test]
async fn a_call_that_was_tried_three_times_counts_once() {
    let dependency = Dependency::failing(&Error::Down);
    assert_eq!(load(&dependency).await, Err(Error::Down));
    assert_eq!(dependency.times_asked(), 3);
    assert_eq!(failures(), 1);
}

#[health_runtime::test]
async fn what_is_not_transient_is_not_tried_again() {
    for error in [Error::Broken, Error::NotFound] {
        let dependency = Dependency::failing(&error);
        assert_eq!(load(&dependency).await, Err(error));
        assert_eq!(dependency.times_asked(), 1);
    }
}

#[health_runtime::test]
async fn the_waits_grow_and_are_jittered() {
    let dependency = Dependency::failing(&Error::Down);
    assert!(load(&dependency).await.is_err());
    let gaps = dependency.gaps();
    let between =
        |gap: Duration, from: u64, to: u64| (from..=to).contains(&(gap.as_millis() as u64));
    assert!(between(gaps[0], 50, 101), "{gaps:?}");
    assert!(between(gaps[1], 100, 201), "{gaps:?}");
}

#[health_runtime::test]
async fn a_longer_retry_after_wins_over_the_backoff() {
    let busy = Error::Busy(Duration::from_secs(7));
    let dependency = Dependency::answers([Err(busy)]);
    assert_eq!(load(&dependency).await, Ok(7));
    assert_eq!(dependency.gaps()[0].as_secs(), 7);
}

#[health_runtime::test]
async fn an_attempt_that_times_out_is_tried_again() {
    let dependency = Dependency::default();
    assert!(hang(&dependency).await.is_err());
    assert_eq!(dependency.times_asked(), 3);
    assert_eq!(failures(), 1);
    let health = HealthRegistry::current().health("flaky").unwrap();
    assert_eq!(health.last_error.unwrap().kind, FailureKind::Timeout);
}

#[health_runtime::test]
async fn each_attempt_meets_the_next_fault() {
    testing::inject("flaky").error().next(2);
    let dependency = Dependency::default();
    assert_eq!(load(&dependency).await, Ok(7));
    assert_eq!(dependency.times_asked(), 1, "the third attempt");
}

#[guarded(deps = ["flaky"], attempts = 2)]
async fn takes(
    mut text: String,
    (left, right): (u32, String),
    _unused: u8,
) -> Result<String, Error> {
    text.push('!');
    if left == 0 {
        return Ok(text + &right);
    }
    Err(Error::Down)
}

#[health_runtime::test]
async fn the_arguments_of_each_attempt_are_the_caller_s() {
    let answer = takes("a".to_owned(), (0, "b".to_owned()), 1).await;
    assert_eq!(answer.unwrap(), "a!b");
    let answer = takes("a".to_owned(), (1, "b".to_owned()), 1).await;
    assert_eq!(answer, Err(Error::Down));
}

struct Counter(u32);

impl Counter {
    #[guarded(deps = ["flaky"], attempts = 3, backoff = "1ms..1ms")]
    async fn bump(&mut self, add: &mut Vec<u32>) -> Result<u32, Error> {
        self.0 += 1;
        add.push(self.0);
        if self.0 < 3 {
            Err(Error::Down)
        } else {
            Ok(self.0)
        }
    }
}

#[health_runtime::test]
async fn what_is_borrowed_is_the_same_in_each_attempt() {
    let (mut counter, mut seen) = (Counter(0), Vec::new());
    assert_eq!(counter.bump(&mut seen).await, Ok(3));
    assert_eq!(seen, [1, 2, 3]);
}
