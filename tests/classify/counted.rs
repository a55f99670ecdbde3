//! What the tests look at.

use std::future::Future;
use std::io;

use health_runtime::{DependencyHealth, HealthRegistry, testing};

/// How a call counted for its dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Success,
    Neutral,
    Failure,
}

/// Makes a call that fails, one failure after the dependency was healthy: a success takes that away, a
/// failure makes it two.
pub(crate) async fn counted<T, E>(name: &str, call: impl Future<Output = Result<T, E>>) -> Counted {
    testing::heal(name);
    HealthRegistry::current().record_failure(name, "the one before");
    assert!(call.await.is_err(), "the call is to fail");
    match health(name).consecutive_failures {
        0 => Counted::Success,
        1 => Counted::Neutral,
        2 => Counted::Failure,
        other => panic!("counted {other} failures"),
    }
}

pub(crate) fn health(name: &str) -> DependencyHealth {
    HealthRegistry::current().health(name).unwrap()
}

pub(crate) fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

pub(crate) fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}
