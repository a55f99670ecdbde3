//! "Everything fails and the breaker never opens. Why?"
//!
//! Asked by users of Polly (App-vNext/Polly#320, App-vNext/Polly-Samples#60: the minimum of calls,
//! the length of the window) and of resilience4j (resilience4j/resilience4j#1444). Here the answer
//! is one call away, in numbers.

use health_runtime::{
    BreakerMode, BreakerPolicy, Classify, DependencyUnhealthy, HealthRegistry, Outcome, Override,
    guarded,
};

use crate::subject::{Answer, SECOND, registry_of, three_strikes};

#[tokio::test(start_paused = true)]
async fn below_the_threshold_it_says_how_much_is_missing() {
    let registry = registry_of([("redis", three_strikes())]);
    registry.record_failure("redis", "connection refused");
    registry.record_failure("redis", "connection refused");
    tokio::time::sleep(4 * SECOND).await;
    assert_eq!(
        registry.explain("redis").unwrap(),
        "redis is degraded, breaker closed; 2 of 3 failures in a row; \
         last failure 4s ago: connection refused (error); no success yet"
    );
}

#[tokio::test(start_paused = true)]
async fn a_success_in_between_is_shown_as_what_reset_the_count() {
    let registry = registry_of([("redis", three_strikes())]);
    for _ in 0..50 {
        registry.record_failure("redis", "connection refused");
        registry.record_failure("redis", "connection refused");
        registry.record_success("redis");
    }
    let why = registry.explain("redis").unwrap();
    assert!(why.contains("0 of 3 failures in a row"), "{why}");
    assert!(why.contains("last success 0s ago"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn while_open_it_says_until_when() {
    let registry = registry_of([("redis", three_strikes())]);
    for _ in 0..3 {
        registry.record_failure("redis", "connection refused");
    }
    let why = registry.explain("redis").unwrap();
    assert!(
        why.contains("calls are refused (circuit open), next one in 1s"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_override_says_whose_it_is() {
    let registry = registry_of([("redis", three_strikes())]);
    let why = Override::new("alice", "INC-42", 60 * SECOND);
    registry.force_closed("redis", why).unwrap();
    let why = registry.explain("redis").unwrap();
    assert!(why.contains("forced by alice: INC-42"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_off_says_so() {
    let policy = BreakerPolicy {
        consecutive: None,
        mode: BreakerMode::Off,
        ..BreakerPolicy::default()
    };
    let registry = registry_of([("redis", policy)]);
    for _ in 0..50 {
        registry.record_failure("redis", "connection refused");
    }
    let why = registry.explain("redis").unwrap();
    assert!(why.contains("no trip rule"), "{why}");
    assert!(why.contains("mode Off: nothing is refused"), "{why}");
}

#[test]
fn a_policy_that_could_never_open_is_refused_when_it_is_made() {
    let policy = BreakerPolicy {
        consecutive: None,
        ..BreakerPolicy::default()
    };
    let problems = policy.check().unwrap_err();
    assert!(problems[0].contains("no trip rule is left"), "{problems:?}");
}

#[derive(Debug)]
struct NotFound;

impl From<DependencyUnhealthy> for NotFound {
    fn from(_: DependencyUnhealthy) -> Self {
        Self
    }
}

impl Classify for NotFound {
    fn classify(&self) -> Outcome {
        Outcome::Success
    }
}

#[guarded(deps = ["redis"])]
async fn finds_nothing() -> Result<(), NotFound> {
    Err(NotFound)
}

#[health_runtime::test]
async fn errors_that_count_as_successes_show_as_successes() {
    testing_advance().await;
    for _ in 0..50 {
        assert!(finds_nothing().await.is_err());
    }
    let why = HealthRegistry::current().explain("redis").unwrap();
    assert!(why.contains("0 of 5 failures in a row"), "{why}");
    assert!(why.contains("last success 0s ago"), "{why}");
}

async fn testing_advance() {
    health_runtime::testing::advance(5 * SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn failures_of_calls_are_explained_like_reported_ones() {
    let registry = registry_of([("redis", three_strikes())]);
    let answer: Answer = registry
        .call("redis", async {
            Err(crate::subject::Error::Failed("no route to host"))
        })
        .await;
    assert!(answer.is_err());
    let why = registry.explain("redis").unwrap();
    assert!(why.contains("1 of 3 failures in a row"), "{why}");
    assert!(why.contains("no route to host (error)"), "{why}");
}
