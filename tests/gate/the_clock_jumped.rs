//! Seen in the field: the wall clock was set, and intervals came out negative, endless or nil. Here
//! all times are monotonic, and a wall clock that runs ahead is taken for a machine that slept.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use health_runtime::clock::{Clock, ManualClock};

use crate::support::{House, Plan, SECOND, pass};

/// A monotonic clock that moves on, and a wall clock that can be set to anything.
#[derive(Clone)]
struct Settable {
    monotonic: ManualClock,
    wall: Arc<std::sync::Mutex<SystemTime>>,
}

impl Clock for Settable {
    fn now(&self) -> Instant {
        self.monotonic.now()
    }

    fn wall_now(&self) -> SystemTime {
        *self.wall.lock().unwrap()
    }
}

async fn house() -> (House, Settable) {
    let clock = Settable {
        monotonic: ManualClock::new(),
        wall: Arc::new(std::sync::Mutex::new(SystemTime::now())),
    };
    let plan = Plan {
        clock: Arc::new(clock.clone()),
        ..Plan::default()
    };
    (House::healthy_with(plan).await, clock)
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_set_back_changes_nothing() {
    let (house, clock) = house().await;
    for back in [1, 60, 86_400] {
        *clock.wall.lock().unwrap() -= Duration::from_secs(back);
        house.purge().await.is_allowed();
        pass(2 * SECOND).await;
        house.purge().await.is_allowed();
    }
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_set_back_does_not_make_old_evidence_young() {
    let (house, clock) = house().await;
    let before = house.probe.asked();
    *clock.wall.lock().unwrap() -= Duration::from_secs(86_400);
    clock.monotonic.advance(5 * SECOND);
    pass(SECOND).await;
    clock.monotonic.advance(5 * SECOND);
    pass(SECOND).await;
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2, "proven anew");
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_ahead_costs_one_fresh_probe() {
    let (house, clock) = house().await;
    let before = house.probe.asked();
    *clock.wall.lock().unwrap() += Duration::from_secs(86_400);
    house.purge().await.is_denied_for(&["observer_stalled"]);
    pass(2 * SECOND).await;
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_ahead_does_not_end_the_settle_time() {
    let (house, clock) = house().await;
    house.fail("redis");
    house.registry.record_success("redis");
    *clock.wall.lock().unwrap() += Duration::from_secs(86_400);
    pass(2 * SECOND).await;
    let answer = house.purge().await;
    assert!(answer.codes.contains(&"settling"), "{answer:?}");
}

/// Frozen, or starved: nobody saw how the dependency was doing, and whatever it waited for to come in
/// again could not.
#[tokio::test(start_paused = true)]
async fn time_in_which_this_process_did_not_run_is_no_time_of_health() {
    let (house, clock) = house().await;
    house.fail("redis");
    house.registry.record_success("redis");
    house.purge().await.is_denied_for(&["settling"]);
    clock.monotonic.advance(100 * SECOND);
    pass(2 * SECOND).await;
    house.prove().await;
    house.purge().await.is_denied_for(&["settling"]);
    for _ in 0..10 {
        clock.monotonic.advance(SECOND);
        pass(SECOND).await;
        house.prove().await;
    }
    house.purge().await.is_allowed();
    // What had settled before stays settled: one fresh probe is enough, as ever.
    clock.monotonic.advance(100 * SECOND);
    pass(2 * SECOND).await;
    house.prove().await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_at_the_beginning_of_time_does_no_harm() {
    let (house, clock) = house().await;
    *clock.wall.lock().unwrap() = SystemTime::UNIX_EPOCH - SECOND;
    pass(2 * SECOND).await;
    house.purge().await.is_allowed();
}
