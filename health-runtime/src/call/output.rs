//! What a guarded function returns, and how its error counts.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use super::blame::Judgement;
use crate::error::{DependencyUnhealthy, Reason};
use crate::outcome::{Classify, Outcome};

/// A `Result` that can carry a refusal.
#[diagnostic::on_unimplemented(
    message = "a protected function returns `Result<_, E>`, not `{Self}`",
    label = "needs `Result<_, E>` with `E: From<DependencyUnhealthy>`",
    note = "when a dependency is unhealthy the call is refused, and the refusal has to be returned to the caller"
)]
pub trait GuardedOutput: Sized {
    /// The error.
    type Error;

    /// Returns the error, if this is one.
    fn error(&self) -> Option<&Self::Error>;

    /// Returns the error, if this is one.
    fn into_error(self) -> Option<Self::Error>;

    /// Makes an output of a refusal.
    fn refused(refusal: DependencyUnhealthy) -> Self;
}

impl<T, E: FromRefusal> GuardedOutput for Result<T, E> {
    type Error = E;

    #[inline(always)]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }

    fn into_error(self) -> Option<E> {
        self.err()
    }

    #[cold]
    fn refused(refusal: DependencyUnhealthy) -> Self {
        Err(E::from_refusal(refusal))
    }
}

/// An output that a cold path hands back.
///
/// A cold function that returns the output itself writes it where the hot path has its own, which
/// then has to live in memory too: stored in parts, loaded as a whole, 10 ns a call on a processor
/// that cannot forward that. As a part of something larger it is written elsewhere, and copied only
/// when the cold path was taken. (Measured with rustc 1.95 on x86-64, see `health-bench`.)
pub(crate) struct Apart<R> {
    pub(crate) output: R,
    _apart: u64,
}

impl<R> Apart<R> {
    pub(crate) const fn new(output: R) -> Self {
        Self { output, _apart: 0 }
    }
}

/// An error that a refusal can be turned into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry the refusal of a protected call",
    label = "needs `impl From<DependencyUnhealthy> for {Self}`",
    note = "with thiserror, add a variant: `#[error(transparent)] Unhealthy(#[from] health_runtime::DependencyUnhealthy)`"
)]
pub trait FromRefusal {
    /// Makes the error.
    fn from_refusal(refusal: DependencyUnhealthy) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<DependencyUnhealthy>> FromRefusal for E {
    fn from_refusal(refusal: DependencyUnhealthy) -> Self {
        Self::from(refusal)
    }
}

/// Judges an error by what its type offers, best first: its [`Classify`], then a refusal of this
/// library in its chain of sources, then nothing.
///
/// The choice is made by the compiler at the call site ("autoref specialisation", as described by
/// David Tolnay, 2019): each trait below is implemented for one reference less than the one before.
#[derive(Debug)]
pub struct Judge<'e, E>(pub &'e E);

/// The error classifies itself.
pub trait ByClassify {
    /// Judges the error.
    fn judge(&self) -> Judgement;
}

impl<E: Classify> ByClassify for &&&Judge<'_, E> {
    #[cold]
    fn judge(&self) -> Judgement {
        Judgement::new(self.0.classify(), self.0.dependency())
    }
}

/// The error has sources, and a refusal may be among them.
pub trait ByError {
    /// Judges the error.
    fn judge(&self) -> Judgement;
}

impl<E: Error + 'static> ByError for &&Judge<'_, E> {
    #[cold]
    fn judge(&self) -> Judgement {
        by_sources(self.0)
    }
}

type Boxed = dyn Error + Send + Sync + 'static;

/// The error is a box around one that has sources: `Box<dyn Error + Send + Sync>`, `anyhow::Error`.
pub trait ByBoxed {
    /// Judges the error.
    fn judge(&self) -> Judgement;
}

impl<E: AsRef<Boxed>> ByBoxed for &Judge<'_, E> {
    #[cold]
    fn judge(&self) -> Judgement {
        by_sources(self.0.as_ref())
    }
}

