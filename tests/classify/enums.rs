//! Enums of errors, as users write them.

use std::io;
use std::sync::Arc;

use health_runtime::{
    Classify, DependencyUnhealthy, FailureKind, Outcome, classify_error, guarded,
};
use redis::RedisError;

use crate::counted::Counted::{Failure, Neutral, Success};
use crate::counted::{counted, health, missing, refused};

/// Not a word about how it counts.
#[derive(Debug, thiserror::Error)]
enum Sources {
    #[error("no connection")]
    Io(#[from] io::Error),
    #[error("no session")]
    Redis(#[from] RedisError),
    #[error("no copy")]
    Shared(#[source] Arc<io::Error>),
    #[error("no box")]
    Boxed(#[source] Box<RedisError>),
    #[error("no answer in time")]
    Bare,
    #[error("something below")]
    Below(#[source] Box<Sources>),
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}

#[guarded(deps = ["sources"])]
async fn sources(error: impl Into<Sources>) -> Result<(), Sources> {
    Err(error.into())
}

fn redis(line: &str) -> RedisError {
    let answer = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
    answer.extract_error().unwrap_err()
}

#[health_runtime::test]
async fn what_a_variant_wraps_counts_by_its_table() {
    assert_eq!(counted("sources", sources(refused())).await, Failure);
    assert_eq!(counted("sources", sources(missing())).await, Neutral);
    let loading = redis("LOADING Redis is loading the dataset in memory");
    assert_eq!(counted("sources", sources(loading)).await, Failure);
    let wrong = redis("WRONGTYPE Operation against a key");
    assert_eq!(counted("sources", sources(wrong)).await, Success);
}

#[health_runtime::test]
async fn what_a_variant_wraps_is_found_in_boxes_and_below_other_errors() {
    let shared = Sources::Shared(Arc::new(missing()));
    assert_eq!(counted("sources", sources(shared)).await, Neutral);
    let boxed = Sources::Boxed(Box::new(redis("WRONGTYPE Operation against a key")));
    assert_eq!(counted("sources", sources(boxed)).await, Success);
    let below = Sources::Below(Box::new(missing().into()));
    assert_eq!(counted("sources", sources(below)).await, Neutral);
    let hidden = io::Error::other(Sources::from(missing()));
    assert_eq!(counted("sources", sources(hidden)).await, Neutral);
}

#[health_runtime::test]
async fn a_variant_of_which_nothing_is_known_is_a_failure() {
    assert_eq!(counted("sources", sources(Sources::Bare)).await, Failure);
}

#[health_runtime::test]
async fn the_kind_of_what_a_variant_wraps_is_recorded() {
    let late = io::Error::from(io::ErrorKind::TimedOut);
    assert_eq!(counted("sources", sources(late)).await, Failure);
    let last = health("sources").last_error.unwrap();
    assert_eq!(last.kind, FailureKind::Timeout);
    assert_eq!(counted("sources", sources(refused())).await, Failure);
    let last = health("sources").last_error.unwrap();
    assert_eq!(last.kind, FailureKind::Error);
}

/// A transparent variant shows the source of what it holds instead of what it holds.
#[derive(Debug, thiserror::Error)]
enum Transparent {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}

#[guarded(deps = ["transparent"])]
async fn transparent() -> Result<(), Transparent> {
    Err(missing())?
}

/// The same with one line for each variant.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct HandedOver(Transparent);

impl From<DependencyUnhealthy> for HandedOver {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self(refusal.into())
    }
}

impl Classify for HandedOver {
    fn classify(&self) -> Outcome {
        match &self.0 {
            Transparent::Io(error) => classify_error(error),
            Transparent::Unhealthy(refusal) => classify_error(refusal),
        }
    }
}

#[guarded(deps = ["transparent"])]
async fn handed_over() -> Result<(), HandedOver> {
    Err(HandedOver(missing().into()))
}

#[health_runtime::test]
async fn a_transparent_variant_hides_what_it_holds_until_it_is_handed_over() {
    assert_eq!(counted("transparent", transparent()).await, Failure);
    assert_eq!(counted("transparent", handed_over()).await, Neutral);
}

/// Says how it counts, against what its source would say.
#[derive(Debug, thiserror::Error)]
enum Says {
    #[error("no such user")]
    NoSuchUser(#[source] io::Error),
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}

impl Classify for Says {
    fn classify(&self) -> Outcome {
        Outcome::Success
    }

    fn kind(&self) -> FailureKind {
        FailureKind::Timeout
    }
}

#[guarded(deps = ["says"])]
async fn says() -> Result<(), Says> {
    Err(Says::NoSuchUser(refused()))
}

#[guarded(deps = ["says"])]
async fn says_in_a_box() -> Result<(), Box<Says>> {
    Err(Box::new(Says::NoSuchUser(refused())))
}

impl From<DependencyUnhealthy> for Box<Says> {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Box::new(refusal.into())
    }
}

#[health_runtime::test]
async fn what_a_type_says_of_itself_comes_before_its_sources_also_in_a_box() {
    assert_eq!(counted("says", says()).await, Success);
    assert_eq!(counted("says", says_in_a_box()).await, Success);
}

#[guarded(deps = ["bare"])]
async fn bare(error: io::Error) -> io::Result<()> {
    Err(error)
}

#[health_runtime::test]
async fn an_error_of_the_standard_library_needs_no_enum() {
    assert_eq!(counted("bare", bare(refused())).await, Failure);
    assert_eq!(counted("bare", bare(missing())).await, Neutral);
}
