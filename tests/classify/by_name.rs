//! The same knowledge for calls by name.

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;

use health_runtime::{DependencyUnhealthy, FailureKind, HealthRegistry};

use crate::counted::Counted::{self, Failure, Neutral, Success};
use crate::counted::{counted, health, missing, refused};

async fn call<E>(error: impl Into<E>) -> Counted
where
    E: From<DependencyUnhealthy> + Display + 'static,
{
    let error = error.into();
    let registry = HealthRegistry::current();
    counted(
        "by-name",
        registry.call("by-name", async { Err::<(), E>(error) }),
    )
    .await
}

#[health_runtime::test]
async fn an_error_that_is_known_counts_by_its_table() {
    assert_eq!(call::<std::io::Error>(refused()).await, Failure);
    assert_eq!(call::<std::io::Error>(missing()).await, Neutral);
}

#[health_runtime::test]
async fn what_is_in_a_box_counts_by_its_table() {
    assert_eq!(call::<Box<dyn Error>>(refused()).await, Failure);
    assert_eq!(call::<Box<dyn Error>>(missing()).await, Neutral);
    assert_eq!(
        call::<Box<dyn Error + Send + Sync>>(missing()).await,
        Neutral
    );
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("shared")]
struct Shared(#[source] Arc<dyn Error + Send + Sync>);

#[health_runtime::test]
async fn a_shared_error_is_found_below_another_one() {
    let answer = redis::parse_redis_value(b"-WRONGTYPE Operation against a key\r\n").unwrap();
    let shared = Shared(Arc::new(answer.extract_error().unwrap_err()));
    assert_eq!(call::<Box<dyn Error>>(shared).await, Success);
}

#[health_runtime::test]
async fn the_kind_of_failure_is_recorded() {
    let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
    assert_eq!(call::<std::io::Error>(late).await, Failure);
    let last = health("by-name").last_error.unwrap();
    assert_eq!(last.kind, FailureKind::Timeout);
}
