//! Functions that are generic over their error: its bounds decide what is known of it.

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
async fn an_error<E: From<DependencyUnhealthy> + Error + 'static>(error: E) -> Result<(), E> {
    Err(error)
}

#[guarded(deps = ["generic"])]
async fn says<E: From<DependencyUnhealthy> + Classify>(error: E) -> Result<(), E> {
    Err(error)
}

#[guarded(deps = ["generic"])]
async fn says_and_is_an_error<E>(error: E) -> Result<(), E>
where
    E: From<DependencyUnhealthy> + Classify + Error + 'static,
{
    Err(error)
}

#[health_runtime::test]
async fn the_bounds_decide_what_is_known() {
    assert_eq!(counted("generic", nothing_known(missing())).await, Failure);
    assert_eq!(counted("generic", an_error(missing())).await, Neutral);
    assert_eq!(counted("generic", says(missing())).await, Neutral);
    let both = says_and_is_an_error::<io::Error>;
    assert_eq!(counted("generic", both(missing())).await, Neutral);
}
