//! The order of the layers, one test for each two of them:
//! fallback > shed > breaker > bulkhead > retry > timeout > body.

use std::time::Duration;

use health_runtime::{BreakerState, HealthRegistry, InCurrentRegistry, Reason, guarded, testing};
use tokio::time::Instant;

use crate::bulkhead::one_at_a_time;
use crate::support::{Dependency, Error};

const SECOND: Duration = Duration::from_secs(1);

fn health() -> health_runtime::DependencyHealth {
    HealthRegistry::current().health("pool").unwrap()
}

fn reason(answer: Result<u32, Error>) -> Option<Reason> {
    answer.unwrap_err().reason()
}

async fn sleep(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

/// Fills the two places of `full`, until the guard is dropped.
struct Full(Vec<tokio::task::JoinHandle<Result<u32, Error>>>);

impl Drop for Full {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[guarded(deps = ["pool"], fallback = nine, shed = "degraded")]
async fn fallback_and_shed() -> Result<u32, Error> {
    Ok(7)
}

fn nine() -> Result<u32, Error> {
    Ok(9)
}

#[health_runtime::test]
async fn fallback_is_outside_of_shed() {
    testing::trip("pool");
    assert_eq!(fallback_and_shed().await, Ok(9), "a shed call is answered");
    assert_eq!(health().refusals, 1);
}

#[guarded(deps = ["pool"], fallback = fails_too)]
async fn fallback_and_breaker() -> Result<u32, Error> {
    Err(Error::Down)
}

async fn fails_too() -> Result<u32, Error> {
    Err(Error::Broken)
}

#[health_runtime::test]
async fn fallback_is_outside_of_the_breaker() {
    assert_eq!(fallback_and_breaker().await, Err(Error::Broken));
    let health = health();
    assert_eq!(
        health.consecutive_failures, 1,
        "the fallback's error is not counted"
    );
    assert_eq!(&*health.last_error.unwrap().message, "Down");
}

#[guarded(deps = ["pool"], fallback = asks_again, bulkhead = 1)]
async fn fallback_and_bulkhead(fails: bool) -> Result<u32, Error> {
    tokio::time::sleep(SECOND).await;
    if fails { Err(Error::Down) } else { Ok(7) }
}

async fn asks_again(fails: bool) -> Result<u32, Error> {
    match fails {
        // There is room again: the call that failed has left.
        true => Box::pin(fallback_and_bulkhead(false)).await,
        false => Ok(9),
    }
}

#[health_runtime::test]
async fn fallback_is_outside_of_the_bulkhead() {
    assert_eq!(
        fallback_and_bulkhead(true).await,
        Ok(7),
        "it has given its place back"
    );
    let running = tokio::spawn(fallback_and_bulkhead(false).in_current_registry());
    tokio::task::yield_now().await;
    assert_eq!(
        fallback_and_bulkhead(false).await,
        Ok(9),
        "a saturated call is answered"
    );
    assert_eq!(running.await.unwrap(), Ok(7));
}

#[guarded(deps = ["pool"], fallback = asks_the_other, attempts = 3)]
async fn fallback_and_retry(one: &Dependency, _other: &Dependency) -> Result<u32, Error> {
    one.ask()
}

async fn asks_the_other(_one: &Dependency, other: &Dependency) -> Result<u32, Error> {
    other.ask()
}

#[health_runtime::test]
async fn fallback_is_outside_of_retry() {
    let one = Dependency::failing(&Error::Down);
    let other = Dependency::failing(&Error::Down);
    assert!(fallback_and_retry(&one, &other).await.is_err());
    assert_eq!((one.times_asked(), other.times_asked()), (3, 1));
}

#[guarded(deps = ["pool"], fallback = sleep, timeout = "1s")]
async fn fallback_and_timeout(takes: Duration) -> Result<u32, Error> {
    sleep(takes).await
}

#[health_runtime::test]
async fn fallback_is_outside_of_the_timeout() {
    let start = Instant::now();
    assert_eq!(fallback_and_timeout(10 * SECOND).await, Ok(7));
    assert_eq!(
        start.elapsed(),
        11 * SECOND,
        "the fallback has the time it takes"
    );
}

#[guarded(deps = ["pool"], shed = "unhealthy")]
async fn shed_and_breaker() -> Result<u32, Error> {
    Ok(7)
}

#[health_runtime::test]
async fn shed_is_outside_of_the_breaker() {
    testing::trip("pool");
    assert_eq!(reason(shed_and_breaker().await), Some(Reason::Shed));
    assert_eq!(health().breaker, BreakerState::Open);
}

#[guarded(deps = ["pool"], shed = "unhealthy", bulkhead = 1)]
async fn shed_and_bulkhead(takes: Duration) -> Result<u32, Error> {
    sleep(takes).await
}

#[health_runtime::test]
async fn shed_is_outside_of_the_bulkhead() {
    let running = tokio::spawn(shed_and_bulkhead(SECOND).in_current_registry());
    let _full = Full(vec![running]);
    tokio::task::yield_now().await;
    assert_eq!(
        reason(shed_and_bulkhead(SECOND).await),
        Some(Reason::Saturated)
    );
    testing::trip("pool");
    assert_eq!(reason(shed_and_bulkhead(SECOND).await), Some(Reason::Shed));
}

#[guarded(deps = ["pool"], shed = "unhealthy", attempts = 3)]
async fn shed_and_retry(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[health_runtime::test]
async fn shed_is_outside_of_retry() {
    testing::trip("pool");
    let (start, dependency) = (Instant::now(), Dependency::default());
    assert_eq!(
        reason(shed_and_retry(&dependency).await),
        Some(Reason::Shed)
    );
    assert_eq!(health().refusals, 1, "asked once, not three times");
    assert_eq!(
        (start.elapsed(), dependency.times_asked()),
        (Duration::ZERO, 0)
    );
}

#[guarded(deps = ["pool"], shed = "unhealthy", timeout = "1s")]
async fn shed_and_timeout() -> Result<u32, Error> {
    sleep(10 * SECOND).await
}

#[health_runtime::test]
async fn shed_is_outside_of_the_timeout() {
    assert_eq!(reason(shed_and_timeout().await), Some(Reason::TimedOut));
    testing::trip("pool");
    let start = Instant::now();
    assert_eq!(reason(shed_and_timeout().await), Some(Reason::Shed));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[guarded(deps = ["pool"], bulkhead = 1)]
async fn breaker_and_bulkhead(takes: Duration) -> Result<u32, Error> {
    sleep(takes).await
}

#[health_runtime::test]
async fn the_breaker_is_outside_of_the_bulkhead() {
    let running = tokio::spawn(breaker_and_bulkhead(20 * SECOND).in_current_registry());
    let _full = Full(vec![running]);
    tokio::task::yield_now().await;
    testing::trip("pool");
    assert_eq!(
        reason(breaker_and_bulkhead(SECOND).await),
        Some(Reason::CircuitOpen)
    );
    // A trial that finds no place is no trial: the breaker stays half-open, and its slot free.
    testing::advance(2 * SECOND).await;
    assert_eq!(
        reason(breaker_and_bulkhead(SECOND).await),
        Some(Reason::Saturated)
    );
    assert_eq!(health().breaker, BreakerState::HalfOpen);
    assert_eq!(health().refusal, None);
}

#[guarded(deps = ["pool"], attempts = 3, backoff = "1s")]
async fn breaker_and_retry(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[health_runtime::test]
async fn the_breaker_is_outside_of_retry() {
    let dependency = Dependency::failing(&Error::Down);
    assert!(breaker_and_retry(&dependency).await.is_err());
    assert_eq!(dependency.times_asked(), 3);
    assert_eq!(health().consecutive_failures, 1, "one call, one outcome");
}

#[health_runtime::test]
async fn a_breaker_that_opens_ends_the_retries() {
    let dependency = std::sync::Arc::new(Dependency::failing(&Error::Down));
    let call = tokio::spawn({
        let dependency = std::sync::Arc::clone(&dependency);
        async move { breaker_and_retry(&dependency).await }.in_current_registry()
    });
    tokio::task::yield_now().await;
    testing::trip("pool");
    assert_eq!(
        call.await.unwrap(),
        Err(Error::Down),
        "the last error, at once"
    );
    assert_eq!(dependency.times_asked(), 1);
}

#[guarded(deps = ["pool"], timeout = "1s")]
async fn breaker_and_timeout() -> Result<u32, Error> {
    sleep(10 * SECOND).await
}

#[health_runtime::test]
async fn the_breaker_is_outside_of_the_timeout() {
    assert_eq!(reason(breaker_and_timeout().await), Some(Reason::TimedOut));
    assert_eq!(
        health().consecutive_failures,
        1,
        "what the timeout cut is counted"
    );
}

#[guarded(deps = ["pool"], bulkhead = 1, attempts = 2, backoff = "1s")]
async fn bulkhead_and_retry(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[health_runtime::test]
async fn the_bulkhead_is_outside_of_retry() {
    let dependency = Dependency::answers([Err(Error::Down)]);
    let other = Dependency::default();
    let (first, second) = tokio::join!(bulkhead_and_retry(&dependency), async {
        // While the other one waits between its attempts.
        tokio::time::sleep(SECOND / 4).await;
        bulkhead_and_retry(&other).await
    });
    assert_eq!(first, Ok(7));
    assert_eq!(
        reason(second),
        Some(Reason::Saturated),
        "one place for all attempts"
    );
}

#[guarded(deps = ["pool"], timeout = "1s")]
async fn bulkhead_and_timeout(takes: Duration) -> Result<u32, Error> {
    sleep(takes).await
}

#[tokio::test(start_paused = true)]
async fn the_bulkhead_is_outside_of_the_timeout() {
    let limit = SECOND * 9 / 10;
    one_at_a_time()
        .scope(async {
            let start = Instant::now();
            let (first, second) =
                tokio::join!(bulkhead_and_timeout(limit), bulkhead_and_timeout(limit));
            assert_eq!((first, second), (Ok(7), Ok(7)));
            assert_eq!(
                start.elapsed(),
                2 * limit,
                "the wait in the queue is not timed"
            );
        })
        .await;
}

#[guarded(deps = ["pool"], attempts = 3, backoff = "1ms", timeout = "1s")]
async fn retry_and_timeout(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()?;
    sleep(10 * SECOND).await
}

#[health_runtime::test]
async fn retry_is_outside_of_the_timeout() {
    let (start, dependency) = (Instant::now(), Dependency::default());
    assert_eq!(
        reason(retry_and_timeout(&dependency).await),
        Some(Reason::TimedOut)
    );
    assert_eq!(dependency.times_asked(), 3);
    assert_eq!(start.elapsed().as_secs(), 3, "each attempt has its own");
}
