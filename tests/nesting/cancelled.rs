//! Outer calls that are dropped while an inner one runs, and inner ones that the outer drops.

use std::future::pending;

use health_runtime::{BreakerState, FailureKind, guarded};
use tokio::time::{sleep, timeout};

use crate::subject::{Answer, Error, SECOND};
use crate::vitals::{
    assert_breaker, assert_failures, assert_last_error, assert_untouched, put_on_trial,
};

const OUTER: &str = "cancelled-outer";
const INNER: &str = "cancelled-inner";

#[guarded(deps = [INNER])]
async fn inner_hangs() -> Answer {
    pending().await
}

#[guarded(deps = [OUTER])]
async fn outer() -> Answer {
    inner_hangs().await
}

#[guarded(deps = [OUTER])]
fn outer_as_a_future() -> impl Future<Output = Answer> + Send {
    async { inner_hangs().await }
}

#[guarded(deps = [OUTER])]
fn outer_as_a_box() -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(inner_hangs())
}

#[health_runtime::test]
async fn a_call_dropped_at_once_counts_nowhere() {
    for _ in 0..20 {
        assert!(timeout(SECOND / 10, outer()).await.is_err());
    }
    assert_untouched(OUTER);
    assert_untouched(INNER);
}

#[health_runtime::test]
async fn a_call_dropped_after_long_counts_once_and_where_it_hung() {
    assert!(timeout(2 * SECOND, outer()).await.is_err());
    assert_failures(INNER, 1);
    assert_last_error(INNER, FailureKind::Abandoned);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn whatever_the_form_of_the_outer_function() {
    assert!(timeout(2 * SECOND, outer_as_a_future()).await.is_err());
    assert!(timeout(2 * SECOND, outer_as_a_box()).await.is_err());
    assert_failures(INNER, 2);
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn outer_hangs_itself() -> Answer {
    inner_answers().await?;
    pending().await
}

#[guarded(deps = [INNER])]
async fn inner_answers() -> Answer {
    sleep(SECOND / 10).await;
    Ok(())
}

#[health_runtime::test]
async fn an_outer_call_that_hangs_by_itself_is_its_own() {
    assert!(timeout(2 * SECOND, outer_hangs_itself()).await.is_err());
    assert_failures(OUTER, 1);
    assert_last_error(OUTER, FailureKind::Abandoned);
    assert_untouched(INNER);
}

#[guarded(deps = [OUTER])]
async fn loses_patience() -> Answer {
    match timeout(2 * SECOND, inner_hangs()).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::Failed("took too long")),
    }
}

#[health_runtime::test]
async fn an_inner_call_that_the_outer_gives_up_counts_once_and_where_it_hung() {
    assert!(loses_patience().await.is_err());
    assert_failures(INNER, 1);
    assert_last_error(INNER, FailureKind::Abandoned);
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn does_without() -> Answer {
    let _elapsed = timeout(2 * SECOND, inner_hangs()).await;
    Ok(())
}

#[health_runtime::test]
async fn an_outer_call_that_does_without_is_a_success() {
    put_on_trial(OUTER).await;
    does_without().await.unwrap();
    assert_breaker(OUTER, BreakerState::Closed);
    assert_failures(INNER, 1);
}

#[health_runtime::test]
async fn a_dropped_trial_with_a_hung_call_inside_gives_both_places_back() {
    put_on_trial(OUTER).await;
    assert!(timeout(2 * SECOND, outer()).await.is_err());
    assert_breaker(OUTER, BreakerState::HalfOpen);
    does_without().await.expect("its place is free");
    assert_breaker(OUTER, BreakerState::Closed);
}

#[guarded(deps = [OUTER])]
async fn within_its_own_trial() -> Answer {
    hangs_in_the_same().await
}

#[guarded(deps = [OUTER])]
async fn hangs_in_the_same() -> Answer {
    pending().await
}

#[health_runtime::test]
async fn a_trial_that_hangs_within_itself_fails_when_it_is_dropped_after_long() {
    put_on_trial(OUTER).await;
    assert!(timeout(2 * SECOND, within_its_own_trial()).await.is_err());
    assert_breaker(OUTER, BreakerState::Open);
    assert_last_error(OUTER, FailureKind::Abandoned);
}

#[health_runtime::test]
async fn the_same_while_closed_counts_once() {
    assert!(timeout(2 * SECOND, within_its_own_trial()).await.is_err());
    assert_failures(OUTER, 1);
}
