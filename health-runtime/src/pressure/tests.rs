//! Loops under pressure, in paused time.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{HealthInterval, Pressure, interval};
use crate::breaker::{BreakerMode, BreakerPolicy, Override};
use crate::dependency::Dependency;
use crate::error::DependencyUnhealthy;
use crate::probe::{self, ProbeError};
use crate::registry::HealthRegistry;
use crate::state::DependencyState;

const SECOND: Duration = Duration::from_secs(1);
const PERIOD: Duration = Duration::from_secs(10);

type Answer = Result<(), DependencyUnhealthy>;

fn registry() -> HealthRegistry {
    HealthRegistry::builder()
        .seed(1)
        .build()
        .expect("nothing is declared")
}

fn every_period(registry: &HealthRegistry, deps: &[&str]) -> HealthInterval {
    interval(deps, PERIOD).registry(registry.clone())
}

fn trip(registry: &HealthRegistry, dependency: &str) {
    (0..5).for_each(|_| registry.record_failure(dependency, "down"));
    assert_eq!(
        registry.get_state(dependency),
        Ok(DependencyState::Unhealthy)
    );
}

/// How long the breaker stays open from now on.
fn cooldown(registry: &HealthRegistry, dependency: &str) -> Duration {
    registry.health(dependency).unwrap().retry_after
}

fn by_alice(lasts: Duration) -> Override {
    Override::new("alice", "upgrade", lasts)
}

/// The seconds of a time, rounded: timers are exact to a millisecond.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100.0).round() / 100.0
}

/// Runs `meanwhile` beside the next tick. Returns when the tick came.
async fn tick_while(interval: &mut HealthInterval, meanwhile: impl Future<Output = ()>) -> f64 {
    let start = Instant::now();
    let tick = async {
        interval.tick().await;
        seconds(start.elapsed())
    };
    tokio::join!(tick, meanwhile).0
}

async fn after(wait: Duration, change: impl FnOnce()) {
    sleep(wait).await;
    change();
}

#[tokio::test(start_paused = true)]
async fn an_interval_ticks_at_once_and_then_every_period() {
    let mut interval = every_period(&registry(), &["redis", "api"]);
    let start = Instant::now();
    let mut ticks = Vec::new();
    for _ in 0..4 {
        assert_eq!(interval.tick().await, Pressure::Normal);
        ticks.push(seconds(start.elapsed()));
    }
    assert_eq!(ticks, [0.0, 10.0, 20.0, 30.0]);
}

#[tokio::test(start_paused = true)]
async fn the_worst_dependency_sets_the_pace() {
    let registry = registry();
    let mut interval = every_period(&registry, &["redis", "api"]).slow_factor(6);
    interval.tick().await;
    registry.record_failure("api", "slow");
    let start = Instant::now();
    assert_eq!(interval.tick().await, Pressure::Reduced);
    assert_eq!(seconds(start.elapsed()), 60.0);
}

