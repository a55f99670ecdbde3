//! Panics in nested bodies.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use health_runtime::{BreakerState, FailureKind, guarded};

use crate::subject::{Answer, Error};
use crate::vitals::{
    assert_breaker, assert_failures, assert_last_error, assert_untouched, put_on_trial,
};

const OUTER: &str = "panicked-outer";
const INNER: &str = "panicked-inner";

struct Caught<F>(F);

impl<F: Future> Future for Caught<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the field is pinned when the struct is, and never moved.
        #[expect(unsafe_code, reason = "a pin projection, in a test")]
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        match catch_unwind(AssertUnwindSafe(|| inner.poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

/// Polls the future to its end or its panic, and drops it. `None` if it has panicked.
async fn survive<F: Future>(future: F) -> Option<F::Output> {
    pin!(Caught(future)).await
}

#[guarded(deps = [INNER])]
async fn inner(panics: bool) -> Answer {
    tokio::task::yield_now().await;
    assert!(!panics, "inside");
    Ok(())
}

#[guarded(deps = [OUTER])]
async fn outer(inside: bool, itself: bool) -> Answer {
    inner(inside).await?;
    assert!(!itself, "outside");
    Ok(())
}

#[health_runtime::test]
async fn a_panic_inside_is_counted_once_and_where_it_happened() {
    assert!(survive(outer(true, false)).await.is_none());
    assert_failures(INNER, 1);
    assert_last_error(INNER, FailureKind::Panic);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn a_panic_outside_is_the_outer_calls_own() {
    assert!(survive(outer(false, true)).await.is_none());
    assert_failures(OUTER, 1);
    assert_last_error(OUTER, FailureKind::Panic);
    assert_untouched(INNER);
}

#[guarded(deps = [OUTER])]
async fn gets_over_a_failure_and_panics() -> Answer {
    let failed = inner_fails().await;
    assert!(failed.is_ok(), "on its own account");
    Ok(())
}

#[guarded(deps = [INNER])]
async fn inner_fails() -> Answer {
    Err(Error::Failed("down"))
}

#[health_runtime::test]
async fn panics_open_the_breaker_where_they_happen_and_not_around_it() {
    for _ in 0..5 {
        assert!(survive(outer(true, false)).await.is_none());
    }
    assert_breaker(INNER, BreakerState::Open);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn a_panic_over_a_failure_inside_is_not_lost_altogether() {
    assert!(survive(gets_over_a_failure_and_panics()).await.is_none());
    assert_failures(INNER, 1);
}

#[guarded(deps = [OUTER])]
async fn catches_it(then: Answer) -> Answer {
    assert!(survive(inner(true)).await.is_none());
    then
}

#[health_runtime::test]
async fn a_panic_that_is_caught_inside_the_outer_call_is_none_of_its_own() {
    catches_it(Ok(())).await.unwrap();
    assert_failures(INNER, 1);
    assert_untouched(OUTER);
    assert!(catches_it(Err(Error::Failed("no answer"))).await.is_err());
    assert_failures(INNER, 2);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn a_panic_after_one_that_was_caught_is_counted_anew() {
    catches_it(Ok(())).await.unwrap();
    assert!(survive(outer(false, true)).await.is_none());
    assert_failures(OUTER, 1);
}

#[health_runtime::test]
async fn a_trial_that_panics_inside_leaves_the_outer_one_undecided() {
    put_on_trial(OUTER).await;
    assert!(survive(outer(true, false)).await.is_none());
    assert_breaker(OUTER, BreakerState::HalfOpen);
    outer(false, false).await.expect("its place is free");
    assert_breaker(OUTER, BreakerState::Closed);
}

#[guarded(deps = [OUTER])]
async fn within_its_own_trial() -> Answer {
    panics_in_the_same().await
}

#[guarded(deps = [OUTER])]
async fn panics_in_the_same() -> Answer {
    panic!("inside its own trial")
}

#[health_runtime::test]
async fn a_panic_within_its_own_trial_fails_the_trial() {
    put_on_trial(OUTER).await;
    assert!(survive(within_its_own_trial()).await.is_none());
    assert_breaker(OUTER, BreakerState::Open);
}
