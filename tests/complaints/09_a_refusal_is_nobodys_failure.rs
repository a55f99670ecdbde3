//! "The inner breaker was open, the outer one counted that and opened too."
//!
//! Met by users of resilience4j who nest breakers (resilience4j/resilience4j#1062, #340) and who
//! found one refusal counted three times (#1653). A refusal was made here and says nothing of any
//! dependency, however many layers it passes through and whatever it is wrapped in.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use health_runtime::{
    DependencyHealth, DependencyState, DependencyUnhealthy, HealthRegistry, InCurrentRegistry,
    guarded, testing,
};

#[guarded(deps = ["refused-inner"])]
async fn inner() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

fn health(name: &str) -> DependencyHealth {
    HealthRegistry::current().health(name).unwrap()
}

fn assert_untouched(name: &str) {
    let health = health(name);
    assert_eq!(health.state, DependencyState::Healthy, "{health:?}");
    assert_eq!(health.consecutive_failures, 0);
    assert!(health.last_error.is_none(), "{health:?}");
}

/// The refusal comes from a task of its own, so that nothing but the error itself tells of it.
async fn refused_elsewhere() -> Result<(), DependencyUnhealthy> {
    tokio::spawn(inner().in_current_registry()).await.unwrap()
}

#[guarded(deps = ["refused-plain"])]
async fn passes_it_on() -> Result<(), DependencyUnhealthy> {
    refused_elsewhere().await
}

#[health_runtime::test]
async fn a_refusal_that_is_passed_on() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        assert!(passes_it_on().await.is_err());
    }
    assert_untouched("refused-plain");
    assert_eq!(health("refused-inner").refusals, 20, "each counted once");
}

#[guarded(deps = ["refused-io"])]
async fn wraps_it_in_an_io_error() -> io::Result<()> {
    refused_elsewhere().await?;
    Ok(())
}

#[health_runtime::test]
async fn a_refusal_in_an_io_error() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        assert!(wraps_it_in_an_io_error().await.is_err());
    }
    assert_untouched("refused-io");
}

#[derive(Debug, thiserror::Error)]
enum Layered {
    #[error("could not load the session")]
    Load(#[source] io::Error),
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

#[guarded(deps = ["refused-deep"])]
async fn wraps_it_twice() -> Result<(), Layered> {
    let refusal = refused_elsewhere().await;
    refusal.map_err(|refusal| Layered::Load(io::Error::from(refusal)))
}

#[health_runtime::test]
async fn a_refusal_deep_in_a_chain_of_sources() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        assert!(wraps_it_twice().await.is_err());
    }
    assert_untouched("refused-deep");
}

/// The variant that the compiler's own advice names.
#[guarded(deps = ["refused-transparent"])]
async fn shows_it_as_itself() -> Result<(), Layered> {
    Ok(refused_elsewhere().await?)
}

#[health_runtime::test]
async fn a_refusal_in_a_transparent_error() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        let answer = shows_it_as_itself().await;
        assert!(matches!(answer, Err(Layered::Refused(_))));
    }
    assert_untouched("refused-transparent");
}

type Boxed = Box<dyn StdError + Send + Sync>;

#[guarded(deps = ["refused-boxed"])]
async fn boxes_it() -> Result<(), Boxed> {
    refused_elsewhere().await?;
    Ok(())
}

#[health_runtime::test]
async fn a_refusal_in_a_box() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        assert!(boxes_it().await.is_err());
    }
    assert_untouched("refused-boxed");
}

#[guarded(deps = ["refused-boxed-other"])]
async fn boxes_another_error() -> Result<(), Boxed> {
    Err("connection refused".into())
}

#[health_runtime::test]
async fn any_other_error_in_a_box_is_a_failure() {
    for _ in 0..5 {
        assert!(boxes_another_error().await.is_err());
    }
    assert_eq!(
        health("refused-boxed-other").state,
        DependencyState::Unhealthy
    );
}

#[health_runtime::test]
async fn refusals_that_pass_through_a_call_by_name() {
    testing::trip("refused-inner");
    let registry = HealthRegistry::current();
    for _ in 0..20 {
        let answer: Result<(), DependencyUnhealthy> =
            registry.call("refused-by-name", refused_elsewhere()).await;
        assert!(answer.is_err());
        let answer: io::Result<()> = registry
            .call("refused-by-name", async { Ok(refused_elsewhere().await?) })
            .await;
        assert!(answer.is_err());
        let answer: Result<(), Boxed> = registry
            .call("refused-by-name", async { Ok(refused_elsewhere().await?) })
            .await;
        assert!(answer.is_err());
    }
    assert_untouched_by_name("refused-by-name");
}

fn assert_untouched_by_name(name: &str) {
    let health = health(name);
    assert_eq!(health.consecutive_failures, 0, "{health:?}");
    assert_eq!(health.state, DependencyState::Healthy, "{health:?}");
}

struct Opaque;

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

impl From<DependencyUnhealthy> for Opaque {
    fn from(_: DependencyUnhealthy) -> Self {
        Self
    }
}

#[guarded(deps = ["refused-opaque"])]
async fn forgets_what_it_was() -> Result<(), Opaque> {
    inner().await?;
    Ok(())
}

#[health_runtime::test]
async fn a_refusal_met_in_the_body_itself_needs_no_trace_in_the_error() {
    testing::trip("refused-inner");
    for _ in 0..20 {
        assert!(forgets_what_it_was().await.is_err());
    }
    assert_untouched("refused-opaque");
}

#[health_runtime::test]
async fn a_breakers_own_refusals_do_not_keep_it_open() {
    testing::trip("refused-inner");
    let until = health("refused-inner").open_until;
    for _ in 0..20 {
        assert!(inner().await.is_err());
    }
    let health = health("refused-inner");
    assert_eq!((health.open_until, health.epoch), (until, 1));
}
