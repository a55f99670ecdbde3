//! A dependency whose background probe is the trial.

use health_runtime::testing::{ScriptedDependency, advance};
use health_runtime::{BreakerState, Dependency, HealthRegistry, Reason};

use crate::subject::{Answer, Error, SECOND, assert_refused, registry_of, three_strikes};

/// A registry whose loop probes `redis` in the background.
async fn start(redis: &ScriptedDependency) -> HealthRegistry {
    let registry = registry_of([("redis", three_strikes())]);
    let answer: Answer = registry
        .call_with_probe("redis", async { Ok(()) }, redis.clone())
        .await;
    answer.expect("it is closed");
    advance(SECOND / 10).await;
    registry
}

async fn trip(registry: &HealthRegistry) {
    for _ in 0..3 {
        registry.record_failure("redis", "down");
    }
    assert_eq!(breaker(registry), BreakerState::Open);
}

fn breaker(registry: &HealthRegistry) -> BreakerState {
    registry.health("redis").unwrap().breaker
}

async fn ask(registry: &HealthRegistry) -> Answer {
    registry.call("redis", async { Ok(()) }).await
}

/// Nothing runs the probe: no `init()`, and no call that brings it.
fn with_an_idle_probe() -> HealthRegistry {
    HealthRegistry::builder()
        .dependency(
            Dependency::new("redis")
                .breaker(three_strikes())
                .probe(ScriptedDependency::new()),
        )
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nothing_runs_keeps_nobody_away() {
    let registry = with_an_idle_probe();
    trip(&registry).await;
    advance(SECOND).await;
    assert_eq!(breaker(&registry), BreakerState::HalfOpen);
    ask(&registry).await.expect("the call is the trial");
    assert_eq!(breaker(&registry), BreakerState::Closed);
}

/// Lets the probe that is due run, and nothing else.
async fn let_the_probe_run() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_probe_closes_the_breaker_without_any_call() {
    let redis = ScriptedDependency::new();
    let registry = start(&redis).await;
    let before = redis.calls();
    trip(&registry).await;
    advance(SECOND / 2).await;
    assert_eq!(redis.calls(), before, "not while the cooldown lasts");
    advance(SECOND).await;
    assert_eq!(redis.calls(), before + 1);
    assert_eq!(breaker(&registry), BreakerState::Closed);
    ask(&registry).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_opens_the_breaker_again_and_no_call_has_to_suffer() {
    let redis = ScriptedDependency::new();
    let registry = start(&redis).await;
    redis.fails(3, "still down");
    trip(&registry).await;
    let mut cooldowns = vec![registry.health("redis").unwrap().retry_after];
    for _ in 0..3 {
        advance(registry.health("redis").unwrap().retry_after).await;
        let_the_probe_run().await;
        assert!(ask(&registry).await.is_err(), "refused, not tried out");
        cooldowns.push(registry.health("redis").unwrap().retry_after);
    }
    assert_eq!(cooldowns, [1, 2, 4, 8].map(|seconds| seconds * SECOND));
    advance(9 * SECOND).await;
    assert_eq!(breaker(&registry), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn calls_are_refused_while_the_probe_is_on_its_way() {
    let redis = ScriptedDependency::new();
    let registry = start(&redis).await;
    redis.delays(1, SECOND / 2);
    trip(&registry).await;
    advance(SECOND + SECOND / 4).await;
    assert_eq!(breaker(&registry), BreakerState::HalfOpen);
    assert_refused(ask(&registry).await, Reason::TrialInFlight);
    advance(SECOND / 2).await;
    assert_eq!(breaker(&registry), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hangs_is_a_failure_and_gives_its_place_back() {
    let redis = ScriptedDependency::new();
    let registry = start(&redis).await;
    redis.hangs(1);
    trip(&registry).await;
    advance(2 * SECOND + SECOND / 10).await;
    assert_eq!(breaker(&registry), BreakerState::Open);
    let health = registry.health("redis").unwrap();
    assert_eq!(
        health.last_error.unwrap().message.as_ref(),
        "the probe did not answer within 1s"
    );
    advance(2 * SECOND).await;
    assert_eq!(breaker(&registry), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn errors_of_probes_never_reach_callers() {
    let redis = ScriptedDependency::new();
    let registry = start(&redis).await;
    redis.fails(1, "a secret of the operators");
    advance(6 * SECOND).await;
    let answer = ask(&registry).await;
    assert!(!format!("{answer:?}").contains("secret"));
    redis.fails(5, "a secret of the operators");
    trip(&registry).await;
    advance(SECOND).await;
    let Err(Error::Refused(told)) = ask(&registry).await else {
        panic!("it is refused")
    };
    assert!(!format!("{told:?} {told}").contains("secret"));
}
