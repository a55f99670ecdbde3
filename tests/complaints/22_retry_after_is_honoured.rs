//! "The server says `Retry-After: 60`, and the breaker is back in a second."
//!
//! Asked for by users of Polly (App-vNext/Polly#414, #763, #1035: a circuit that is broken for as
//! long as a 429 says); and the other direction, that the refusal says when to come back, in
//! App-vNext/Polly#2324 and danielfm/pybreaker#82.

use std::time::Duration;

use health_runtime::{
    BreakerState, Classify, DependencyHealth, DependencyUnhealthy, HealthRegistry, Outcome,
    Override, guarded, testing,
};

use crate::subject::SECOND;

#[derive(Debug)]
enum ApiError {
    TooMany(Duration),
    Down,
    Refused(DependencyUnhealthy),
}

impl From<DependencyUnhealthy> for ApiError {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self::Refused(refusal)
    }
}

impl Classify for ApiError {
    fn classify(&self) -> Outcome {
        match self {
            Self::TooMany(wait) => Outcome::RetryAfter(*wait),
            Self::Down => Outcome::FAILURE,
            Self::Refused(refusal) => refusal.classify(),
        }
    }
}

#[guarded(deps = ["api"])]
async fn ask(answer: Result<(), ApiError>) -> Result<(), ApiError> {
    answer
}

fn health() -> DependencyHealth {
    HealthRegistry::current().health("api").unwrap()
}

async fn fail_until_open(error: impl Fn() -> ApiError) {
    for _ in 0..5 {
        let _failed = ask(Err(error())).await;
    }
    assert_eq!(health().breaker, BreakerState::Open);
}

#[health_runtime::test]
async fn the_breaker_stays_open_for_as_long_as_the_dependency_asked() {
    fail_until_open(|| ApiError::TooMany(60 * SECOND)).await;
    assert_eq!(health().retry_after, 60 * SECOND);
    testing::advance(59 * SECOND).await;
    assert!(ask(Ok(())).await.is_err());
    testing::advance(SECOND).await;
    ask(Ok(())).await.unwrap();
}

#[health_runtime::test]
async fn the_refusal_passes_the_wish_on() {
    fail_until_open(|| ApiError::TooMany(42 * SECOND)).await;
    let Err(ApiError::Refused(refusal)) = ask(Ok(())).await else {
        panic!("it is open")
    };
    assert_eq!(refusal.retry_after_s(), 42);
    assert_eq!(
        refusal.to_string(),
        "Dependency api unhealthy; retry in 42s"
    );
}

#[health_runtime::test]
async fn one_wish_before_the_trip_is_remembered() {
    let _failed = ask(Err(ApiError::TooMany(30 * SECOND))).await;
    testing::advance(10 * SECOND).await;
    fail_until_open(|| ApiError::Down).await;
    assert_eq!(health().retry_after, 20 * SECOND);
}

#[health_runtime::test]
async fn a_later_success_does_not_shorten_it() {
    let _failed = ask(Err(ApiError::TooMany(30 * SECOND))).await;
    ask(Ok(())).await.unwrap();
    fail_until_open(|| ApiError::Down).await;
    assert_eq!(health().retry_after, 30 * SECOND);
}

#[health_runtime::test]
async fn a_later_and_shorter_wish_does_not_shorten_it() {
    let _failed = ask(Err(ApiError::TooMany(30 * SECOND))).await;
    fail_until_open(|| ApiError::TooMany(2 * SECOND)).await;
    assert_eq!(health().retry_after, 30 * SECOND);
}

#[health_runtime::test]
async fn a_trial_that_is_told_to_wait_waits() {
    fail_until_open(|| ApiError::Down).await;
    testing::advance(SECOND).await;
    let _failed = ask(Err(ApiError::TooMany(120 * SECOND))).await;
    assert_eq!(health().retry_after, 120 * SECOND);
}

#[health_runtime::test]
async fn a_wish_that_is_shorter_than_the_cooldown_changes_nothing() {
    fail_until_open(|| ApiError::TooMany(Duration::from_millis(1))).await;
    assert!(health().retry_after >= SECOND / 2);
}

#[health_runtime::test]
async fn an_absurd_wish_is_capped() {
    for wish in [Duration::MAX, 365 * 24 * 3600 * SECOND] {
        fail_until_open(|| ApiError::TooMany(wish)).await;
        assert_eq!(health().retry_after, 15 * 60 * SECOND);
        let why = Override::new("test", "again", SECOND);
        HealthRegistry::current().reset("api", why).unwrap();
    }
}

#[health_runtime::test]
async fn a_wish_of_nothing_is_an_ordinary_failure() {
    fail_until_open(|| ApiError::TooMany(Duration::ZERO)).await;
    assert!(health().retry_after >= SECOND / 2);
}
