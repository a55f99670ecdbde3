//! What a guarded function returns, and how its error counts.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::{Judge, Judgement};
use crate::classify::{Classify, first_known, refusal_in};
use crate::error::DependencyUnhealthy;
use crate::outcome::Outcome;

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

/// An error of which nothing is known yet: asks how it counts, if its type says so of itself.
///
/// What a type offers is found by the compiler at the call site. A method whose bounds do not hold is
/// none, and then it looks at what the value dereferences to: each type below dereferences to one that
/// asks for less. (As "autoref specialisation", described by David Tolnay in 2019, but with inherent
/// methods: there is nothing to import in every function, and the way down is the same for all
/// functions with one error type, so the compiler walks it once.) The names of the methods are such
/// that no trait of a user's has them.
///
/// No choice may ask for `'static`: the compiler looks at lifetimes after it has chosen, and refuses an
/// error that borrows instead of going on to the next choice.
#[derive(Debug)]
pub struct ErrorOf<E>(Silent<E>);

/// The error says nothing of itself.
#[derive(Debug)]
pub struct Silent<E>(PhantomData<fn(&E)>);

impl<E> ErrorOf<E> {
    /// Creates the beginning of the way.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self(Silent(PhantomData))
    }

    /// The same, for the type of this error.
    #[must_use]
    pub const fn this(_error: &E) -> Self {
        Self::new()
    }
}

impl<E: Classify> ErrorOf<E> {
    /// Goes on, with what the error says of itself.
    #[must_use]
    pub const fn what_it_says(&self) -> Told<E, ByItself> {
        Told::NEW
    }
}

impl<E> Deref for ErrorOf<E> {
    type Target = Silent<E>;

    fn deref(&self) -> &Silent<E> {
        &self.0
    }
}

impl<E> Silent<E> {
    /// Goes on, without.
    #[must_use]
    pub const fn what_it_says(&self) -> Told<E, ByOthers> {
        Told::NEW
    }
}

/// What an error says of itself.
pub trait Says<E> {
    /// Asks it.
    fn of(error: &E) -> Option<Judgement>;
}

/// The error classifies itself.
#[derive(Debug)]
pub struct ByItself;

/// Others do.
#[derive(Debug)]
pub struct ByOthers;

impl<E: Classify> Says<E> for ByItself {
    fn of(error: &E) -> Option<Judgement> {
        Some(Judgement::of(error))
    }
}

impl<E> Says<E> for ByOthers {
    fn of(_error: &E) -> Option<Judgement> {
        None
    }
}

