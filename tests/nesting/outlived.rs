//! Outer calls that hang after an inner one has ended that waited, too: in one and the same poll, as where
//! something polls a future again that has woken itself.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use health_runtime::{FailureKind, HealthRegistry, guarded};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::subject::{Answer, Error, SECOND};
use crate::vitals::{assert_failures, assert_last_error, assert_untouched};

const OUTER: &str = "outlived-outer";
const INNER: &str = "outlived-inner";

type Inner = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Polls it twice at once, which is enough for it.
#[guarded(deps = [OUTER], timeout = "none")]
async fn hangs_after(mut inner: Inner) -> Answer {
    poll_fn(|cx| {
        assert!(inner.as_mut().poll(cx).is_pending());
        inner.as_mut().poll(cx)
    })
    .await
    .ok();
    pending().await
}

/// Polls it once, and gives it up after long.
async fn abandon(call: impl Future<Output = Answer>) {
    let mut call = pin!(call);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_pending());
    sleep(2 * SECOND).await;
}

#[track_caller]
fn assert_outer_is_to_blame() {
    assert_failures(OUTER, 1);
    assert_last_error(OUTER, FailureKind::Abandoned);
}

#[guarded(deps = [INNER])]
async fn answers() -> Answer {
    yield_now().await;
    Ok(())
}

#[guarded(deps = [INNER], timeout = "none")]
async fn answers_without_a_limit() -> Answer {
    yield_now().await;
    Ok(())
}

#[guarded(deps = [INNER])]
fn answers_as_a_future() -> impl Future<Output = Answer> + Send {
    async {
        yield_now().await;
        Ok(())
    }
}

#[guarded(deps = [INNER], attempts = 2)]
async fn answers_at_the_first_attempt() -> Answer {
    yield_now().await;
    Ok(())
}

#[health_runtime::test]
async fn after_an_inner_call_that_has_answered_it_hangs_by_itself() {
    abandon(hangs_after(Box::pin(answers()))).await;
    assert_outer_is_to_blame();
    assert_untouched(INNER);
}

#[health_runtime::test]
async fn whether_that_had_a_limit_or_none() {
    abandon(hangs_after(Box::pin(answers_without_a_limit()))).await;
    assert_outer_is_to_blame();
}

#[health_runtime::test]
async fn whatever_the_form_of_the_inner_function() {
    abandon(hangs_after(Box::pin(answers_as_a_future()))).await;
    assert_outer_is_to_blame();
}

#[health_runtime::test]
async fn and_however_often_it_might_have_been_tried() {
    abandon(hangs_after(Box::pin(answers_at_the_first_attempt()))).await;
    assert_outer_is_to_blame();
}

/// Where no scope keeps calls off the short way.
#[tokio::test(start_paused = true)]
async fn the_same_in_the_global_registry() {
    for inner in [
        Box::pin(answers()) as Inner,
        Box::pin(answers_without_a_limit()),
    ] {
        abandon(hangs_after(inner)).await;
        assert_outer_is_to_blame();
        HealthRegistry::global().record_success(OUTER);
    }
    assert_untouched(INNER);
}

#[guarded(deps = [INNER])]
async fn fails() -> Answer {
    yield_now().await;
    Err(Error::Failed("down"))
}

#[health_runtime::test]
async fn after_one_that_has_failed_each_is_to_blame_for_its_own() {
    abandon(hangs_after(Box::pin(fails()))).await;
    assert_outer_is_to_blame();
    assert_failures(INNER, 1);
}

#[guarded(deps = [INNER], fallback = hangs_instead)]
async fn has_a_fallback() -> Answer {
    fails().await
}

async fn hangs_instead() -> Answer {
    pending().await
}

#[guarded(deps = [OUTER], timeout = "none")]
async fn waits_for_a_fallback() -> Answer {
    let mut inner = pin!(has_a_fallback());
    poll_fn(|cx| {
        assert!(inner.as_mut().poll(cx).is_pending());
        inner.as_mut().poll(cx)
    })
    .await
}

#[health_runtime::test]
async fn a_fallback_that_hangs_is_nobody_elses() {
    abandon(waits_for_a_fallback()).await;
    assert_outer_is_to_blame();
    assert_failures(INNER, 1);
}

#[health_runtime::test]
async fn while_an_inner_call_still_waits_that_one_is_to_blame() {
    abandon(hangs_after_another(Box::pin(answers()), Box::pin(never()))).await;
    assert_untouched(OUTER);
    assert_failures(INNER, 1);
}

#[guarded(deps = [INNER], timeout = "none")]
async fn never() -> Answer {
    pending().await
}

#[guarded(deps = [OUTER], timeout = "none")]
async fn hangs_after_another(mut first: Inner, mut second: Inner) -> Answer {
    poll_fn(|cx| {
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(second.as_mut().poll(cx).is_pending());
        first.as_mut().poll(cx)
    })
    .await?;
    // It is dropped with this call.
    let _second = second;
    pending().await
}
