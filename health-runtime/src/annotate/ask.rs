//! The way into a destructive function.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::site::OperationSite;
use crate::call::{GuardedOutput, journal};
use crate::error::DependencyUnhealthy;
use crate::gate::{
    AuditOutcome, Bypass, BypassArgument, DestructivePermit, Operation, WatchDestructive,
};
use crate::registry::{HealthRegistry, scope};

/// The gate, asked for a permit.
#[must_use = "futures do nothing unless awaited"]
pub struct Ask(State);

enum State {
    Granted(Option<DestructivePermit>),
    /// Boxed, so that the caller's future does not grow by what is rarely needed.
    Asking(Pin<Box<dyn Future<Output = Result<DestructivePermit, DependencyUnhealthy>> + Send>>),
}

/// Asks the gate whether the function may run now.
///
/// # Safety
///
/// Nothing here can break memory safety. The function is `unsafe` because it mints the permit that
/// all destruction depends on: only `#[destructive]` calls it, and whoever does so by hand has to
/// write a word that reviewers search for.
#[expect(
    unsafe_code,
    reason = "the exception that annotations.md asks for: minting a permit by hand must be searchable"
)]
pub unsafe fn ask(site: &'static OperationSite, bypass: Option<Bypass>) -> Ask {
    let operation: Arc<Operation>;
    let gate = if scope::is_any_active()
        && let Some(registry) = scope::scoped()
    {
        operation = site.in_gate(registry.gate());
        Arc::clone(registry.gate())
    } else {
        let gate = HealthRegistry::global().gate();
        let known = site.in_global(gate);
        if bypass.is_none()
            && let Some(permit) = gate.grant_again(known)
        {
            return Ask(State::Granted(Some(permit)));
        }
        operation = Arc::clone(known);
        Arc::clone(gate)
    };
    Ask(State::Asking(Box::pin(gate.ask(operation, bypass))))
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").finish_non_exhaustive()
    }
}

impl Future for Ask {
    type Output = Result<DestructivePermit, DependencyUnhealthy>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Granted(permit) => match permit.take() {
                Some(permit) => Poll::Ready(Ok(permit)),
                // Polled after it was ready, which no `.await` does.
                None => Poll::Pending,
            },
            State::Asking(asking) => {
                let answer = asking.as_mut().poll(cx);
                if let Poll::Ready(Err(_)) = answer {
                    // To the calls around it: our own no is nobody's failure, and what has been
                    // read so far is not whole.
                    journal::note_refused();
                }
                answer
            }
        }
    }
}

/// Drives the body of a destructive call.
pub const fn watch_destructive<'a, F: Future>(
    permit: &'a DestructivePermit,
    body: Pin<&'a mut F>,
) -> WatchDestructive<'a, F> {
    WatchDestructive::new(permit, body)
}

/// Ends a destructive call.
///
/// The permit is lent and dropped right after: were it moved here, the error about one that is kept
/// for longer would speak of this move, and not of the permit that does not live long enough.
pub fn complete<R: GuardedOutput>(permit: &DestructivePermit, output: &R) {
    permit.end(match output.error() {
        None => AuditOutcome::Completed,
        Some(_) => AuditOutcome::Failed,
    });
}

/// Reads the parameter that `bypass` names.
pub fn bypass<T: BypassArgument>(argument: &T) -> Option<Bypass> {
    argument.to_bypass()
}
