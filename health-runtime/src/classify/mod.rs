//! How an error counts: what its type says of itself, and what is known of the errors of others.
//!
//! - [`Classify`]: what a type says of itself
//! - [`chain`]: an error and its sources, the first of which that is known decides
//! - [`http`]: HTTP statuses, by a table that each dependency can have of its own
//! - [`retry_after`]: the header that says when to come back
//! - [`io`], and `redis`, `reqwest`, `sqlx`, `tonic` behind the features of these names: a table each

mod chain;
mod http;
mod io;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "reqwest")]
mod reqwest;
mod retry_after;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "tonic")]
mod tonic;

use std::sync::Arc;

pub use self::chain::classify_error;
pub(crate) use self::chain::{carries_refusal, first_known, of_any, refusal_in};
pub use self::http::HttpStatuses;
pub use self::retry_after::retry_after;
use crate::outcome::{FailureKind, Outcome};

/// Says of an error how the call that ended in it counts, and which dependency is to blame.
///
/// Implement it for the error type of your guarded functions. Without it, the first error among the
/// [sources](std::error::Error::source) that is known decides, as [`classify_error`] describes; every
/// other error is a transient failure, and when a function names several dependencies nobody is
/// blamed: all are marked degraded, none is counted towards a trip.
///
/// A [`DependencyUnhealthy`](crate::DependencyUnhealthy) among the sources of an error is a refusal
/// that passes through: the call is neutral then, whatever is said here.
///
/// # Examples
///
/// ```
/// use health_runtime::{Classify, Outcome};
///
/// enum StoreError {
///     NoSuchSession,
///     Timeout,
///     Socket(std::io::Error),
/// }
///
/// impl Classify for StoreError {
///     fn classify(&self) -> Outcome {
///         match self {
///             StoreError::NoSuchSession => Outcome::Success, // the store answered
///             StoreError::Timeout => Outcome::FAILURE,
///             StoreError::Socket(error) => error.classify(), // by the built-in table
///         }
///     }
///
///     fn dependency(&self) -> Option<&str> {
///         Some("redis")
///     }
/// }
/// ```
pub trait Classify {
    /// Returns how a call that ended in this error counts.
    fn classify(&self) -> Outcome;

    /// Returns the name of the dependency that is to blame, when the error knows it.
    ///
    /// It clears the others: when a function does not name this one among its `deps`, none of those
    /// that it does name is blamed. `None` leaves the blame with the one dependency of a function, or
    /// with nobody, when there are several. Default `None`.
    fn dependency(&self) -> Option<&str> {
        None
    }

    /// Returns the HTTP status that the dependency answered with, when the error is one.
    ///
    /// The table of the dependency that is to blame then decides how the call counts, see
    /// [`HttpStatuses`]; with several dependencies and none to blame, the table of the first. What
    /// [`classify`](Self::classify) says of a failure stays: whether it may pass, and when to come
    /// back. An error that leaves it to another one how it counts leaves it this, too. Default `None`.
    fn http_status(&self) -> Option<u16> {
        None
    }

    /// Returns what kind of failure it is, if it is one: [`FailureKind::Error`], the default, or
    /// [`FailureKind::Timeout`].
    fn kind(&self) -> FailureKind {
        FailureKind::Error
    }
}

macro_rules! as_what_it_holds {
    ($holder:ident) => {
        impl<C: Classify + ?Sized> Classify for $holder<C> {
            fn classify(&self) -> Outcome {
                (**self).classify()
            }

            fn dependency(&self) -> Option<&str> {
                (**self).dependency()
            }

            fn http_status(&self) -> Option<u16> {
                (**self).http_status()
            }

            fn kind(&self) -> FailureKind {
                (**self).kind()
            }
        }
    };
}

as_what_it_holds!(Box);
as_what_it_holds!(Arc);