/// The first error of a chain.
pub(crate) type Link<'e> = &'e (dyn Error + 'static);

/// A step of the way, with the bounds under which it ends here, and how the error is judged then: the
/// first of the errors that it is made of, and its text.
macro_rules! step {
    (
        $(#[$doc:meta])* $step:ident dereferences to $next:ty, unless $E:ident: $bounds:path $(, $more:path)?;
        |$error:ident| $link:expr, $text:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $step<E, S>($next);

        impl<E, S> $step<E, S> {
            const NEW: Self = Self(<$next>::NEW);
        }

        impl<$E: $bounds $(+ $more)?, S: Says<$E>> $step<$E, S> {
            /// Gives what judges the error.
            #[must_use]
            pub fn how_to_judge(&self) -> impl Judge<$E> + use<$E, S> {
                |$error: &$E| (judged(S::of($error), $link), $text)
            }
        }

        impl<E, S> Deref for $step<E, S> {
            type Target = $next;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

step! {
    /// The error has sources. It is not a link itself: if it is known, it also classifies itself.
    Told dereferences to Boxed<E, S>, unless E: Error;
    |error| error.source(), error.to_string()
}

step! {
    /// The error is a box around one that has sources: `Box<dyn Error + Send + Sync>`, `anyhow::Error`.
    Boxed dereferences to BoxedSilently<E, S>, unless E: AsRef<dyn Error + Send + Sync + 'static>, fmt::Display;
    |error| Some(error.as_ref()), error.to_string()
}

step! {
    /// The same, but it cannot be shown.
    BoxedSilently dereferences to LocalBox<E, S>, unless E: AsRef<dyn Error + Send + Sync + 'static>;
    |error| Some(error.as_ref()), type_name(error)
}

step! {
    /// The same for a box that stays on its thread: `Box<dyn Error>`.
    LocalBox dereferences to LocalBoxSilently<E, S>, unless E: AsRef<dyn Error + 'static>, fmt::Display;
    |error| Some(error.as_ref()), error.to_string()
}

step! {
    /// The same, but it cannot be shown.
    LocalBoxSilently dereferences to Shown<E, S>, unless E: AsRef<dyn Error + 'static>;
    |error| Some(error.as_ref()), type_name(error)
}

step! {
    /// Nothing is known of the error, but it can be shown.
    Shown dereferences to Unknown<E, S>, unless E: fmt::Display;
    |error| None, error.to_string()
}

/// Nothing is known of the error.
#[derive(Debug)]
pub struct Unknown<E, S>(PhantomData<fn(&E, S)>);

impl<E, S> Unknown<E, S> {
    const NEW: Self = Self(PhantomData);
}

impl<E, S: Says<E>> Unknown<E, S> {
    /// Gives what judges the error.
    #[must_use]
    pub fn how_to_judge(&self) -> impl Judge<E> + use<E, S> {
        |error: &E| (judged(S::of(error), None), type_name(error))
    }
}

fn type_name<E>(_error: &E) -> String {
    std::any::type_name::<E>().to_owned()
}

/// Finds the error of an output of any type: of a `Result`, or none. Each trait below is implemented for
/// one reference less than the one before ("autoref specialisation"). Here, too, the name of the method is
/// such that no trait of a user's has it.
#[derive(Debug)]
pub struct OutputOf<'o, R>(pub &'o R);

/// The output is a `Result`.
pub trait ByResult<'o> {
    /// The error.
    type Error: 'o;

    /// Returns the error, if the output is one.
    fn error_in_output(&self) -> Option<&'o Self::Error>;
}

impl<'o, T, E: 'o> ByResult<'o> for &OutputOf<'o, Result<T, E>> {
    type Error = E;

    fn error_in_output(&self) -> Option<&'o E> {
        self.0.as_ref().err()
    }
}

/// The output is anything else.
pub trait ByValue<'o> {
    /// Returns nothing: it cannot be an error.
    fn error_in_output(&self) -> Option<&'o Infallible>;
}

impl<'o, R> ByValue<'o> for OutputOf<'o, R> {
    fn error_in_output(&self) -> Option<&'o Infallible> {
        None
    }
}

/// Judges an error, best first: a refusal of this library that it carries, what it says of itself,
/// the first of its sources that is known, and else a failure.
#[cold]
pub(crate) fn judged(own: Option<Judgement>, link: Option<Link<'_>>) -> Judgement {
    if let Some(reason) = link.and_then(refusal_in) {
        return Judgement::refusal(reason);
    }
    own.or_else(|| Some(Judgement::of(first_known(link?)?)))
        .unwrap_or(Judgement::FAILURE)
}