#[tokio::test(start_paused = true)]
async fn one_that_recovers_shortens_the_wait_and_one_that_gets_worse_lengthens_it() {
    let registry = registry();
    let mut interval = every_period(&registry, &["redis"]);
    interval.tick().await;

    registry.record_failure("redis", "slow");
    let recovers = after(3 * SECOND, || registry.record_success("redis"));
    assert_eq!(tick_while(&mut interval, recovers).await, 10.0);

    let fails = after(3 * SECOND, || registry.record_failure("redis", "slow"));
    assert_eq!(tick_while(&mut interval, fails).await, 40.0);

    // Past two normal ticks: in the rhythm that the loop had, not at once.
    let recovers = after(23 * SECOND, || registry.record_success("redis"));
    assert_eq!(tick_while(&mut interval, recovers).await, 30.0);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_down_stops_the_ticks_until_it_is_back() {
    let registry = registry();
    let mut interval = every_period(&registry, &["redis"]);
    interval.tick().await;
    registry
        .force_open("redis", by_alice(300 * SECOND))
        .unwrap();
    assert!(timeout(299 * SECOND, interval.tick()).await.is_err());

    let back = after(SECOND / 2, || {
        registry.reset("redis", by_alice(SECOND)).unwrap();
    });
    let came = tick_while(&mut interval, back).await;
    assert!((0.5..=5.5).contains(&came), "jittered: {came}");
}

#[tokio::test(start_paused = true)]
async fn where_no_probe_runs_the_tick_after_the_cooldown_is_the_trial() {
    let registry = registry();
    let mut interval = every_period(&registry, &["redis"]);
    interval.tick().await;
    let is_up = AtomicBool::new(false);
    let mut pauses = Vec::new();
    let call = || {
        let is_up = is_up.load(Ordering::Relaxed);
        registry.call("redis", async move {
            let answer: Result<(), Box<dyn std::error::Error>> = match is_up {
                true => Ok(()),
                false => Err("down".into()),
            };
            answer
        })
    };
    trip(&registry, "redis");
    for _ in 0..8 {
        let cooldown = cooldown(&registry, "redis");
        let start = Instant::now();
        assert_eq!(interval.tick().await, Pressure::Reduced);
        assert!(start.elapsed() >= cooldown.max(PERIOD - SECOND / 100));
        assert!(start.elapsed() <= (cooldown + PERIOD / 2 + SECOND / 100).max(PERIOD + SECOND));
        pauses.push(start.elapsed());
        assert_eq!(call().await.unwrap_err().to_string(), "down", "it ran");
    }
    assert!(
        pauses[7] > 2 * PERIOD,
        "the breaker's backoff sets the pace: {pauses:?}"
    );
    is_up.store(true, Ordering::Relaxed);
    interval.tick().await;
    call().await.unwrap();
    let start = Instant::now();
    assert_eq!(interval.tick().await, Pressure::Normal);
    assert_eq!(seconds(start.elapsed()), 10.0);
}

/// A registry whose `redis` is watched by a probe, and the switch of that redis.
async fn probed() -> (HealthRegistry, Arc<AtomicBool>) {
    let registry = registry();
    let is_up = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&is_up);
    let probe = probe::from_fn(move || {
        let is_up = switch.load(Ordering::Relaxed);
        async move { is_up.then_some(()).ok_or_else(|| ProbeError::new("down")) }
    });
    let answer: Answer = registry
        .call_with_probe("redis", async { Ok(()) }, probe)
        .await;
    answer.unwrap();
    (registry, is_up)
}

#[tokio::test(start_paused = true)]
async fn where_a_probe_runs_no_tick_comes_before_it_has_succeeded() {
    let (registry, is_up) = probed().await;
    let mut interval = every_period(&registry, &["redis"]);
    interval.tick().await;
    is_up.store(false, Ordering::Relaxed);
    trip(&registry, "redis");
    assert!(
        timeout(600 * SECOND, interval.tick()).await.is_err(),
        "ten minutes of probes that fail"
    );
    is_up.store(true, Ordering::Relaxed);
    assert_eq!(interval.tick().await, Pressure::Normal);
    assert_eq!(registry.get_state("redis"), Ok(DependencyState::Healthy));
}

#[tokio::test(start_paused = true)]
async fn a_fleet_does_not_come_back_as_one() {
    let registry = registry();
    registry
        .force_open("redis", by_alice(100 * SECOND))
        .unwrap();
    let start = Instant::now();
    let fleet = (0..20).map(|_| {
        let mut interval = every_period(&registry, &["redis"]);
        tokio::spawn(async move {
            interval.tick().await;
            start.elapsed().as_millis()
        })
    });
    let mut came = Vec::new();
    for one in fleet.collect::<Vec<_>>() {
        came.push(one.await.unwrap());
    }
    assert!(came.iter().all(|at| (100_000..=105_001).contains(at)));
    came.sort_unstable();
    let (first, last) = (came[0], came[came.len() - 1]);
    assert!(last - first > 3_000, "spread over half a period: {came:?}");
}

