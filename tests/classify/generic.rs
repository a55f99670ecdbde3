//! Functions that are generic over their error: its bounds decide what is known of it. `Error` alone
//! shows the sources, and `Classify` the error itself.

use std::error::Error;
use std::io;

use health_runtime::{Classify, DependencyUnhealthy, guarded};

use crate::counted::Counted::{Failure, Neutral};
use crate::counted::{counted, missing};

#[guarded(deps = ["generic"])]
async fn nothing_known<E: From<DependencyUnhealthy>>(error: E) -> Result<(), E> {
    Err(error)
}

#[guarded(deps = ["generic"])]
async fn an_error<E: From<DependencyUnhealthy> + Error>(error: E) -> Result<(), E> {
    Err(error)
}

#[guarded(deps = ["generic"])]
async fn says<E: From<DependencyUnhealthy> + Classify>(error: E) -> Result<(), E> {
    Err(error)
}

#[guarded(deps = ["generic"])]
async fn says_and_is_an_error<E>(error: E) -> Result<(), E>
where
    E: From<DependencyUnhealthy> + Classify + Error,
{
    Err(error)
}

#[derive(Debug, thiserror::Error)]
#[error("below")]
struct Below(#[source] io::Error);

impl From<DependencyUnhealthy> for Below {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self(refusal.into())
    }
}

/// Lives no longer than the name that it tells of.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Borrowed<'a>(&'a str, #[source] Option<io::Error>);

impl From<DependencyUnhealthy> for Borrowed<'_> {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self("refused", Some(refusal.into()))
    }
}

#[guarded(deps = ["generic"])]
async fn borrows(name: &str) -> Result<(), Borrowed<'_>> {
    Err(Borrowed(name, Some(missing())))
}

#[health_runtime::test]
async fn an_error_that_borrows_is_judged_by_its_sources() {
    let name = String::from("redis");
    assert_eq!(counted("generic", borrows(&name)).await, Neutral);
}

#[health_runtime::test]
async fn the_bounds_decide_what_is_known() {
    assert_eq!(counted("generic", nothing_known(missing())).await, Failure);
    assert_eq!(counted("generic", an_error(missing())).await, Failure);
    let below = Below(missing());
    assert_eq!(counted("generic", an_error(below)).await, Neutral);
    assert_eq!(counted("generic", says(missing())).await, Neutral);
    let both = says_and_is_an_error::<io::Error>;
    assert_eq!(counted("generic", both(missing())).await, Neutral);
}
