//! Another policy while the service runs.

use std::fmt;
use std::sync::Mutex;

use health_runtime::{
    BreakerPolicy, BreakerState, DependencyHealth, DependencyState, HealthRegistry, Override,
    Policy, UpdateError, Window,
};
use tracing::Level;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::logs::Logs;
use crate::subject::{Answer, SECOND, registry_of, three_strikes};
use crate::support::{DOWN, half_may_fail, unlimited};

fn registry() -> HealthRegistry {
    registry_of([("redis", three_strikes())])
}

fn health(registry: &HealthRegistry) -> DependencyHealth {
    registry.health("redis").unwrap()
}

/// Everything else than three strikes.
fn other() -> Policy {
    Policy::from(BreakerPolicy {
        consecutive: Some(10),
        success_threshold: 2,
        max_trials: 3,
        ..half_may_fail(Window::Calls(50))
    })
}

/// Brings a dependency into each state, updates its policy, and compares.
#[tokio::test(start_paused = true)]
async fn every_state_of_the_breaker_survives_an_update() {
    let why = || Override::new("alice", "INC-42", 60 * SECOND);
    type Prepare<'a> = &'a dyn Fn(&HealthRegistry);
    let fail = |registry: &HealthRegistry, times: u32| {
        (0..times).for_each(|_| registry.record_failure("redis", "down"));
    };
    let states: [(BreakerState, Prepare<'_>); 5] = [
        (BreakerState::Closed, &|_| {}),
        (BreakerState::Closed, &|registry| fail(registry, 2)),
        (BreakerState::Open, &|registry| fail(registry, 3)),
        (BreakerState::ForcedOpen, &|registry| {
            registry.force_open("redis", why()).unwrap();
        }),
        (BreakerState::ForcedClosed, &|registry| {
            registry.force_closed("redis", why()).unwrap();
        }),
    ];
    for (state, prepare) in states {
        let registry = registry();
        registry.record_success("redis");
        prepare(&registry);
        let before = health(&registry);
        assert_eq!(before.breaker, state);
        let change = registry.update_policy("redis", other()).unwrap();
        assert!(!change.is_empty());
        let after = health(&registry);
        assert_eq!(
            (after.breaker, after.state, after.epoch, after.open_until),
            (
                before.breaker,
                before.state,
                before.epoch,
                before.open_until
            ),
        );
        assert_eq!(after.consecutive_failures, before.consecutive_failures);
        assert_eq!(after.last_success, before.last_success);
        assert_eq!(after.refusal, before.refusal);
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_trial_closes_the_breaker_by_the_new_policy() {
    let registry = registry();
    (0..3).for_each(|_| registry.record_failure("redis", "down"));
    tokio::time::sleep(SECOND).await;
    let trial = registry.call("redis", async {
        tokio::time::sleep(SECOND).await;
        let answer: Answer = Ok(());
        answer
    });
    let update = async {
        tokio::time::sleep(SECOND / 2).await;
        let before = health(&registry);
        assert_eq!(before.breaker, BreakerState::HalfOpen);
        let _changed = registry.update_policy("redis", other()).unwrap();
        assert_eq!(health(&registry).epoch, before.epoch);
    };
    let (trial, ()) = tokio::join!(trial, update);
    trial.unwrap();
    assert_eq!(health(&registry).breaker, BreakerState::HalfOpen, "1 of 2");
    let second: Answer = registry.call("redis", async { Ok(()) }).await;
    second.unwrap();
    assert_eq!(health(&registry).breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_runs_meanwhile_still_counts() {
    let registry = registry();
    (0..2).for_each(|_| registry.record_failure("redis", "down"));
    let running = registry.call("redis", async {
        tokio::time::sleep(SECOND).await;
        DOWN
    });
    let update = async {
        tokio::time::sleep(SECOND / 2).await;
        let policy = half_may_fail(Window::Calls(50));
        let policy = BreakerPolicy {
            consecutive: Some(3),
            ..policy
        };
        let _changed = registry.update_policy("redis", unlimited(policy)).unwrap();
    };
    let (failed, ()) = tokio::join!(running, update);
    assert!(failed.is_err());
    assert_eq!(health(&registry).breaker, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn what_is_counted_already_trips_at_the_next_failure_not_at_the_update() {
    let registry = registry_of([("redis", half_may_fail(Window::Calls(50)))]);
    (0..9).for_each(|_| registry.record_failure("redis", "down"));
    let mut policy = half_may_fail(Window::Calls(50));
    policy.failure_rate.as_mut().unwrap().min_calls = 5;
    let change = registry.update_policy("redis", unlimited(policy)).unwrap();
    assert_eq!(
        change.to_string(),
        "redis: failure_rate 50% of at least 10 of the last 50 calls -> \
         50% of at least 5 of the last 50 calls"
    );
    assert_eq!(health(&registry).state, DependencyState::Degraded);
    let why = registry.explain("redis").unwrap();
    assert!(
        why.contains(
            "failure rate 100% of the last 9 calls, trips at 50% of at least 5: \
             reached, the next failure trips"
        ),
        "{why}"
    );
    registry.record_failure("redis", "down");
    assert_eq!(health(&registry).breaker, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_starts_anew_is_reported() {
    let registry = registry_of([("redis", half_may_fail(Window::Calls(50)))]);
    registry.record_failure("redis", "down");
    let policy = half_may_fail(Window::Time(30 * SECOND));
    let change = registry.update_policy("redis", unlimited(policy)).unwrap();
    assert!(change.fields()[0].restarts_window);
    assert_eq!(
        change.to_string(),
        "redis: failure_rate 50% of at least 10 of the last 50 calls -> \
         50% of at least 10 calls in 30s (its window starts empty)"
    );
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_logged_once_and_nothing_if_nothing_did() {
    let registry = registry();
    let logs = Logs::collect();
    let policy = unlimited(three_strikes());
    let unchanged = registry.update_policy("redis", policy.clone()).unwrap();
    assert_eq!(unchanged.to_string(), "redis: nothing changed");
    assert_eq!(logs.lines().len(), 0);
    let policy = Policy {
        breaker: BreakerPolicy {
            consecutive: Some(5),
            ..policy.breaker
        },
        timeout: Some(2 * SECOND),
        ..policy
    };
    let change = registry.update_policy("redis", policy).unwrap();
    assert_eq!(
        logs.at(Level::INFO, "health_runtime::policy"),
        [format!("policy of {change}")]
    );
    assert_eq!(
        change.to_string(),
        "redis: consecutive 3 -> 5, timeout none -> 2s"
    );
    assert_eq!(logs.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_contradicts_itself_changes_nothing_and_says_all() {
    let registry = registry();
    let policy = Policy {
        breaker: BreakerPolicy {
            consecutive: Some(0),
            max_trials: 0,
            ..three_strikes()
        },
        ..Policy::default()
    };
    let error = registry.update_policy("redis", policy).unwrap_err();
    let UpdateError::Invalid { problems, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        error
            .to_string()
            .starts_with("policy of `redis` stays as it was: consecutive")
    );
    (0..2).for_each(|_| registry.record_failure("redis", "down"));
    assert_eq!(health(&registry).breaker, BreakerState::Closed);
    registry.record_failure("redis", "down");
    assert_eq!(
        health(&registry).breaker,
        BreakerState::Open,
        "three strikes, as before"
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_dependency_is_not_made_and_the_nearest_name_is_suggested() {
    let registry = registry();
    let error = registry.update_policy("rediss", other()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown dependency `rediss`; did you mean `redis`?"
    );
    assert!(registry.health("rediss").is_err());
}

/// Uses the registry whenever it is told of a change, as a subscriber may.
struct Meddler {
    registry: HealthRegistry,
    heard: Mutex<Vec<String>>,
}

impl fmt::Debug for Meddler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meddler")
    }
}

impl<S: tracing::Subscriber> Layer<S> for Meddler {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "health_runtime::policy" {
            return;
        }
        let change = self.registry.update_policy("redis", other()).unwrap();
        self.heard.lock().unwrap().push(change.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_hears_of_an_update_may_make_one() {
    let registry = registry();
    let heard = std::sync::Arc::new(Meddler {
        registry: registry.clone(),
        heard: Mutex::default(),
    });
    let subscriber = tracing_subscriber::registry().with(Listening(heard.clone()));
    let _listening = tracing::subscriber::set_default(subscriber);
    let _changed = registry.update_policy("redis", other()).unwrap();
    assert_eq!(*heard.heard.lock().unwrap(), ["redis: nothing changed"]);
}

struct Listening(std::sync::Arc<Meddler>);

impl<S: tracing::Subscriber> Layer<S> for Listening {
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        self.0.on_event(event, context);
    }
}
