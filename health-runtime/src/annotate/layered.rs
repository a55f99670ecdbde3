//! The way through a guarded function that may be tried again, or has a fallback.
//!
//! What the attribute emits, in short:
//!
//! ```text
//! let answer = 'call: {
//!     enter?;
//!     loop {
//!         let answer = attempt(call, body of cloned arguments, judge).await;
//!         match next_attempt(call) { Some(pause) if pause.await => {}, _ => break 'call answer }
//!     }
//! };
//! match resolve(call, answer) { Answer(output) => output, Failed(failed) => fallback(..).await }
//! ```

use std::future::Future;
use std::pin::Pin;

use super::enter::Sited;
use super::site::{Site, SiteInfo};
use crate::call::{
    Answer, Attempt, Call, Failed as Ended, GuardedOutput, Judgement, Pause, Places, journal,
};
use crate::error::{DependencyUnhealthy, Reason};
use crate::fallback::{Failed, Fallback};
use crate::registry::HealthRegistry;

/// An argument that is kept for another attempt, or for the fallback.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone`, so this call cannot be tried again or given to a fallback",
    label = "this argument is cloned before each attempt",
    note = "take it by reference, or in an `Arc`"
)]
pub trait Again {
    /// Makes one more.
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Again for T {
    fn again(&self) -> Self {
        self.clone()
    }
}

/// Makes one more of an argument.
pub fn again<T: Again>(argument: &T) -> T {
    argument.again()
}

/// Drives the body for one attempt.
pub fn attempt<'a, P, F, J>(
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    judge: J,
) -> Attempt<'a, P, F, J>
where
    P: Places,
    F: Future,
    J: Fn(&F::Output) -> Option<(Judgement, String)> + Unpin,
{
    Attempt::new(call, body, judge)
}

/// Decides whether the call is tried again. Asked when the body of the last attempt is dropped.
pub fn next_attempt<P: Sited>(call: &mut Call<P>) -> Option<Pause<'_, P>> {
    let retries = call.places.options().retries;
    call.next_attempt(retries)
}

/// Settles a call without a fallback, and gives its output.
pub fn finish<R: GuardedOutput>(call: &mut Call<impl Places>, answer: Answer<R>) -> R {
    call.settle();
    answer.unwrap_or_else(R::refused)
}

/// What is left to do for a call that has a fallback.
#[derive(Debug)]
pub enum Resolved<R> {
    /// Nothing.
    Answer(R),
    /// The fallback has to answer.
    Failed(Failed<R>),
}

/// Settles a call that has a fallback.
pub fn resolve<R>(call: &mut Call<impl Places>, answer: Answer<R>) -> Resolved<R> {
    match (answer, call.settle()) {
        (Err(refusal), _) => Resolved::Failed(Failed::Refused(refusal)),
        (Ok(output), Ended::Yes) => Resolved::Failed(Failed::Output(output)),
        (Ok(output), Ended::No) => Resolved::Answer(output),
    }
}

/// What came of a call that was not let in.
///
/// # Errors
///
/// Always: the refusal. Emitted code does not know of the type that it is to be an error of.
pub const fn not_let_in<R>(refusal: DependencyUnhealthy) -> Answer<R> {
    Err(refusal)
}

/// Notes that the fallback of a function is asked.
pub fn fall_back<const N: usize, R>(
    site: &'static Site<N>,
    fallback: &'static str,
    failed: &Failed<R>,
) -> FellBack {
    FellBack {
        site: site.info(),
        fallback,
        refusal: failed.refusal(),
    }
}

/// Calls the fallback.
///
/// The arguments come first, so that they are known when the compiler looks at the function. And this
/// is no `async fn` that awaits it: a future of the user's own is one that the compiler can tell to be
/// `Send`, where it gives up on one that is found through a trait (rust-lang/rust#110338).
pub fn answer<A, R, F, How>(arguments: A, failed: Failed<R>, fallback: F) -> F::Answer
where
    F: Fallback<A, R, How>,
{
    fallback.answer(arguments, failed)
}

/// A fallback that was asked.
#[derive(Debug)]
pub struct FellBack {
    site: &'static SiteInfo,
    fallback: &'static str,
    refusal: Option<Reason>,
}

impl FellBack {
    /// Notes what it has answered.
    pub fn note(&self, is_error: bool) {
        if is_error {
            // The call has been settled, and so has the fallback, if it is guarded: what comes out of
            // it now is nobody else's failure.
            journal::note_refused();
        }
        let SiteInfo { name, deps, .. } = self.site;
        let registry = HealthRegistry::current();
        let ledger = registry.fallbacks_of();
        ledger.note(name, self.fallback, deps, self.refusal, is_error);
    }
}
