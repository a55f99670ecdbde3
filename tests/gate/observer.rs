//! When too much goes wrong at once, or this process did not run, the fault may be on this side.

use std::time::Duration;

use health_runtime::clock::ManualClock;
use health_runtime::{Criticality, Dependency};

use crate::support::{House, Plan, SECOND, pass};

/// `redis`, `api`, and so many others that no operation asks for.
async fn with_others(others: usize) -> House {
    let low = |index| Dependency::new(format!("other-{index}")).criticality(Criticality::Low);
    let mut plan = Plan::default();
    plan.policy.max_evidence_age = Some(60 * SECOND);
    plan.others = (0..others).map(low).collect();
    House::healthy_with(plan).await
}

fn fail_others(house: &House, others: std::ops::Range<usize>) {
    for index in others {
        house.fail(&format!("other-{index}"));
    }
}

#[tokio::test(start_paused = true)]
async fn three_dependencies_that_go_bad_at_once_make_the_observer_the_suspect() {
    let house = with_others(3).await;
    fail_others(&house, 0..2);
    house.purge().await.is_allowed();
    fail_others(&house, 2..3);
    house.purge().await.is_denied_for(&["observer_suspect"]);
}

#[tokio::test(start_paused = true)]
async fn of_many_it_takes_a_third() {
    let house = with_others(13).await; // 15 in all
    fail_others(&house, 0..4);
    house.purge().await.is_allowed();
    fail_others(&house, 4..5);
    house.purge().await.is_denied_for(&["observer_suspect"]);
}

#[tokio::test(start_paused = true)]
async fn one_after_the_other_is_no_sign_of_it() {
    let house = with_others(4).await;
    for index in 0..4 {
        fail_others(&house, index..index + 1);
        pass(6 * SECOND).await;
        house.purge().await.is_allowed();
    }
}

#[tokio::test(start_paused = true)]
async fn the_suspicion_ends_with_one_settle_time() {
    let house = with_others(3).await;
    fail_others(&house, 0..3);
    pass(10 * SECOND - Duration::from_millis(1)).await;
    house.purge().await.is_denied_for(&["observer_suspect"]);
    pass(Duration::from_millis(1)).await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_ticker_that_was_silent_for_5s_denies() {
    let clock = ManualClock::new();
    let house = House::healthy_with(Plan {
        clock: std::sync::Arc::new(clock.clone()),
        ..Plan::default()
    })
    .await;
    clock.advance(5 * SECOND);
    house.purge().await.is_allowed();
    clock.advance(Duration::from_millis(1));
    house.purge().await.is_denied_for(&["observer_stalled"]);
    // It ticks again, and the gap was short enough for what is known to stay known.
    pass(SECOND).await;
    house.purge().await.is_allowed();
}
