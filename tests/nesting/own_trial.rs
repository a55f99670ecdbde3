//! A guarded call within a call of the same dependency that is its trial. Users of Polly found
//! that such a breaker never closes (App-vNext/Polly#933): the inner call waits for the outer one,
//! which waits for the inner one.

use std::pin::Pin;

use health_runtime::{BreakerState, HealthRegistry, InCurrentRegistry, Reason, guarded, testing};
use tokio::task::JoinSet;

use crate::subject::{Answer, Error, SECOND, assert_refused};
use crate::vitals::{Says, assert_breaker, assert_failures, health, put_on_trial};

const OWN: &str = "own-trial";
const OTHER: &str = "own-other";

#[guarded(deps = [OWN])]
async fn inner(answer: Answer) -> Answer {
    tokio::task::yield_now().await;
    answer
}

#[guarded(deps = [OWN])]
async fn outer(nested: Answer) -> Answer {
    tokio::task::yield_now().await;
    inner(nested).await
}

fn down() -> Answer {
    Err(Error::Failed("down"))
}

#[health_runtime::test]
async fn a_call_within_its_own_trial_is_part_of_it_and_the_breaker_recovers() {
    put_on_trial(OWN).await;
    outer(Ok(())).await.expect("both ran");
    assert_breaker(OWN, BreakerState::Closed);
}

#[health_runtime::test]
async fn a_trial_that_fails_inside_opens_the_breaker_once() {
    put_on_trial(OWN).await;
    let epoch = health(OWN).epoch;
    let failed = outer(down()).await;
    assert!(matches!(failed, Err(Error::Failed(_))), "both ran");
    assert_breaker(OWN, BreakerState::Open);
    assert_eq!(health(OWN).epoch, epoch + 2, "half-open, and open again");
    assert!(health(OWN).retry_after <= 2 * SECOND, "one level, not two");
}

#[guarded(deps = [OWN])]
async fn gets_over_it() -> Answer {
    let _failed = inner(down()).await;
    Ok(())
}

#[health_runtime::test]
async fn the_outer_call_decides_the_trial() {
    put_on_trial(OWN).await;
    gets_over_it().await.unwrap();
    assert_breaker(OWN, BreakerState::Closed);
}

#[health_runtime::test]
async fn while_closed_a_nested_failure_counts_once() {
    assert!(outer(down()).await.is_err());
    assert_failures(OWN, 1);
}

fn recursive(depth: u32) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    #[guarded(deps = [OWN])]
    async fn level(depth: u32) -> Answer {
        if depth == 0 {
            Ok(())
        } else {
            recursive(depth - 1).await
        }
    }
    Box::pin(level(depth))
}

#[health_runtime::test]
async fn a_recursive_call_is_one_trial() {
    put_on_trial(OWN).await;
    recursive(50).await.expect("every level ran");
    assert_breaker(OWN, BreakerState::Closed);
}

#[guarded(deps = [OWN])]
async fn joins_two() -> Answer {
    let (one, other) = tokio::join!(inner(Ok(())), inner(Ok(())));
    one.and(other)
}

#[health_runtime::test]
async fn joined_calls_within_their_own_trial_are_part_of_it() {
    put_on_trial(OWN).await;
    joins_two().await.expect("both ran");
    assert_breaker(OWN, BreakerState::Closed);
}

#[health_runtime::test]
async fn a_neighbour_on_the_same_thread_is_no_part_of_the_trial() {
    put_on_trial(OWN).await;
    let (trial, neighbour) = tokio::join!(outer(Ok(())), inner(Ok(())));
    trial.unwrap();
    assert_refused(neighbour, Reason::TrialInFlight);
}

#[guarded(deps = [OWN])]
async fn spawns() -> Answer {
    tokio::spawn(inner(Ok(())).in_current_registry())
        .await
        .expect("no panic")
}

#[health_runtime::test]
async fn a_task_of_its_own_is_no_part_of_the_trial() {
    put_on_trial(OWN).await;
    assert_refused(spawns().await, Reason::TrialInFlight);
    assert_eq!(health(OWN).refusal, None, "and the place is free again");
}

/// What the users of Polly did: many at once, over and over.
#[health_runtime::test]
async fn a_crowd_of_nested_callers_recovers() {
    for round in 0..20 {
        testing::trip(OWN);
        let mut passed = 0;
        for _ in 0..10 {
            testing::advance(health(OWN).retry_after).await;
            let mut crowd = JoinSet::new();
            for _ in 0..50 {
                crowd.spawn(outer(Ok(())).in_current_registry());
            }
            passed = crowd
                .join_all()
                .await
                .iter()
                .filter(|answer| answer.is_ok())
                .count();
            if passed > 0 {
                break;
            }
        }
        assert_breaker(OWN, BreakerState::Closed);
        assert!(passed >= 1, "round {round}");
    }
}

#[guarded(deps = [OWN, OTHER])]
async fn inner_of_two(answer: Result<(), Says>) -> Result<(), Says> {
    answer
}

#[guarded(deps = [OWN])]
async fn outer_of_two(nested: Result<(), Says>) -> Result<(), Says> {
    inner_of_two(nested).await
}

#[health_runtime::test]
async fn a_nested_call_of_two_takes_a_place_only_where_it_has_none() {
    put_on_trial(OWN).await;
    testing::trip(OTHER);
    testing::advance(SECOND).await;
    outer_of_two(Ok(())).await.unwrap();
    assert_breaker(OWN, BreakerState::Closed);
    assert_breaker(OTHER, BreakerState::Closed);
}

#[health_runtime::test]
async fn a_nested_failure_of_the_dependency_on_trial_fails_the_trial() {
    put_on_trial(OWN).await;
    assert!(outer_of_two(Err(Says::Of(OWN))).await.is_err());
    assert_breaker(OWN, BreakerState::Open);
    assert_failures(OTHER, 0);
}

#[health_runtime::test]
async fn a_nested_failure_of_the_other_one_leaves_the_trial_undecided() {
    put_on_trial(OWN).await;
    assert!(outer_of_two(Err(Says::Of(OTHER))).await.is_err());
    assert_breaker(OWN, BreakerState::HalfOpen);
    assert_failures(OTHER, 1);
}

#[guarded(deps = [OTHER])]
async fn outer_of_another(nested: Answer) -> Answer {
    inner(nested).await
}

#[health_runtime::test]
async fn within_a_call_of_another_dependency_the_inner_call_is_the_trial() {
    put_on_trial(OWN).await;
    outer_of_another(Ok(())).await.unwrap();
    assert_breaker(OWN, BreakerState::Closed);
    assert_eq!(HealthRegistry::current().health(OTHER).unwrap().epoch, 0);
}

#[health_runtime::test]
async fn a_nested_call_that_hangs_in_its_own_trial_is_taken_over_after_the_lease() {
    put_on_trial(OWN).await;
    let hung = tokio::spawn(hangs_inside().in_current_registry());
    testing::advance(29 * SECOND).await;
    assert_refused(outer(Ok(())).await, Reason::TrialInFlight);
    testing::advance(SECOND).await;
    outer(Ok(())).await.expect("the lease is over");
    assert_breaker(OWN, BreakerState::Closed);
    hung.abort();
    assert!(hung.await.is_err());
    assert_failures(OWN, 0);
}

#[guarded(deps = [OWN], timeout = "none")]
async fn hangs_inside() -> Answer {
    hangs().await
}

#[guarded(deps = [OWN], timeout = "none")]
async fn hangs() -> Answer {
    std::future::pending().await
}
