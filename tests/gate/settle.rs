//! After trouble a dependency has to stay healthy for a while before anything is destroyed.

use std::time::Duration;

use health_runtime::Veto;

use crate::support::{House, Mood, Plan, SECOND, pass};

/// The time passes, and all the while everything succeeds.
async fn all_is_well_for(house: &House, time: Duration) {
    let end = tokio::time::Instant::now() + time;
    while tokio::time::Instant::now() < end {
        house.prove().await;
        pass(SECOND.min(end - tokio::time::Instant::now())).await;
    }
    house.prove().await;
}

const ALMOST: Duration = Duration::from_millis(50);

#[tokio::test(start_paused = true)]
async fn after_a_failure_it_takes_10s_of_health() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.fail("redis");
    house.prove().await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, 10 * SECOND - ALMOST).await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, ALMOST).await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_it_takes_60s_of_health() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.trip("redis").await;
    pass(2 * SECOND).await;
    house.prove().await;
    assert_eq!(
        house.registry.health("redis").unwrap().breaker,
        health_runtime::BreakerState::Closed
    );
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, 60 * SECOND - ALMOST).await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, ALMOST).await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn the_time_runs_from_the_recovery_and_not_from_the_failure() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.fail("redis");
    pass(300 * SECOND).await;
    house.prove().await;
    house.purge().await.is_denied_for(&["settling"]);
}

#[tokio::test(start_paused = true)]
async fn another_failure_starts_it_again() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.fail("redis");
    all_is_well_for(&house, 9 * SECOND).await;
    house.fail("redis");
    all_is_well_for(&house, 9 * SECOND).await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, SECOND).await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_failure_amid_the_long_time_does_not_make_it_short() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.trip("redis").await;
    pass(2 * SECOND).await;
    all_is_well_for(&house, 30 * SECOND).await;
    house.fail("redis");
    all_is_well_for(&house, 40 * SECOND).await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, 20 * SECOND).await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_comes_back_as_somebody_else_settles_although_it_never_failed() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    house.probe.is_now(Mood::AnswersAs(2));
    pass(11 * SECOND).await;
    // The probe of the gate itself finds out.
    house
        .purge()
        .await
        .is_denied_for(&["new_identity", "new_identity"]);
    pass(59 * SECOND).await;
    let answer = house.purge().await;
    assert!(answer.codes.contains(&"new_identity"), "{answer:?}");
    pass(SECOND).await;
    house.purge().await.is_allowed();
    assert_eq!(
        house.registry.health("redis").unwrap().consecutive_failures,
        0
    );
}

#[tokio::test(start_paused = true)]
async fn one_more_change_of_identity_starts_the_time_again() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    house.probe.is_now(Mood::AnswersAs(2));
    pass(11 * SECOND).await;
    house.purge().await;
    pass(61 * SECOND).await;
    house.probe.is_now(Mood::AnswersAs(1));
    let codes = house.purge().await;
    codes.is_denied_for(&["new_identity", "new_identity"]);
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_changes_each_time_is_never_settled() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    house.probe.is_now(Mood::AnswersAsAnybody);
    for _ in 0..20 {
        pass(61 * SECOND).await;
        let answer = house.purge().await;
        assert!(!answer.ran, "{answer:?}");
        assert!(answer.codes.contains(&"new_identity"), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_says_how_long_it_has_been_healthy_and_when_to_come_back() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.fail("redis");
    house.prove().await;
    pass(4 * SECOND).await;
    let answer = house.purge().await;
    let record = house.trail.last();
    let [Veto::Unsettled { needed, .. }] = record.verdict.vetoes() else {
        panic!("{:?}", record.verdict);
    };
    assert_eq!(*needed, 10 * SECOND);
    let text = record.verdict.to_string();
    assert!(
        text.starts_with("denied: redis healthy for 4s of 10s"),
        "{text}"
    );
    assert_eq!(answer.error.unwrap().retry_after_s(), 6);
}

#[tokio::test(start_paused = true)]
async fn the_times_can_be_set() {
    let mut plan = Plan::unprobed();
    plan.policy.settle = 2 * SECOND;
    plan.policy.settle_after_open = 4 * SECOND;
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    all_is_well_for(&house, 2 * SECOND).await;
    house.purge().await.is_allowed();
    house.trip("redis").await;
    pass(2 * SECOND).await;
    all_is_well_for(&house, 3 * SECOND).await;
    house.purge().await.is_denied_for(&["settling"]);
    all_is_well_for(&house, SECOND).await;
    house.purge().await.is_allowed();
}
