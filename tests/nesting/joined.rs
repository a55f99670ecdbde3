//! Nested calls that run side by side in one outer call.

use std::future::pending;

use health_runtime::{FailureKind, guarded};
use tokio::time::{sleep, timeout};

use crate::subject::{Answer, Error, SECOND};
use crate::vitals::{assert_failures, assert_last_error, assert_untouched};

const OUTER: &str = "joined-outer";
const LEFT: &str = "joined-left";
const RIGHT: &str = "joined-right";

#[derive(Clone, Copy)]
enum Does {
    Answer,
    Fail,
    Hang,
}

impl Does {
    async fn it(self) -> Answer {
        sleep(SECOND / 10).await;
        match self {
            Self::Answer => Ok(()),
            Self::Fail => Err(Error::Failed("down")),
            Self::Hang => pending().await,
        }
    }
}

#[guarded(deps = [LEFT])]
async fn left(does: Does) -> Answer {
    does.it().await
}

#[guarded(deps = [RIGHT])]
async fn right(does: Does) -> Answer {
    tokio::task::yield_now().await;
    does.it().await
}

#[guarded(deps = [OUTER])]
async fn joins(one: Does, other: Does) -> Answer {
    let (one, other) = tokio::join!(left(one), right(other));
    one.and(other)
}

#[guarded(deps = [OUTER])]
async fn tries_to_join(one: Does, other: Does) -> Answer {
    tokio::try_join!(left(one), right(other)).map(|_| ())
}

#[guarded(deps = [OUTER])]
async fn takes_the_first(one: Does, other: Does) -> Answer {
    tokio::select! {
        biased;
        answer = left(one) => answer,
        answer = right(other) => answer,
    }
}

#[health_runtime::test]
async fn both_succeed() {
    joins(Does::Answer, Does::Answer).await.unwrap();
    for name in [OUTER, LEFT, RIGHT] {
        assert_untouched(name);
    }
}

#[health_runtime::test]
async fn the_one_that_fails_is_counted_and_nobody_else() {
    assert!(joins(Does::Fail, Does::Answer).await.is_err());
    assert_failures(LEFT, 1);
    assert_untouched(RIGHT);
    assert_untouched(OUTER);
    assert!(joins(Does::Answer, Does::Fail).await.is_err());
    assert_failures(LEFT, 0);
    assert_failures(RIGHT, 1);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn both_that_fail_are_counted_each_once() {
    assert!(joins(Does::Fail, Does::Fail).await.is_err());
    assert_failures(LEFT, 1);
    assert_failures(RIGHT, 1);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn one_that_is_dropped_because_the_other_failed_proves_nothing() {
    assert!(tries_to_join(Does::Fail, Does::Hang).await.is_err());
    assert_failures(LEFT, 1);
    assert_untouched(RIGHT);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn the_slower_of_two_that_race_proves_nothing() {
    takes_the_first(Does::Answer, Does::Hang).await.unwrap();
    for name in [OUTER, LEFT, RIGHT] {
        assert_untouched(name);
    }
}

#[health_runtime::test]
async fn when_both_are_dropped_the_one_that_hung_is_counted() {
    let dropped = timeout(3 * SECOND, joins(Does::Answer, Does::Hang)).await;
    assert!(dropped.is_err());
    assert_untouched(LEFT);
    assert_failures(RIGHT, 1);
    assert_last_error(RIGHT, FailureKind::Abandoned);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn one_that_failed_before_the_outer_call_was_dropped_is_counted_once() {
    let dropped = timeout(3 * SECOND, joins(Does::Fail, Does::Hang)).await;
    assert!(dropped.is_err());
    assert_failures(LEFT, 1);
    assert_failures(RIGHT, 1);
    assert_untouched(OUTER);
}

/// Two outer calls whose inner calls take turns on one thread.
#[health_runtime::test]
async fn outer_calls_that_take_turns_do_not_explain_each_other() {
    let (one, other) = tokio::join!(fails_itself(), joins(Does::Fail, Does::Answer));
    assert!(one.is_err() && other.is_err());
    assert_failures(OUTER, 1);
    assert_failures(LEFT, 1);
}

#[guarded(deps = [OUTER])]
async fn fails_itself() -> Answer {
    sleep(SECOND / 10).await;
    right(Does::Answer).await?;
    Err(Error::Failed("by itself"))
}