/// Judges an error by the argument `classify` of its function.
#[cold]
pub fn judged_by<E>(judgement: Judgement, error: &E, classify: fn(&E) -> Outcome) -> Judgement {
    judgement.counted_as(classify(error))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::{DependencyState, Reason};

    /// Judges as emitted code does.
    macro_rules! judge {
        ($error:expr) => {{
            let error = &$error;
            crate::__private::judge!(error).0
        }};
    }

    struct Plain;

    #[derive(Debug)]
    struct Classified(Option<DependencyUnhealthy>);

    impl fmt::Display for Classified {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("classified")
        }
    }

    impl Error for Classified {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_ref().map(|refusal| refusal as Link<'_>)
        }
    }

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
        let judgement = judge!(Classified(None));
        assert_eq!(
            (judgement.outcome, judgement.dependency.as_deref()),
            (Outcome::Success, Some("redis"))
        );
        let error = &Classified(None);
        assert_eq!(crate::__private::judge!(error).1, "classified");
    }

    #[test]
    fn a_boxed_error_says_of_itself_what_the_error_says() {
        assert_eq!(judge!(Box::new(Classified(None))).outcome, Outcome::Success);
    }

    #[test]
    fn a_plain_error_is_a_failure_that_shows_its_name() {
        let error = &Plain;
        let (judgement, text) = crate::__private::judge!(error);
        assert_eq!(judgement.outcome, Outcome::FAILURE);
        assert!(text.ends_with("Plain"));
        assert_eq!(judge!("in words").outcome, Outcome::FAILURE);
        assert_eq!(judge!(String::from("in words")).outcome, Outcome::FAILURE);
    }

    #[test]
    fn a_refusal_that_passes_through_is_neutral_however_it_is_wrapped() {
        let boxed: Box<dyn Error + Send + Sync> = refusal().into();
        let local: Box<dyn Error> = refusal().into();
        for judgement in [
            judge!(refusal()),
            judge!(io::Error::from(refusal())),
            judge!(boxed),
            judge!(local),
            judge!(Box::new(refusal())),
            // Also where the type would say something else of it.
            judge!(Classified(Some(refusal()))),
        ] {
            assert_eq!(judgement.outcome, Outcome::Neutral);
            assert!(judgement.is_refusal());
        }
    }

    #[test]
    fn the_first_known_error_decides_whatever_the_box() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let boxed = |error: io::Error| -> Box<dyn Error + Send + Sync> { error.into() };
        let local = |error: io::Error| -> Box<dyn Error> { error.into() };
        for judgement in [
            judge!(refused()),
            judge!(boxed(refused())),
            judge!(local(refused())),
        ] {
            assert_eq!(judgement.outcome, Outcome::FAILURE);
            assert!(!judgement.is_refusal());
        }
        for judgement in [
            judge!(missing()),
            judge!(boxed(missing())),
            judge!(local(missing())),
        ] {
            assert_eq!(judgement.outcome, Outcome::Neutral);
            assert!(!judgement.is_refusal());
        }
    }

    #[test]
    fn the_argument_of_the_function_has_the_last_word_but_for_a_refusal() {
        const fn says(_: &Classified) -> Outcome {
            Outcome::FAILURE
        }

        let error = &Classified(None);
        let (judgement, text) = crate::__private::judge!(error);
        let judgement = judged_by(judgement, error, says);
        assert_eq!(judgement.outcome, Outcome::FAILURE);
        assert_eq!(judgement.dependency.as_deref(), Some("redis"));
        assert_eq!(text, "classified");
        let error = &refusal();
        let (judgement, _) = crate::__private::judge!(error);
        let judgement = judged_by(judgement, error, |_| Outcome::FAILURE);
        assert_eq!(judgement.outcome, Outcome::Neutral);
        assert!(judgement.is_refusal());
    }

    /// Lives no longer than what it tells of.
    #[derive(Debug)]
    struct Borrowed<'a>(&'a str, Option<io::Error>);

    impl fmt::Display for Borrowed<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Borrowed<'_> {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|error| error as Link<'_>)
        }
    }

    #[derive(Debug)]
    struct BorrowedAndSays<'a>(Borrowed<'a>);

    impl fmt::Display for BorrowedAndSays<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl Error for BorrowedAndSays<'_> {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.source()
        }
    }

    impl Classify for BorrowedAndSays<'_> {
        fn classify(&self) -> Outcome {
            Outcome::Success
        }
    }

    #[test]
    fn an_error_that_borrows_is_judged_too() {
        let text = String::from("in words");
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let says = BorrowedAndSays(Borrowed(&text, None));
        assert_eq!(judge!(says).outcome, Outcome::Success);
        let refused = BorrowedAndSays(Borrowed(&text, Some(refusal().into())));
        assert!(judge!(refused).is_refusal());
        assert_eq!(judge!(Borrowed(&text, None)).outcome, Outcome::FAILURE);
        let missing = Borrowed(&text, Some(missing()));
        assert_eq!(judge!(missing).outcome, Outcome::Neutral);
        assert_eq!(judge!(&*text).outcome, Outcome::FAILURE);
    }

    fn of_any_type<E>(error: &E) -> Judgement {
        crate::__private::judge!(error).0
    }

    fn of_any_error<E: Error>(error: &E) -> Judgement {
        crate::__private::judge!(error).0
    }

    fn of_any_that_says<E: Classify>(error: &E) -> Judgement {
        crate::__private::judge!(error).0
    }

    #[test]
    fn a_generic_error_is_judged_by_its_bounds() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(of_any_type(&missing).outcome, Outcome::FAILURE);
        assert_eq!(of_any_error(&missing).outcome, Outcome::FAILURE);
        let below = io::Error::other(Box::new(missing));
        assert_eq!(
            of_any_error(&Borrowed("", Some(below))).outcome,
            Outcome::Neutral
        );
        assert!(of_any_error(&refusal()).is_refusal());
        let missing = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(of_any_that_says(&missing).outcome, Outcome::Neutral);
        let says = Classified(None);
        assert_eq!(of_any_error(&says).outcome, Outcome::FAILURE);
        assert_eq!(of_any_that_says(&says).outcome, Outcome::Success);
    }
}
