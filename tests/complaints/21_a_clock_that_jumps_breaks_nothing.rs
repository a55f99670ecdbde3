//! "The clock was set, and the breaker stayed open for a day", or was not open at all.
//!
//! Mended in breakers that used the wall clock (fabfuel/circuitbreaker#31, exaring/hoglet#25). Here
//! only a clock that never goes back is read, and even one that does go back breaks nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use health_runtime::clock::{Clock, ManualClock};
use health_runtime::{BreakerState, Dependency, HealthRegistry, Override};

use crate::subject::{Answer, SECOND, three_strikes};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn registry(clock: impl Clock) -> HealthRegistry {
    HealthRegistry::builder()
        .clock(clock)
        .seed(1)
        .dependency(Dependency::new("redis").breaker(three_strikes()))
        .build()
        .unwrap()
}

fn trip(registry: &HealthRegistry) {
    for _ in 0..3 {
        registry.record_failure("redis", "down");
    }
    assert_eq!(breaker(registry), BreakerState::Open);
}

fn breaker(registry: &HealthRegistry) -> BreakerState {
    registry.health("redis").unwrap().breaker
}

async fn succeed(registry: &HealthRegistry) -> Answer {
    registry.call("redis", async { Ok(()) }).await
}

#[tokio::test]
async fn a_wall_clock_set_ahead_ends_no_cooldown() {
    let clock = ManualClock::new();
    let registry = registry(clock.clone());
    trip(&registry);
    clock.advance_wall(DAY);
    assert_eq!(breaker(&registry), BreakerState::Open);
    assert_eq!(registry.health("redis").unwrap().retry_after, SECOND);
    clock.advance(SECOND);
    succeed(&registry).await.unwrap();
}

/// A clock that can be set to anything.
#[derive(Clone)]
struct Unruly {
    monotonic: Arc<Mutex<Instant>>,
    wall: Arc<Mutex<SystemTime>>,
}

impl Unruly {
    fn new() -> Self {
        Self {
            monotonic: Arc::new(Mutex::new(Instant::now() + 10 * DAY)),
            wall: Arc::new(Mutex::new(SystemTime::now())),
        }
    }

    fn ahead(&self, by: Duration) {
        *self.monotonic.lock().unwrap() += by;
    }

    fn back(&self, by: Duration) {
        *self.monotonic.lock().unwrap() -= by;
    }
}

impl Clock for Unruly {
    fn now(&self) -> Instant {
        *self.monotonic.lock().unwrap()
    }

    fn wall_now(&self) -> SystemTime {
        *self.wall.lock().unwrap()
    }
}

#[tokio::test]
async fn a_wall_clock_set_back_keeps_nothing_open() {
    let clock = Unruly::new();
    let registry = registry(clock.clone());
    trip(&registry);
    *clock.wall.lock().unwrap() -= 365 * DAY;
    clock.ahead(SECOND);
    succeed(&registry).await.unwrap();
}

#[tokio::test]
async fn a_long_sleep_ends_the_cooldown_and_does_not_let_the_crowd_in() {
    let clock = Unruly::new();
    let registry = registry(clock.clone());
    trip(&registry);
    clock.ahead(10 * DAY);
    assert_eq!(breaker(&registry), BreakerState::HalfOpen);
    let trial = registry.call("redis", std::future::pending::<Answer>());
    let mut trial = std::pin::pin!(trial);
    tokio::select! {
        biased;
        _ = &mut trial => unreachable!("it hangs"),
        () = std::future::ready(()) => {}
    }
    assert!(succeed(&registry).await.is_err(), "still one at a time");
}

#[tokio::test]
async fn a_long_sleep_ends_an_override() {
    let clock = Unruly::new();
    let registry = registry(clock.clone());
    let why = Override::new("alice", "maintenance", SECOND);
    registry.force_closed("redis", why).unwrap();
    clock.ahead(10 * DAY);
    assert!(registry.health("redis").unwrap().forced_by.is_none());
}

#[tokio::test]
async fn a_clock_that_goes_back_makes_nothing_panic_and_nothing_stuck() {
    let clock = Unruly::new();
    let registry = registry(clock.clone());
    // In every state, and across every change of state.
    succeed(&registry).await.unwrap();
    clock.back(DAY);
    trip(&registry);
    clock.back(DAY);
    assert_eq!(breaker(&registry), BreakerState::Open);
    let _why = registry.explain("redis").unwrap();
    clock.ahead(DAY + SECOND);
    {
        let mut trial = Box::pin(registry.call("redis", std::future::pending::<Answer>()));
        tokio::select! {
            biased;
            _ = &mut trial => unreachable!("it hangs"),
            () = std::future::ready(()) => {}
        }
        clock.back(DAY);
        let _health = registry.health("redis").unwrap();
    }
    clock.ahead(DAY);
    succeed(&registry).await.unwrap();
    assert_eq!(breaker(&registry), BreakerState::Closed);
    clock.back(5 * DAY);
    let health = registry.health("redis").unwrap();
    assert_eq!(health.since, Duration::ZERO);
    assert_eq!(health.last_success, Some(Duration::ZERO));
    trip(&registry);
}
