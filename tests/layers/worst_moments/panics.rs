//! Panics in an attempt, in what is dropped, and in who judges.

use std::future::Future;

use health_runtime::{InCurrentRegistry, Outcome, guarded};

use super::{SECOND, assert_failures, inner_hangs, last};
use crate::support::{Dependency, Error};

#[guarded(deps = ["inner"], attempts = 3, backoff = "1ms")]
async fn fails_then_panics(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()?;
    panic!("second")
}

#[health_runtime::test]
async fn a_panic_after_a_failed_attempt_counts_once() {
    let call = tokio::spawn(
        async {
            let dependency = Dependency::answers([Err(Error::Down)]);
            fails_then_panics(&dependency).await
        }
        .in_current_registry(),
    );
    assert!(call.await.unwrap_err().is_panic());
    assert_failures([("inner", 1)]);
    assert!(
        last("inner").unwrap().starts_with("Panic"),
        "{:?}",
        last("inner")
    );
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("bomb")
    }
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn bomb() -> Result<u32, Error> {
    let _bomb = Bomb;
    std::future::pending().await
}

#[guarded(deps = ["outer"], timeout = "1s", attempts = 2)]
async fn bomb_again() -> Result<u32, Error> {
    let _bomb = Bomb;
    std::future::pending().await
}

#[guarded(deps = ["outer"], timeout = "1s")]
fn bomb_plain() -> impl Future<Output = Result<u32, Error>> + Send {
    async move {
        let _bomb = Bomb;
        std::future::pending().await
    }
}

async fn check_bomb(call: impl Future<Output = Result<u32, Error>> + Send + 'static) {
    let call = tokio::spawn(call.in_current_registry());
    assert!(call.await.unwrap_err().is_panic());
    assert_failures([("outer", 1)]);
    // The limit that was lent to the body is not left behind: a short call that is dropped by its caller is
    // cancelled.
    assert!(
        tokio::time::timeout(SECOND / 100, inner_hangs())
            .await
            .is_err()
    );
    assert_failures([("inner", 0)]);
}

#[health_runtime::test]
async fn a_body_that_panics_as_it_is_dropped_has_timed_out_once() {
    check_bomb(bomb()).await;
}

#[health_runtime::test]
async fn an_attempt_that_panics_as_it_is_dropped_has_timed_out_once() {
    check_bomb(bomb_again()).await;
}

#[health_runtime::test]
async fn a_future_that_panics_as_it_is_dropped_has_timed_out_once() {
    check_bomb(bomb_plain()).await;
}

fn bad_classify(_: &Error) -> Outcome {
    panic!("classify")
}

#[guarded(deps = ["inner"], classify = bad_classify)]
async fn judged_badly() -> Result<u32, Error> {
    Err(Error::Down)
}

#[guarded(deps = ["inner"], classify = bad_classify, attempts = 2)]
async fn judged_badly_again() -> Result<u32, Error> {
    Err(Error::Down)
}

#[health_runtime::test]
async fn a_panic_of_the_judge_is_a_failure() {
    let call = tokio::spawn(judged_badly().in_current_registry());
    assert!(call.await.is_err());
    let call = tokio::spawn(judged_badly_again().in_current_registry());
    assert!(call.await.is_err());
    assert_failures([("inner", 2)]);
}
