//! A refusal that passes through is nobody's failure, whatever anybody says of it.

use std::io;

use health_runtime::{
    Classify, DependencyState, DependencyUnhealthy, HealthRegistry, Outcome, guarded, testing,
};

use crate::counted::Counted::{Failure, Neutral};
use crate::counted::{counted, health, refused};

/// Sure that everything is a failure.
#[derive(Debug, thiserror::Error)]
enum Strict {
    #[error("down")]
    Down(#[source] io::Error),
    #[error("unhealthy")]
    Unhealthy(#[from] DependencyUnhealthy),
}

impl Classify for Strict {
    fn classify(&self) -> Outcome {
        Outcome::FAILURE
    }

    fn http_status(&self) -> Option<u16> {
        match self {
            Self::Down(_) => None,
            Self::Unhealthy(_) => Some(503),
        }
    }
}

/// Out of a function that is not guarded itself: nothing has recorded the refusal on the way.
async fn refusal() -> DependencyUnhealthy {
    let elsewhere = HealthRegistry::new();
    let why = health_runtime::Override::new("test", "", std::time::Duration::from_secs(9));
    elsewhere.force_open("elsewhere", why).unwrap();
    let answer = elsewhere.call("elsewhere", async { Ok::<(), DependencyUnhealthy>(()) });
    answer.await.unwrap_err()
}

#[guarded(deps = ["strict"])]
async fn strict(error: Strict) -> Result<(), Strict> {
    Err(error)
}

#[health_runtime::test]
async fn a_type_that_calls_a_refusal_a_failure_is_not_believed() {
    assert_eq!(
        counted("strict", strict(Strict::Down(refused()))).await,
        Failure
    );
    let passed_on = Strict::Unhealthy(refusal().await);
    assert_eq!(counted("strict", strict(passed_on)).await, Neutral);
    let below = Strict::Down(io::Error::from(refusal().await));
    assert_eq!(counted("strict", strict(below)).await, Neutral);
}

#[guarded(deps = ["inner"])]
async fn inner() -> io::Result<()> {
    Ok(())
}

#[guarded(deps = ["outer"])]
async fn outer() -> Result<(), Strict> {
    inner().await.map_err(Strict::Down)
}

#[health_runtime::test]
async fn the_refusal_of_a_nested_call_leaves_the_outer_dependency_alone() {
    testing::trip("inner");
    assert!(outer().await.is_err());
    assert_eq!(health("outer").state, DependencyState::Healthy);
    assert!(health("outer").last_error.is_none());
}
