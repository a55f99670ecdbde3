//! Drives the body of a call, and sees what happens to it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::journal::{self, Mark, WithinTrials};
use super::output::{Apart, GuardedOutput};
use super::{Before, Call, Care, Judgement, Places, Stage, Waits};

/// The body of a call while it runs. Borrows both, so that neither is moved or stored twice.
#[must_use = "futures do nothing unless awaited"]
pub struct Watch<'a, P: Places, F, J> {
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    judge: J,
}

impl<'a, P: Places, F, J> Watch<'a, P, F, J> {
    #[inline(always)]
    pub(crate) const fn new(call: &'a mut Call<P>, body: Pin<&'a mut F>, judge: J) -> Self {
        Self { call, body, judge }
    }
}

impl<P: Places, F, J> fmt::Debug for Watch<'_, P, F, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("stage", &self.call.stage)
            .finish_non_exhaustive()
    }
}

impl<P: Places, F, J> Future for Watch<'_, P, F, J>
where
    F: Future<Output: GuardedOutput>,
    J: Fn(&<F::Output as GuardedOutput>::Error) -> (Judgement, String) + Unpin,
{
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if this.call.care != Care::Ordinary {
            return this.poll_special(cx).output;
        }
        this.poll_body(cx)
    }
}

impl<P: Places, F, J> Watch<'_, P, F, J>
where
    F: Future<Output: GuardedOutput>,
    J: Fn(&<F::Output as GuardedOutput>::Error) -> (Judgement, String),
{
    #[inline(always)]
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let before = Mark::here();
        let unwinding = Unwinding {
            stage: &mut self.call.stage,
            before,
        };
        let polled = self.body.as_mut().poll(cx);
        std::mem::forget(unwinding);
        // What ends a call is what its last poll has met: the failure of a nested call that it got
        // over, some polls ago, does not explain this one.
        let explained = Mark::here().has_recorded_since(before);
        if explained {
            self.call.hear(before);
        }
        match polled {
            // The output goes on by value, and no reference to it leaves this path: it can stay in
            // registers. See `Apart`.
            Poll::Ready(output) if output.error().is_none() => {
                self.call.succeed();
                Poll::Ready(output)
            }
            Poll::Ready(output) => Poll::Ready(self.fail(output, explained).output),
            Poll::Pending => self.wait(cx, before).output,
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, output: F::Output, explained: bool) -> Apart<F::Output> {
        if let Some(error) = output.error() {
            // What judges is the user's, too, and may panic.
            let unwinding = Unwinding::new(&mut self.call.stage);
            let (judgement, message) = (self.judge)(error);
            std::mem::forget(unwinding);
            self.call.fail(judgement, message, explained);
        }
        Apart::new(output)
    }

    #[inline(never)]
    fn wait(&mut self, cx: &mut Context<'_>, before: Mark) -> Apart<Poll<F::Output>> {
        let starts = self.call.waits == Waits::NotYet;
        self.call.waits = Waits::since(before);
        Apart::new(match self.call.wait(cx, starts) {
            None => Poll::Pending,
            Some(refusal) => Poll::Ready(F::Output::refused(refusal)),
        })
    }

    #[cold]
    #[inline(never)]
    fn poll_special(&mut self, cx: &mut Context<'_>) -> Apart<Poll<F::Output>> {
        let _until = journal::Until::enter(self.call.deadline());
        if self.call.care == Care::Timed {
            return Apart::new(self.poll_body(cx));
        }
        match self.call.before(cx) {
            Before::Run => {}
            Before::Wait => return self.wait_outside(cx),
            Before::Refused(refusal) => {
                return Apart::new(Poll::Ready(F::Output::refused(refusal)));
            }
            Before::Injected(refusal) => {
                let output = self.fail(F::Output::refused(refusal), false).output;
                return Apart::new(Poll::Ready(output));
            }
        }
        let _within = WithinTrials::enter(self.call.trials().into_iter());
        Apart::new(self.poll_body(cx))
    }

    /// Waits before the body runs: in a queue, which has a limit of its own, or for an injected
    /// delay, which is the dependency's as far as anybody can tell.
    fn wait_outside(&mut self, cx: &mut Context<'_>) -> Apart<Poll<F::Output>> {
        if self.call.is_queued() {
            journal::note_waiting(self.call.address());
            return Apart::new(Poll::Pending);
        }
        let here = Mark::here();
        self.wait(cx, here)
    }
}

/// Dropped only when the body panics: notes that it did, and whether a nested call has recorded it.
pub(super) struct Unwinding<'a> {
    stage: &'a mut Stage,
    before: Mark,
}

impl<'a> Unwinding<'a> {
    pub(super) fn new(stage: &'a mut Stage) -> Self {
        Self {
            stage,
            before: Mark::here(),
        }
    }
}

impl Drop for Unwinding<'_> {
    #[cold]
    fn drop(&mut self) {
        let explained = Mark::here().has_recorded_since(self.before);
        *self.stage = if explained {
            Stage::PanickedInside
        } else {
            Stage::Panicked
        };
    }
}