#[tokio::test(start_paused = true)]
async fn dropping_tick_loses_no_tick_and_shifts_none() {
    let registry = registry();
    let mut interval = every_period(&registry, &["redis"]);
    interval.tick().await;
    let start = Instant::now();
    let mut drops = 0;
    while timeout(Duration::from_millis(700), interval.tick())
        .await
        .is_err()
    {
        drops += 1;
    }
    assert_eq!((drops, seconds(start.elapsed())), (14, 10.0));

    registry.record_failure("redis", "slow");
    let start = Instant::now();
    while timeout(Duration::from_millis(700), interval.tick())
        .await
        .is_err()
    {}
    assert_eq!(seconds(start.elapsed()), 40.0, "slow");

    trip(&registry, "redis");
    let start = Instant::now();
    while timeout(Duration::from_millis(700), interval.tick())
        .await
        .is_err()
    {}
    let came = seconds(start.elapsed());
    assert!((10.0..=15.5).contains(&came), "after a pause: {came}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_misses_ticks_and_does_not_catch_up() {
    let mut interval = every_period(&registry(), &["redis"]);
    interval.tick().await;
    sleep(35 * SECOND).await;
    let start = Instant::now();
    interval.tick().await;
    interval.tick().await;
    interval.tick().await;
    assert_eq!(seconds(start.elapsed()), 20.0);
}

#[tokio::test(start_paused = true)]
async fn an_interval_without_dependencies_is_a_plain_one() {
    let mut interval = interval([""; 0], PERIOD).registry(registry());
    interval.tick().await;
    assert_eq!(tick_while(&mut interval, async {}).await, 10.0);
}

#[tokio::test]
#[should_panic(expected = "`period` must be non-zero")]
async fn a_period_of_zero_is_refused() {
    let _interval = interval(["redis"], Duration::ZERO);
}

#[tokio::test]
#[should_panic(expected = "`slow_factor` must be at least 1")]
async fn a_slow_factor_of_zero_is_refused() {
    let _interval = interval(["redis"], PERIOD).slow_factor(0);
}

#[tokio::test(start_paused = true)]
async fn the_present_registry_is_that_of_the_scope() {
    let registry = registry();
    let mut interval = registry.scope(async { interval(["redis"], PERIOD) }).await;
    assert_eq!(interval.tick().await, Pressure::Normal);
    registry.record_failure("redis", "slow");
    assert_eq!(interval.tick().await, Pressure::Reduced);
    let pressure = registry.scope(async { Pressure::current(["redis"]) }).await;
    assert_eq!(pressure, Pressure::Reduced);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_only_observes_slows_a_loop_and_does_not_stop_it() {
    let observed = BreakerPolicy {
        mode: BreakerMode::Observe,
        ..BreakerPolicy::default()
    };
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dependency::new("redis").breaker(observed))
        .build()
        .unwrap();
    trip(&registry, "redis");
    assert_eq!(registry.pressure(["redis"]).current(), Pressure::Reduced);
}

#[tokio::test(start_paused = true)]
async fn a_handle_tells_every_change_once_also_those_by_time_alone() {
    let registry = registry();
    let mut pressure = registry.pressure(["redis"]);
    assert!(timeout(PERIOD, pressure.changed()).await.is_err());
    registry.record_failure("redis", "slow");
    assert_eq!(pressure.changed().await, Pressure::Reduced);
    assert!(timeout(PERIOD, pressure.changed()).await.is_err());

    trip(&registry, "redis");
    assert_eq!(pressure.changed().await, Pressure::Paused);
    let cooldown = cooldown(&registry, "redis");
    let start = Instant::now();
    assert_eq!(pressure.changed().await, Pressure::Reduced);
    let waited = start.elapsed();
    assert!(
        waited >= cooldown && waited <= cooldown + SECOND / 100,
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_loop_takes_a_quarter_while_degraded_and_waits_while_down() {
    let registry = registry();
    let pressure = registry.pressure(["redis"]);
    assert_eq!(pressure.chunk(500), 500);
    assert_eq!(pressure.pause().await, Pressure::Normal);

    registry.record_failure("redis", "slow");
    assert_eq!(
        [0, 1, 3, 500].map(|full| pressure.chunk(full)),
        [0, 1, 1, 125]
    );
    assert_eq!(pressure.pause().await, Pressure::Reduced);

    trip(&registry, "redis");
    let cooldown = cooldown(&registry, "redis");
    let start = Instant::now();
    assert_eq!(pressure.pause().await, Pressure::Reduced);
    assert!(start.elapsed() >= cooldown);
}

#[tokio::test(start_paused = true)]
async fn a_trial_does_not_wait_for_itself() {
    let registry = registry();
    trip(&registry, "redis");
    sleep(cooldown(&registry, "redis")).await;
    let start = Instant::now();
    let pressure = registry.pressure(["redis"]);
    let answer: Answer = registry
        .call("redis", async {
            assert_eq!(pressure.pause().await, Pressure::Reduced);
            // Somebody else does.
            let outside = tokio::spawn({
                let pressure = pressure.clone();
                async move { pressure.current() }
            });
            assert_eq!(outside.await.unwrap(), Pressure::Paused);
            Ok(())
        })
        .await;
    answer.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_health_ends_at_once_when_it_is_there() {
    let start = Instant::now();
    registry().wait_until_healthy(["redis", "api"]).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_health_ends_with_the_change_and_not_with_the_next_look() {
    let registry = registry();
    registry
        .force_open("redis", by_alice(100 * SECOND))
        .unwrap();
    let start = Instant::now();
    let reset = after(Duration::from_millis(2_345), || {
        registry.reset("redis", by_alice(SECOND)).unwrap();
    });
    tokio::join!(registry.wait_until_healthy(["redis"]), reset);
    assert_eq!(start.elapsed(), Duration::from_millis(2_345));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_health_ends_with_an_override_that_only_time_ends() {
    let registry = registry();
    registry.record_success("redis");
    let degraded = DependencyState::Degraded;
    registry
        .set_state("redis", degraded, by_alice(7 * SECOND))
        .unwrap();
    let start = Instant::now();
    registry.wait_until_healthy(["redis"]).await;
    assert_eq!(seconds(start.elapsed()), 7.0);
    assert_eq!(registry.get_state("redis"), Ok(DependencyState::Healthy));
}

#[tokio::test(start_paused = true)]
async fn where_no_probe_runs_waiting_for_health_ends_when_a_call_may_try() {
    let registry = registry();
    registry.record_failure("redis", "slow");
    let start = Instant::now();
    registry.wait_until_healthy(["redis"]).await;
    assert_eq!(start.elapsed(), Duration::ZERO, "only a call can tell");

    trip(&registry, "redis");
    let cooldown = cooldown(&registry, "redis");
    registry.wait_until_healthy(["redis"]).await;
    assert!(start.elapsed() >= cooldown && start.elapsed() <= cooldown + SECOND / 100);
    let trial: Answer = registry.call("redis", async { Ok(()) }).await;
    trial.unwrap();
}

#[tokio::test(start_paused = true)]
async fn where_a_probe_runs_waiting_for_health_ends_when_it_has_succeeded() {
    let (registry, is_up) = probed().await;
    is_up.store(false, Ordering::Relaxed);
    trip(&registry, "redis");
    let wait = registry.wait_until_healthy(["redis"]);
    assert!(timeout(600 * SECOND, wait).await.is_err());
    is_up.store(true, Ordering::Relaxed);
    registry.wait_until_healthy(["redis"]).await;
    assert_eq!(registry.get_state("redis"), Ok(DependencyState::Healthy));
}

#[tokio::test(start_paused = true)]
async fn waiting_does_not_spin() {
    let registry = registry();
    registry
        .force_open("redis", by_alice(100 * SECOND))
        .unwrap();
    let polls = AtomicUsize::new(0);
    let mut wait = pin!(registry.wait_until_healthy(["redis"]));
    std::future::poll_fn(|cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        wait.as_mut().poll(cx)
    })
    .await;
    let polls = polls.load(Ordering::Relaxed);
    assert!((50..=110).contains(&polls), "{polls} polls in 100 seconds");
}

/// The change comes after the look and before the first wait.
#[tokio::test(start_paused = true)]
async fn no_change_is_missed_between_the_look_and_the_wait() {
    let registry = registry();
    trip(&registry, "redis");
    let watched = super::Watched::new(registry.clone(), ["redis"]);
    let mut looks = 0;
    let start = Instant::now();
    watched
        .watch(|look, _| {
            looks += 1;
            if looks == 1 {
                registry.reset("redis", by_alice(SECOND)).unwrap();
                return std::ops::ControlFlow::Continue(None);
            }
            assert_eq!(look.pressure, Pressure::Normal);
            std::ops::ControlFlow::Break(())
        })
        .await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_never_waits_lets_others_run() {
    let registry = registry();
    let others = tokio::spawn(async {});
    let pressure = registry.pressure(["redis"]);
    let mut rounds = 0;
    while !others.is_finished() {
        pressure.pause().await;
        rounds += 1;
        assert!(rounds < 10_000, "nobody else ever ran");
    }
}
