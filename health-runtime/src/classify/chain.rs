//! An error and its sources: the first that is known decides, and a refusal among them comes first.
//!
//! Some errors show the source of what they are made of in the place of what they are made of. Boxes
//! and `Arc`s do, and are looked into. An [`io::Error`] does, and asks what it is made of in its own
//! table; a refusal in it still shows its [`Reason`]. What `#[error(transparent)]` hides that way
//! cannot be found.

use std::any::Any;
use std::error::Error;
use std::io;
use std::sync::Arc;

use super::Classify;
use crate::error::{DependencyUnhealthy, Reason};
use crate::outcome::Outcome;

type Link<'e> = &'e (dyn Error + 'static);
type Verdict<'e> = &'e (dyn Classify + 'static);

/// A type of error that there is a table for.
struct Known {
    in_link: fn(Link<'_>) -> Option<Verdict<'_>>,
    in_any: fn(&dyn Any) -> Option<Link<'_>>,
}

const fn known<E: Error + Classify + 'static>() -> Known {
    Known {
        in_link: |link| find::<E>(link).map(|error| error as Verdict<'_>),
        in_any: |any| any.downcast_ref::<E>().map(|error| error as Link<'_>),
    }
}

const KNOWN: &[Known] = &[
    known::<io::Error>(),
    #[cfg(feature = "redis")]
    known::<::redis::RedisError>(),
    #[cfg(feature = "reqwest")]
    known::<::reqwest::Error>(),
    #[cfg(feature = "sqlx")]
    known::<::sqlx::Error>(),
    #[cfg(feature = "tonic")]
    known::<::tonic::Status>(),
];

/// Says how a call counts that ended in an error of which only the trait [`Error`] is known.
///
/// The first error that is known decides, among this one and its [sources](Error::source), by the
/// table of its type: [`io::Error`], and with the features of these names `redis::RedisError`,
/// `reqwest::Error`, `sqlx::Error` and `tonic::Status`. Each of them implements [`Classify`], where
/// its table is shown. A refusal of this library anywhere among them makes the call neutral. When
/// none is known it is a transient failure. An HTTP status counts by the default
/// [`HttpStatuses`](crate::HttpStatuses), as no dependency is known here.
///
/// `#[guarded]` asks it about every error that does not implement [`Classify`]. Call it from a
/// `Classify` of your own for the variants that it should decide, or where a variant is
/// `#[error(transparent)]`: such a variant shows the source of what it holds in the place of what it
/// holds, so nobody can find that in it, and it counts as a failure unless you hand it over.
///
/// # Examples
///
/// ```
/// use health_runtime::{Classify, DependencyUnhealthy, Outcome, classify_error};
/// use std::{error::Error, fmt, io};
///
/// #[derive(Debug)]
/// enum StoreError {
///     Unhealthy(DependencyUnhealthy),
///     Socket(io::Error),
/// }
/// # impl fmt::Display for StoreError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("no answer") }
/// # }
/// # impl Error for StoreError {}
///
/// impl Classify for StoreError {
///     fn classify(&self) -> Outcome {
///         match self {
///             Self::Unhealthy(refusal) => classify_error(refusal),
///             Self::Socket(error) => classify_error(error),
///         }
///     }
/// }
///
/// let down = StoreError::Socket(io::ErrorKind::ConnectionRefused.into());
/// assert_eq!(down.classify(), Outcome::FAILURE);
/// let missing = StoreError::Socket(io::ErrorKind::NotFound.into());
/// assert_eq!(missing.classify(), Outcome::Neutral);
/// ```
#[must_use]
pub fn classify_error(error: &(dyn Error + 'static)) -> Outcome {
    if carries_refusal(error) {
        return Outcome::Neutral;
    }
    first_known(error).map_or(Outcome::FAILURE, Classify::classify)
}

/// The first error of the chain that there is a table for.
pub(crate) fn first_known(error: Link<'_>) -> Option<Verdict<'_>> {
    links(error).find_map(|link| KNOWN.iter().find_map(|known| (known.in_link)(link)))
}

/// Whether a refusal of this library is in the chain.
pub(crate) fn carries_refusal(error: Link<'_>) -> bool {
    refusal_in(error).is_some()
}

/// Why the call was refused whose refusal is in the chain, if one is.
pub(crate) fn refusal_in(error: Link<'_>) -> Option<Reason> {
    // The reason alone is what a transparent variant, or an `io::Error`, leaves of a refusal.
    links(error).find_map(|link| {
        let refusal = find::<DependencyUnhealthy>(link).map(DependencyUnhealthy::reason);
        refusal.or_else(|| link.downcast_ref::<Reason>().copied())
    })
}

/// Finds the error in a value of any type, if it is one that is known, or a box around one: of the
/// boxes there are, those that a refusal can be turned into.
pub(crate) fn of_any(value: &dyn Any) -> Option<Link<'_>> {
    if let Some(refusal) = value.downcast_ref::<DependencyUnhealthy>() {
        return Some(refusal);
    }
    if let Some(boxed) = value.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**boxed);
    }
    if let Some(boxed) = value.downcast_ref::<Box<dyn Error>>() {
        return Some(&**boxed);
    }
    KNOWN.iter().find_map(|known| (known.in_any)(value))
}

/// The link itself, or what the box holds that the link is: a large error is often boxed, and one
/// that is to be cloned is often shared.
fn find<E: Error + 'static>(link: Link<'_>) -> Option<&E> {
    link.downcast_ref::<E>()
        .or_else(|| link.downcast_ref::<Box<E>>().map(|boxed| &**boxed))
        .or_else(|| link.downcast_ref::<Arc<E>>().map(|shared| &**shared))
}

/// The error and its sources, outermost first.
fn links(error: Link<'_>) -> impl Iterator<Item = Link<'_>> {
    std::iter::successors(Some(open(error)), |link| (*link).source().map(open))
}

/// An `Arc` of any error is an error, and shows the source of what it holds in its own place.
fn open(mut link: Link<'_>) -> Link<'_> {
    while let Some(shared) = link.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        link = &**shared;
    }
    link
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::time::Duration;

    use super::*;
    use crate::DependencyState;

    #[derive(Debug)]
    struct Made<S>(S);

    impl<S> fmt::Display for Made<S> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("made of another")
        }
    }

    impl<S: AsLink + fmt::Debug> Error for Made<S> {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self.0.as_link())
        }
    }

    trait AsLink {
        fn as_link(&self) -> Link<'_>;
    }

    impl<E: Error + 'static> AsLink for E {
        fn as_link(&self) -> Link<'_> {
            self
        }
    }

    fn missing() -> io::Error {
        io::ErrorKind::NotFound.into()
    }

    fn refusal() -> DependencyUnhealthy {
        let reason = Reason::CircuitOpen;
        DependencyUnhealthy::of_system(DependencyState::Unhealthy, reason, Duration::ZERO)
    }

    #[test]
    fn an_error_is_found_wherever_it_is() {
        let shared: Arc<dyn Error + Send + Sync> = Arc::new(missing());
        let twice: Arc<dyn Error + Send + Sync> = Arc::new(Arc::clone(&shared));
        let places: [Box<dyn Error>; 8] = [
            Box::new(missing()),
            Box::new(Made(missing())),
            Box::new(Made(Box::new(missing()))),
            Box::new(Made(Arc::new(missing()))),
            Box::new(Made(shared)),
            Box::new(Made(twice)),
            Box::new(io::Error::other(Made(missing()))),
            Box::new(Made(Box::new(io::Error::other(Made(Made(missing())))))),
        ];
        for error in places {
            assert_eq!(classify_error(&*error), Outcome::Neutral, "{error:?}");
            assert!(!carries_refusal(&*error), "{error:?}");
        }
    }

    #[test]
    fn a_refusal_is_found_wherever_it_is_and_before_what_else_is_known() {
        let places: [Box<dyn Error>; 5] = [
            Box::new(refusal()),
            Box::new(refusal().reason()),
            Box::new(Made(Box::new(refusal()))),
            Box::new(Made(io::Error::from(refusal()))),
            Box::new(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                Made(io::Error::other(Made(Arc::new(refusal())))),
            )),
        ];
        for error in places {
            assert!(carries_refusal(&*error), "{error:?}");
            assert_eq!(classify_error(&*error), Outcome::Neutral, "{error:?}");
        }
    }

    #[test]
    fn the_outermost_known_error_decides_and_without_one_it_is_a_failure() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(classify_error(&Made(reset)), Outcome::FAILURE);
        assert_eq!(classify_error(&Made(fmt::Error)), Outcome::FAILURE);
    }
}
