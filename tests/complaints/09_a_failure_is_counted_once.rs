//! "The inner call failed once and both breakers counted it."
//!
//! The other half of the ninth complaint: an inner failure that an outer breaker counts as its own,
//! met by users of resilience4j who nest breakers (resilience4j/resilience4j#1062, #340). Nor may
//! the outer call hide what is its own, or make good what is not.

use std::future::pending;
use std::time::Duration;

use health_runtime::{BreakerState, DependencyUnhealthy, HealthRegistry, guarded};

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Failed(&'static str),
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

type Answer = Result<(), Error>;

async fn call(dependency: &str, body: impl Future<Output = Answer>) -> Answer {
    HealthRegistry::current().call(dependency, body).await
}

async fn fail(dependency: &str) -> Answer {
    call(dependency, async {
        Err(Error::Failed("connection refused"))
    })
    .await
}

fn failures(dependency: &str) -> u32 {
    let health = HealthRegistry::current().health(dependency);
    health.unwrap().consecutive_failures
}

fn breaker(dependency: &str) -> BreakerState {
    let health = HealthRegistry::current().health(dependency);
    health.unwrap().breaker
}

#[health_runtime::test]
async fn a_panic_that_passes_through_two_calls() {
    use health_runtime::InCurrentRegistry;
    let panics = async { call("redis", async { panic!("out of luck") }).await };
    let outer = async { call("redis", call("api", panics)).await };
    assert!(tokio::spawn(outer.in_current_registry()).await.is_err());
    assert_eq!((failures("redis"), failures("api")), (1, 0));
}

#[health_runtime::test]
async fn a_hanging_call_that_is_dropped_with_those_around_it() {
    let outer = call("api", call("redis", call("redis", pending())));
    let answer = tokio::time::timeout(Duration::from_secs(3), outer).await;
    assert!(answer.is_err());
    assert_eq!((failures("redis"), failures("api")), (1, 0));
}

#[health_runtime::test]
async fn a_hanging_call_that_a_call_around_it_gives_up() {
    let outer = call("api", async {
        let hangs = call("redis", pending());
        match tokio::time::timeout(Duration::from_secs(3), hangs).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Failed("no answer from redis")),
        }
    });
    assert!(outer.await.is_err());
    assert_eq!((failures("redis"), failures("api")), (1, 0));
}

#[health_runtime::test]
async fn a_call_that_got_over_a_failure_does_not_make_it_good() {
    for _ in 0..5 {
        let outer = call("redis", async {
            fail("redis").await.ok();
            Ok(())
        });
        assert!(outer.await.is_ok());
    }
    assert_eq!(breaker("redis"), BreakerState::Open);
}

#[health_runtime::test]
async fn a_failed_cache_does_not_hide_the_failures_of_what_is_behind_it() {
    for _ in 0..5 {
        let outer = call("api", async {
            fail("cache").await.ok();
            tokio::task::yield_now().await;
            Err(Error::Failed("502"))
        });
        assert!(outer.await.is_err());
    }
    assert_eq!(breaker("api"), BreakerState::Open);
}

const PRIMARY: &str = "same-under-two-names";
const SESSIONS: &str = "same-under-two-names";

#[guarded(deps = [PRIMARY, SESSIONS])]
async fn one_dependency_under_two_names() -> Answer {
    Err(Error::Failed("connection refused"))
}

#[health_runtime::test]
async fn the_same_dependency_under_two_names_is_to_blame() {
    for _ in 0..5 {
        assert!(one_dependency_under_two_names().await.is_err());
    }
    assert_eq!(breaker(PRIMARY), BreakerState::Open);
}
