//! "We want to see what it would do before we let it", and "it says open although the next call
//! would pass".
//!
//! The first is asked by users of resilience4j (resilience4j/resilience4j#803, #1110, #1113), the
//! second by users of Failsafe (failsafe-lib/failsafe#378), resilience4j (#279), Polly
//! (App-vNext/Polly#481), SmallRye (smallrye/smallrye-fault-tolerance#729) and Kevlar
//! (thomhurst/Kevlar#227).

use std::time::Duration;

use health_runtime::{
    BreakerMode, BreakerPolicy, BreakerState, DependencyState, HealthRegistry, Override,
};

use crate::subject::{Answer, ByName, Error, SECOND, Subject, registry_of, three_strikes};

fn observed() -> HealthRegistry {
    let policy = BreakerPolicy {
        mode: BreakerMode::Observe,
        ..three_strikes()
    };
    registry_of([("redis", policy)])
}

async fn ask(registry: &HealthRegistry, answer: Answer) -> Answer {
    registry.call("redis", async { answer }).await
}

#[tokio::test(start_paused = true)]
async fn an_observing_breaker_trips_and_lets_every_call_pass() {
    let registry = observed();
    for _ in 0..20 {
        let failed = ask(&registry, Err(Error::Failed("down"))).await;
        assert!(matches!(failed, Err(Error::Failed(_))), "it ran");
    }
    let health = registry.health("redis").unwrap();
    assert_eq!(health.breaker, BreakerState::Open);
    assert_eq!(health.state, DependencyState::Unhealthy);
    ask(&registry, Ok(())).await.expect("nothing is refused");
}

#[tokio::test(start_paused = true)]
async fn an_observing_breaker_says_that_the_next_call_would_pass() {
    let registry = observed();
    for _ in 0..20 {
        let _failed = ask(&registry, Err(Error::Failed("down"))).await;
    }
    let health = registry.health("redis").unwrap();
    assert_eq!(health.refusal, None, "no call is refused");
    assert_eq!(health.retry_after, Duration::ZERO);
    let why = registry.explain("redis").unwrap();
    assert!(why.contains("nothing is refused"), "{why}");
    assert!(!why.contains("calls are refused"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_observing_breaker_goes_the_way_an_enforcing_one_would() {
    let (observing, enforcing) = (observed(), registry_of([("redis", three_strikes())]));
    // Calls that pass beside the rules must not change what is observed.
    let down = || Err(Error::Failed("down"));
    for step in 0..200 {
        let is_down = (step / 37) % 2 == 0;
        for registry in [&observing, &enforcing] {
            let _answer = ask(registry, if is_down { down() } else { Ok(()) }).await;
        }
        let state = |registry: &HealthRegistry| {
            let health = registry.health("redis").unwrap();
            (health.breaker, health.epoch, health.open_until)
        };
        assert_eq!(state(&observing), state(&enforcing), "step {step}");
        tokio::time::sleep(SECOND / 4).await;
    }
    assert!(observing.health("redis").unwrap().epoch > 6);
}

#[tokio::test(start_paused = true)]
async fn an_observing_breaker_counts_what_it_would_have_refused() {
    let registry = observed();
    for _ in 0..10 {
        let _failed = ask(&registry, Err(Error::Failed("down"))).await;
    }
    assert_eq!(registry.health("redis").unwrap().refusals, 7);
}

#[tokio::test(start_paused = true)]
async fn nothing_says_open_once_the_next_call_would_pass() {
    let subject = ByName::new();
    subject.trip().await;
    tokio::time::sleep(SECOND).await;
    // Nobody has called since: whoever looks sees what a call would find.
    let health = subject.health();
    assert_eq!(health.breaker, BreakerState::HalfOpen);
    assert_eq!(health.state, DependencyState::Degraded);
    assert_eq!(health.refusal, None);
    assert_eq!(health.retry_after, Duration::ZERO);
    assert_eq!(
        subject.registry().get_state("redis").unwrap(),
        DependencyState::Degraded
    );
    assert_eq!(subject.registry().system().state, DependencyState::Degraded);
    assert!(
        !subject
            .registry()
            .explain("redis")
            .unwrap()
            .contains("refused (circuit")
    );
    subject.succeed().await.expect("as it said");
}

#[tokio::test(start_paused = true)]
async fn looking_takes_no_trial_and_changes_nothing() {
    let subject = ByName::new();
    subject.trip().await;
    tokio::time::sleep(SECOND).await;
    let epoch = subject.health().epoch;
    for _ in 0..100 {
        let _health = subject.health();
        let _why = subject.registry().explain("redis").unwrap();
        let _system = subject.registry().system();
    }
    assert_eq!(subject.health().epoch, epoch);
    subject.succeed().await.expect("the trial is still free");
}

#[tokio::test(start_paused = true)]
async fn what_health_says_is_what_the_next_call_meets() {
    let subject = ByName::new();
    for step in 0..300 {
        let said = subject.health_or_new().map(|health| health.refusal);
        let answer = match step % 11 {
            0..7 => subject.fail().await,
            _ => subject.succeed().await,
        };
        let met = match answer {
            Err(Error::Refused(refusal)) => Some(refusal.reason()),
            _ => None,
        };
        assert_eq!(said.flatten(), met, "step {step}");
        tokio::time::sleep(SECOND / 3).await;
        if step == 150 {
            let why = Override::new("alice", "maintenance", 5 * SECOND);
            subject.registry().force_open("redis", why).unwrap();
        }
    }
}

trait HealthOrNew {
    fn health_or_new(&self) -> Option<health_runtime::DependencyHealth>;
}

impl HealthOrNew for ByName {
    fn health_or_new(&self) -> Option<health_runtime::DependencyHealth> {
        self.registry().health("redis").ok()
    }
}
