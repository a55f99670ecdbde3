//! "Everything fails and the breaker never opens. Why?"
//!
//! Asked by users of Polly (App-vNext/Polly#320, App-vNext/Polly-Samples#60: the minimum of calls,
//! the length of the window) and of resilience4j (resilience4j/resilience4j#1444). Here the answer
//! is one call away, in numbers.

use health_runtime::{
    BreakerMode, BreakerPolicy, Classify, DependencyUnhealthy, FailureRate, HealthRegistry,
    Outcome, Override, SlowCallRate, Window, guarded,
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

/// 15 calls in 30 s, where 20 are the minimum: all of them may fail, and it never opens.
#[tokio::test(start_paused = true)]
async fn below_the_minimum_of_calls_it_says_how_many_are_missing() {
    let policy = BreakerPolicy {
        consecutive: None,
        failure_rate: Some(FailureRate {
            rate: 0.5,
            window: Window::Time(30 * SECOND),
            min_calls: 20,
        }),
        slow_call_rate: Some(SlowCallRate {
            slower_than: 2 * SECOND,
            rate: 0.8,
            window: Window::Calls(100),
            min_calls: 50,
        }),
        ..three_strikes()
    };
    let registry = registry_of([("redis", policy)]);
    for round in 0..15 {
        match round % 5 {
            0 | 1 => registry.record_failure("redis", "connection refused"),
            _ => registry.record_success("redis"),
        }
    }
    assert_eq!(
        registry.explain("redis").unwrap(),
        "redis is healthy, breaker closed; \
         failure rate 40% of 15 calls in the last 30s, trips at 50% of at least 20: 5 calls short; \
         rate of calls of 2s or longer 0% of the last 15 calls, trips at 80% of at least 50: \
         35 calls short; last failure 0s ago: connection refused (error); last success 0s ago"
    );
    // Everything fails from now on, at a pace that never makes the minimum.
    tokio::time::sleep(30 * SECOND).await;
    for _ in 0..100 {
        tokio::time::sleep(2 * SECOND).await;
        registry.record_failure("redis", "connection refused");
    }
    let why = registry.explain("redis").unwrap();
    assert!(
        why.contains("breaker closed; failure rate 100% of 16 calls"),
        "{why}"
    );
    assert!(
        why.contains("trips at 50% of at least 20: 4 calls short"),
        "{why}"
    );
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