fn by_sources(error: &(dyn Error + 'static)) -> Judgement {
    let outcome = if has_refusal(error) {
        Outcome::Neutral
    } else {
        Outcome::FAILURE
    };
    Judgement::new(outcome, None)
}

fn has_refusal(mut error: &(dyn Error + 'static)) -> bool {
    loop {
        if is_refusal_itself(error) {
            return true;
        }
        match error.source() {
            Some(source) => error = source,
            None => return false,
        }
    }
}

fn is_refusal_itself(error: &(dyn Error + 'static)) -> bool {
    error.is::<DependencyUnhealthy>()
        || error.is::<Reason>()
        || error
            .downcast_ref::<std::io::Error>()
            .is_some_and(carries_refusal)
}

/// Whether an error of any type is a refusal of this library that passes through.
pub(crate) fn is_refusal(error: &dyn Any) -> bool {
    error.is::<DependencyUnhealthy>()
        || error
            .downcast_ref::<std::io::Error>()
            .is_some_and(carries_refusal)
        || error
            .downcast_ref::<Box<Boxed>>()
            .is_some_and(|boxed| has_refusal(&**boxed))
}

fn carries_refusal(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<DependencyUnhealthy>())
}

/// Nothing is known of the error.
pub trait ByNothing {
    /// Judges the error.
    fn judge(&self) -> Judgement;
}

impl<E> ByNothing for Judge<'_, E> {
    #[cold]
    fn judge(&self) -> Judgement {
        Judgement::new(Outcome::FAILURE, None)
    }
}

/// Finds the error of an output of any type, in the same way as [`Judge`]: of a `Result`, or none.
#[derive(Debug)]
pub struct OutputOf<'o, R>(pub &'o R);

/// The output is a `Result`.
pub trait ByResult<'o> {
    /// The error.
    type Error: 'o;

    /// Returns the error, if the output is one.
    fn failure(&self) -> Option<&'o Self::Error>;
}

impl<'o, T, E: 'o> ByResult<'o> for &OutputOf<'o, Result<T, E>> {
    type Error = E;

    fn failure(&self) -> Option<&'o E> {
        self.0.as_ref().err()
    }
}

/// The output is anything else.
pub trait ByValue<'o> {
    /// Returns nothing: it cannot be an error.
    fn failure(&self) -> Option<&'o Infallible>;
}

impl<'o, R> ByValue<'o> for OutputOf<'o, R> {
    fn failure(&self) -> Option<&'o Infallible> {
        None
    }
}

/// Finds the text of an error, or else the name of its type, in the same way as [`Judge`].
#[derive(Debug)]
pub struct Text<'e, E>(pub &'e E);

/// The error can be shown.
pub trait ByDisplay {
    /// Returns the text.
    fn text(&self) -> String;
}

impl<E: fmt::Display> ByDisplay for &Text<'_, E> {
    #[cold]
    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// The error cannot be shown.
pub trait ByName {
    /// Returns the text.
    fn text(&self) -> String;
}

impl<E> ByName for Text<'_, E> {
    #[cold]
    fn text(&self) -> String {
        std::any::type_name::<E>().to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::needless_borrow, reason = "the references choose the judge")]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::DependencyState;

    struct Plain;

    #[derive(Debug)]
    struct Classified;

    impl fmt::Display for Classified {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("classified")
        }
    }

    impl Error for Classified {}

    impl Classify for Classified {
        fn classify(&self) -> Outcome {
            Outcome::Success
        }

        fn dependency(&self) -> Option<&str> {
            Some("redis")
        }
    }

    fn refusal() -> DependencyUnhealthy {
        let wait = Duration::from_secs(1);
        DependencyUnhealthy::of_system(DependencyState::Unhealthy, Reason::GateDenied, wait)
    }

    #[test]
    fn what_the_type_says_of_itself_comes_first() {
        let judgement = (&&&&Judge(&Classified)).judge();
        assert_eq!(
            (judgement.outcome, judgement.dependency.as_deref()),
            (Outcome::Success, Some("redis"))
        );
        assert_eq!((&&Text(&Classified)).text(), "classified");
    }

    #[test]
    fn a_plain_error_is_a_failure_that_shows_its_name() {
        assert_eq!((&&&&Judge(&Plain)).judge().outcome, Outcome::FAILURE);
        assert!((&&Text(&Plain)).text().ends_with("Plain"));
    }

    #[test]
    fn a_refusal_that_passes_through_is_neutral_however_it_is_wrapped() {
        assert_eq!((&&&&Judge(&refusal())).judge().outcome, Outcome::Neutral);
        let wrapped = io::Error::from(refusal());
        assert_eq!((&&&&Judge(&wrapped)).judge().outcome, Outcome::Neutral);
        let boxed: Box<Boxed> = refusal().into();
        assert_eq!((&&&&Judge(&boxed)).judge().outcome, Outcome::Neutral);
        let other = io::Error::other("disk on fire");
        assert_eq!((&&&&Judge(&other)).judge().outcome, Outcome::FAILURE);
        let other: Box<Boxed> = other.into();
        assert_eq!((&&&&Judge(&other)).judge().outcome, Outcome::FAILURE);
    }
}
