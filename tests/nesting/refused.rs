//! A nested call that is refused.

use health_runtime::{BreakerState, HealthRegistry, Override, Reason, guarded, testing};

use crate::subject::{Answer, Error, SECOND, assert_refused};
use crate::vitals::{assert_breaker, assert_failures, assert_untouched, health, put_on_trial};

const OUTER: &str = "refused-outer";
const INNER: &str = "refused-inside";

#[guarded(deps = [INNER])]
async fn inner() -> Answer {
    Ok(())
}

#[guarded(deps = [OUTER])]
async fn outer() -> Answer {
    inner().await
}

fn hold_open(name: &str) {
    let why = Override::new("test", "down", 3600 * SECOND);
    HealthRegistry::current().force_open(name, why).unwrap();
}

#[health_runtime::test]
async fn a_refusal_inside_is_counted_nowhere() {
    testing::trip(INNER);
    for _ in 0..50 {
        assert_refused(outer().await, Reason::CircuitOpen);
    }
    assert_untouched(OUTER);
    assert_eq!(health(OUTER).refusals, 0);
    assert_eq!(health(INNER).refusals, 50);
}

#[health_runtime::test]
async fn a_refusal_for_any_reason_is_counted_nowhere() {
    hold_open(INNER);
    assert_refused(outer().await, Reason::ForcedOpen);
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn hides_it() -> Result<(), std::io::Error> {
    inner().await.map_err(|_| std::io::Error::other("no luck"))
}

#[health_runtime::test]
async fn a_refusal_that_is_hidden_in_another_error_is_counted_nowhere() {
    testing::trip(INNER);
    for _ in 0..50 {
        assert!(hides_it().await.is_err());
    }
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn gets_over_many(own: Answer) -> Answer {
    for _ in 0..50 {
        let _refused = inner().await;
    }
    tokio::task::yield_now().await;
    own
}

#[health_runtime::test]
async fn many_refusals_inside_hide_neither_a_failure_of_the_outer_call_nor_a_success() {
    testing::trip(INNER);
    let failed = || Err(Error::Failed("by itself"));
    assert!(gets_over_many(failed()).await.is_err());
    assert!(gets_over_many(failed()).await.is_err());
    assert_failures(OUTER, 2);
    gets_over_many(Ok(())).await.unwrap();
    assert_failures(OUTER, 0);
}

#[health_runtime::test]
async fn a_trial_that_is_refused_inside_proves_nothing_and_gives_its_place_back() {
    hold_open(INNER);
    put_on_trial(OUTER).await;
    for _ in 0..50 {
        assert_refused(outer().await, Reason::ForcedOpen);
        assert_breaker(OUTER, BreakerState::HalfOpen);
    }
    let why = Override::new("test", "up again", SECOND);
    HealthRegistry::current().reset(INNER, why).unwrap();
    outer().await.unwrap();
    assert_breaker(OUTER, BreakerState::Closed);
}

#[guarded(deps = [OUTER])]
async fn falls_back() -> Answer {
    match inner().await {
        Err(Error::Refused(_)) => Ok(()),
        answer => answer,
    }
}

#[health_runtime::test]
async fn an_outer_call_that_can_do_without_is_a_success() {
    testing::trip(INNER);
    put_on_trial(OUTER).await;
    hold_open(INNER);
    falls_back().await.unwrap();
    assert_breaker(OUTER, BreakerState::Closed);
}
