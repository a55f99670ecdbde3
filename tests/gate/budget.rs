//! So much may be destroyed in a time, and no more, even if every single call is fine.

use std::time::Duration;

use health_runtime::{Budget, GateMode, OperationPolicy};
use tokio::time::Instant;

use crate::support::operations::{OnCache, OnIndex, close, evict};
use crate::support::{House, Manner, Plan, Ran, SECOND, pass};

const HOUR: Duration = Duration::from_secs(3600);

async fn evict_now(house: &House) -> crate::support::Answer {
    house.ask(|ran| evict(ran, Duration::ZERO)).await
}

#[tokio::test(start_paused = true)]
async fn it_runs_out_and_fills_up_evenly() {
    let house = House::healthy().await;
    for _ in 0..3 {
        evict_now(&house).await.is_allowed();
    }
    let answer = evict_now(&house).await;
    answer.is_denied_for(&["budget_exhausted"]);
    assert_eq!(answer.error.unwrap().retry_after_s(), 20);
    pass(20 * SECOND).await;
    evict_now(&house).await.is_allowed();
    evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_counts_as_used_however_long_it_takes() {
    let house = House::healthy().await;
    let ran: &'static Ran = Box::leak(Box::default());
    for _ in 0..10 {
        drop(tokio::spawn(house.registry.scope(evict(ran, HOUR))));
    }
    pass(SECOND).await;
    assert_eq!(ran.times(), 3);
    for _ in 0..30 {
        pass(60 * SECOND).await;
        evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
    }
    pass(HOUR).await;
    evict_now(&house).await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_denial_uses_nothing_up() {
    let house = House::healthy().await;
    house.fail("redis");
    for _ in 0..10 {
        evict_now(&house).await.is_denied_for(&["degraded"]);
    }
    house.registry.record_success("redis");
    pass(11 * SECOND).await;
    for _ in 0..3 {
        evict_now(&house).await.is_allowed();
    }
    evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_denied_anyway_does_not_ask_for_a_place() {
    let house = House::healthy().await;
    for _ in 0..3 {
        evict_now(&house).await.is_allowed();
    }
    house.fail("redis");
    evict_now(&house).await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn observing_counts_what_would_be_denied_for_another_reason_too() {
    let mut plan = Plan::default();
    plan.policy.mode = GateMode::Observe;
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    for _ in 0..3 {
        assert_eq!(evict_now(&house).await.codes, ["degraded"]);
    }
    let fourth = evict_now(&house).await;
    assert!(fourth.ran);
    assert_eq!(fourth.codes, ["degraded", "budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_after_its_place_was_taken_gives_it_back() {
    let house = House::healthy().await;
    house.trail.behaves(Manner::Fails);
    for _ in 0..10 {
        evict_now(&house)
            .await
            .is_indeterminate_for(&["audit_unavailable"]);
    }
    house.trail.behaves(Manner::Writes);
    for _ in 0..3 {
        evict_now(&house).await.is_allowed();
    }
    evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_before_the_body_starts_gives_its_place_back() {
    let house = House::healthy().await;
    house.trail.behaves(Manner::Hangs);
    for _ in 0..10 {
        let given_up = tokio::time::timeout(SECOND / 2, evict_now(&house)).await;
        assert!(given_up.is_err());
    }
    house.trail.behaves(Manner::Writes);
    for _ in 0..3 {
        evict_now(&house).await.is_allowed();
    }
    evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn a_bypass_does_not_skip_it() {
    let house = House::healthy().await;
    house.trip("redis").await;
    for _ in 0..3 {
        assert!(house.ask(|ran| close(ran, true)).await.ran);
    }
    let answer = house.ask(|ran| close(ran, true)).await;
    assert!(!answer.ran);
    assert!(answer.codes.contains(&"budget_exhausted"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn the_configuration_may_set_another() {
    let policy = OperationPolicy {
        budget: Some(Budget::new(1, 60 * SECOND)),
        ..OperationPolicy::default()
    };
    let house = House::healthy_with(Plan {
        operations: vec![("evict", policy)],
        ..Plan::default()
    })
    .await;
    evict_now(&house).await.is_allowed();
    evict_now(&house).await.is_denied_for(&["budget_exhausted"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_pauses_keeps_its_place() {
    let began = Instant::now();
    let house = House::healthy().await;
    let ran: &'static Ran = Box::leak(Box::default());
    let slow = tokio::spawn(house.registry.scope(evict(ran, 60 * SECOND)));
    pass(30 * SECOND).await;
    house
        .ask(|ran| evict(ran, Duration::ZERO))
        .await
        .is_allowed();
    assert_eq!(house.trail.last().budget_left, Some(1));
    slow.await.unwrap().unwrap();
    assert!(began.elapsed() >= 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn two_functions_of_one_name_have_their_own_budget_and_their_own_dependencies() {
    let house = House::healthy().await;
    // Asked first, it must not stand in for the other, which needs more.
    house.ask(|ran| OnCache.wipe(ran)).await.is_allowed();
    house
        .ask(|ran| OnIndex.wipe(ran))
        .await
        .is_indeterminate_for(&["no_evidence"]);
    house.registry.record_success("search");
    house.ask(|ran| OnIndex.wipe(ran)).await.is_allowed();
    house
        .ask(|ran| OnIndex.wipe(ran))
        .await
        .is_denied_for(&["budget_exhausted"]);
    house.ask(|ran| OnCache.wipe(ran)).await.is_allowed();
}
