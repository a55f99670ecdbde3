//! Boxes around errors, and errors that are none.

use std::error::Error;
use std::fmt;
use std::io;

use health_runtime::{DependencyUnhealthy, guarded};

use crate::counted::Counted::{Failure, Neutral};
use crate::counted::{counted, missing, refused};

#[guarded(deps = ["boxed"])]
async fn boxed(error: io::Error) -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(error)?
}

#[guarded(deps = ["local"])]
async fn local(error: io::Error) -> Result<(), Box<dyn Error>> {
    Err(error)?
}

/// As `anyhow::Error` and `eyre::Report` are: no error itself, shows one, and adds a text to it.
struct Report(Box<dyn Error + Send + Sync>);

#[derive(Debug, thiserror::Error)]
#[error("while loading")]
struct Context(#[source] Box<dyn Error + Send + Sync>);

impl<E: Error + Send + Sync + 'static> From<E> for Report {
    fn from(error: E) -> Self {
        Self(Box::new(Context(Box::new(error))))
    }
}

impl AsRef<dyn Error + Send + Sync> for Report {
    fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl AsRef<dyn Error> for Report {
    fn as_ref(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[guarded(deps = ["report"])]
async fn report(error: io::Error) -> Result<(), Report> {
    Err(error)?
}

#[health_runtime::test]
async fn what_is_in_a_box_counts_by_its_table() {
    assert_eq!(counted("boxed", boxed(refused())).await, Failure);
    assert_eq!(counted("boxed", boxed(missing())).await, Neutral);
    assert_eq!(counted("local", local(refused())).await, Failure);
    assert_eq!(counted("local", local(missing())).await, Neutral);
    assert_eq!(counted("report", report(refused())).await, Failure);
    assert_eq!(counted("report", report(missing())).await, Neutral);
}

/// Only a text.
#[derive(Debug)]
struct Text(#[expect(dead_code, reason = "shown by `Debug` alone")] String);

impl From<DependencyUnhealthy> for Text {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self(refusal.to_string())
    }
}

#[guarded(deps = ["text"])]
async fn text() -> Result<(), Text> {
    Err(Text(missing().to_string()))
}

#[health_runtime::test]
async fn a_text_tells_nothing_and_is_a_failure() {
    assert_eq!(counted("text", text()).await, Failure);
}
