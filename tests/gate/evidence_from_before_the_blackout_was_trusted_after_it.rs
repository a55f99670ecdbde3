//! Seen in the field: what was known before an outage, a pause or a new configuration was trusted
//! after it. Here proof belongs to an epoch and ends with it.

use std::sync::Arc;
use std::time::Duration;

use health_runtime::clock::ManualClock;
use tokio::time::Instant;

use crate::support::operations::with_permit;
use crate::support::{House, Mood, Plan, SECOND, Trouble, pass};

fn on(clock: &ManualClock) -> Plan {
    Plan {
        clock: Arc::new(clock.clone()),
        ..Plan::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_of_the_epoch_before_an_outage_is_no_evidence_after_it() {
    let mut plan = Plan::unprobed();
    // So long that only the epoch can end it, and no settle time that would hide that.
    plan.policy.max_evidence_age = Some(3600 * SECOND);
    plan.policy.settle = Duration::ZERO;
    plan.policy.settle_after_open = Duration::ZERO;
    let house = House::healthy_with(plan).await;
    let before = house.trail.last().evidence;
    house.trip("redis").await;
    let why = health_runtime::Override::new("alice", "INC-42", SECOND);
    house.registry.reset("redis", why).unwrap();
    house.purge().await.is_indeterminate_for(&["no_evidence"]);
    let after = house.trail.last().evidence;
    let of_redis = |seen: &[health_runtime::EvidenceSeen]| {
        let redis = seen.iter().find(|seen| seen.dependency == "redis").unwrap();
        (redis.epoch, redis.age.is_some())
    };
    assert_eq!(of_redis(&before), (0, true));
    assert_eq!(of_redis(&after), (2, false));
}

#[tokio::test(start_paused = true)]
async fn the_moment_a_machine_wakes_up_nothing_is_proven_even_before_the_next_tick() {
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    // The monotonic clock stands still while a machine sleeps.
    clock.advance_wall(3600 * SECOND);
    house.purge().await.is_denied_for(&["observer_stalled"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_each_dependency_has_to_be_proven_anew() {
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    let before = house.probe.asked();
    clock.advance_wall(3600 * SECOND);
    pass(2 * SECOND).await;
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_a_dead_dependency_is_not_taken_for_the_live_one_of_before() {
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    house.probe.is_now(Mood::Fails);
    clock.advance_wall(3600 * SECOND);
    pass(2 * SECOND).await;
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_probe_of_before_the_sleep_proves_nothing_after_it() {
    let clock = ManualClock::new();
    let mut plan = on(&clock);
    plan.adapt = |dependency| dependency.probe_timeout(10 * SECOND);
    plan.policy.preflight_timeout = 10 * SECOND;
    let house = House::healthy_with(plan).await;
    clock.advance(11 * SECOND);
    pass(2 * SECOND).await;
    // Asked before the sleep, answered after it.
    house.probe.is_now(Mood::Dawdles(5 * SECOND));
    let sleeping = async {
        pass(SECOND).await;
        clock.advance_wall(3600 * SECOND);
        pass(2 * SECOND).await;
        house.probe.is_now(Mood::Hangs);
    };
    let (answer, ()) = tokio::join!(house.purge(), sleeping);
    assert!(!answer.ran, "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_slept_half_way_is_told_so_by_its_permit() {
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    let checked = house
        .run(with_permit::<_, Trouble>(async |permit| {
            permit.check()?;
            clock.advance_wall(3600 * SECOND);
            assert!(permit.check().is_err(), "before the next tick");
            pass(2 * SECOND).await;
            assert!(permit.check().is_err(), "after it");
            let began = Instant::now();
            permit.checkpoint().await?;
            assert!(began.elapsed() < 2 * SECOND);
            permit.check()?;
            Ok(())
        }))
        .await;
    assert_eq!(checked, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_became_of_the_evidence_while_the_intent_was_written_counts() {
    // Somebody fails.
    let house = House::healthy().await;
    let registry = house.registry.clone();
    house
        .trail
        .meanwhile(move || registry.record_failure("redis", "connection refused"));
    house.purge().await.is_denied_for(&["degraded"]);

    // The machine sleeps.
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    let asleep = clock.clone();
    house
        .trail
        .meanwhile(move || asleep.advance_wall(3600 * SECOND));
    house.purge().await.is_denied_for(&["observer_stalled"]);

    // Time passes.
    let clock = ManualClock::new();
    let house = House::healthy_with(on(&clock)).await;
    clock.advance(4 * SECOND);
    pass(SECOND).await;
    clock.advance(4 * SECOND);
    let slow = clock.clone();
    house.trail.meanwhile(move || slow.advance(3 * SECOND));
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}
