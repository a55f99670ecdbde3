//! Probes from closures and functions.

use std::fmt;
use std::fmt::Display;
use std::future::Future;

use super::{Identity, Probe, ProbeError, ProbeFuture};

/// Makes a probe from a closure that returns a future.
///
/// The future may resolve to `Result<(), E>`, `Result<Identity, E>` or `Result<Option<Identity>, E>`,
/// where `E` is anything that can be displayed. The text of the error becomes the message of the
/// [`ProbeError`]; it is printed with `{:#}`, so that errors which can show their causes do.
///
/// No timeout is added here: the caller of a probe has a deadline of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::{self, Identity, Probe};
///
/// async fn leader_epoch() -> Result<u64, std::io::Error> {
///     Ok(7)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let probe = probe::from_fn(|| async {
///     leader_epoch().await.map(|epoch| Identity::new(epoch.to_string()))
/// });
/// assert_eq!(probe.check().await.unwrap(), Some(Identity::new("7")));
///
/// let broken = probe::from_fn(|| async { Err::<(), _>("no leader") });
/// assert_eq!(broken.check().await.unwrap_err().to_string(), "no leader");
/// # });
/// ```
pub fn from_fn<F, Fut>(ask: F) -> FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output: ProbeOutput> + Send + 'static,
{
    FromFn(ask)
}

/// Boxes one check, turning what it resolves to into what a [`Probe`] answers.
///
/// For `impl Probe` blocks and tables of functions; [`from_fn`] is the shorter way otherwise.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::{self, ProbeFuture};
///
/// async fn ask_the_leader() -> Result<(), std::io::Error> {
///     Ok(())
/// }
///
/// let table: [fn() -> ProbeFuture<'static>; 1] = [|| probe::run(ask_the_leader())];
/// # let _ = table;
/// ```
pub fn run<'a, Fut>(check: Fut) -> ProbeFuture<'a>
where
    Fut: Future<Output: ProbeOutput> + Send + 'a,
{
    Box::pin(async move { check.await.into_answer() })
}

/// A probe made from a closure by [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F, Fut> Probe for FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output: ProbeOutput> + Send + 'static,
{
    fn check(&self) -> ProbeFuture<'_> {
        run((self.0)())
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}

/// What the future of a probe may resolve to.
///
/// Implemented for `Result<(), E>`, `Result<Identity, E>` and `Result<Option<Identity>, E>` where
/// `E: Display`; a probe must be able to fail.
#[diagnostic::on_unimplemented(
    message = "a probe cannot answer with `{Self}`",
    label = "expected `Result<(), E>`, `Result<Identity, E>` or `Result<Option<Identity>, E>`",
    note = "`E` must implement `Display`: its text is what operators read"
)]
pub trait ProbeOutput: sealed::Sealed {
    /// Turns the value into the answer of a [`Probe`].
    ///
    /// # Errors
    ///
    /// The error of the value, as a [`ProbeError`].
    fn into_answer(self) -> Result<Option<Identity>, ProbeError>;
}

impl<E: Display> ProbeOutput for Result<(), E> {
    fn into_answer(self) -> Result<Option<Identity>, ProbeError> {
        self.map(|()| None).map_err(displayed)
    }
}

impl<E: Display> ProbeOutput for Result<Identity, E> {
    fn into_answer(self) -> Result<Option<Identity>, ProbeError> {
        self.map(Some).map_err(displayed)
    }
}

impl<E: Display> ProbeOutput for Result<Option<Identity>, E> {
    fn into_answer(self) -> Result<Option<Identity>, ProbeError> {
        self.map_err(displayed)
    }
}

/// `{:#}` and not `{}`: error types that hide their causes from `Display`, such as `anyhow::Error`
/// and [`ProbeError`], print the whole chain this way, and others ignore the flag.
fn displayed(error: impl Display) -> ProbeError {
    ProbeError::new(format!("{error:#}"))
}

mod sealed {
    use super::Identity;

    pub trait Sealed {}
    impl<E> Sealed for Result<(), E> {}
    impl<E> Sealed for Result<Identity, E> {}
    impl<E> Sealed for Result<Option<Identity>, E> {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_unit_result_carries_no_identity() {
        let probe = from_fn(|| async { Ok::<(), ProbeError>(()) });
        assert_eq!(probe.check().await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_optional_identity_passes_through() {
        let probe = from_fn(|| async { Ok::<_, String>(Some(Identity::new("run-1"))) });
        assert_eq!(probe.check().await.unwrap(), Some(Identity::new("run-1")));
    }

    #[tokio::test]
    async fn the_causes_of_an_error_reach_the_message() {
        let probe = from_fn(|| async {
            Err::<(), _>(ProbeError::new("no leader").with_source(std::io::Error::other("split")))
        });
        let error = probe.check().await.unwrap_err();
        assert_eq!(error.message(), "no leader: split");
    }

    #[tokio::test]
    async fn boxed_and_shared_probes_are_probes() {
        let boxed: Box<dyn Probe> = Box::new(from_fn(|| async { Err::<(), _>("down") }));
        let shared: std::sync::Arc<dyn Probe> = std::sync::Arc::new(boxed);
        assert_eq!(shared.check().await.unwrap_err().message(), "down");
    }
}
