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
        // In parts from here on: as long as no pointer to the whole leaves this function, the parts
        // stay in registers.
        let Self { call, body, judge } = self.get_mut();
        match call.care {
            Care::Ordinary => poll_body(call, body.as_mut(), judge, cx, Care::Ordinary),
            _ => poll_special(call, body.as_mut(), judge, cx).output,
        }
    }
}

/// `care` is that of the call, where it is known.
#[inline(always)]
fn poll_body<P, F, J>(
    call: &mut Call<P>,
    body: Pin<&mut F>,
    judge: &J,
    cx: &mut Context<'_>,
    care: Care,
) -> Poll<F::Output>
where
    P: Places,
    F: Future<Output: GuardedOutput>,
    J: Fn(&<F::Output as GuardedOutput>::Error) -> (Judgement, String),
{
    let before = Mark::here();
    let unwinding = Unwinding {
        stage: &mut call.stage,
        before,
    };
    let polled = body.poll(cx);
    std::mem::forget(unwinding);
    // What ends a call is what its last poll has met: the failure of a nested call that it got over,
    // some polls ago, does not explain this one.
    let explained = Mark::here().has_recorded_since(before);
    if explained {
        call.hear(before);
    }
    match polled {
        // The output goes on by value, and no reference to it leaves this path: it can stay in
        // registers. See `Apart`.
        Poll::Ready(output) if output.error().is_none() => {
            call.succeed(care);
            Poll::Ready(output)
        }
        Poll::Ready(output) => Poll::Ready(fail(call, judge, output, explained).output),
        Poll::Pending => wait(call, cx, before).output,
    }
}

#[cold]
#[inline(never)]
fn fail<P, O, J>(call: &mut Call<P>, judge: &J, output: O, explained: bool) -> Apart<O>
where
    P: Places,
    O: GuardedOutput,
    J: Fn(&O::Error) -> (Judgement, String),
{
    if let Some(error) = output.error() {
        // What judges is the user's, too, and may panic.
        let unwinding = Unwinding::new(&mut call.stage);
        let (judgement, message) = judge(error);
        std::mem::forget(unwinding);
        call.fail(judgement, message, explained);
    }
    Apart::new(output)
}

#[inline(never)]
fn wait<P: Places, O: GuardedOutput>(
    call: &mut Call<P>,
    cx: &mut Context<'_>,
    before: Mark,
) -> Apart<Poll<O>> {
    let starts = call.waits == Waits::NotYet;
    call.waits = Waits::since(before);
    Apart::new(match call.wait(cx, starts) {
        None => Poll::Pending,
        Some(refusal) => Poll::Ready(O::refused(refusal)),
    })
}

#[inline(never)]
fn poll_special<P, F, J>(
    call: &mut Call<P>,
    body: Pin<&mut F>,
    judge: &J,
    cx: &mut Context<'_>,
) -> Apart<Poll<F::Output>>
where
    P: Places,
    F: Future<Output: GuardedOutput>,
    J: Fn(&<F::Output as GuardedOutput>::Error) -> (Judgement, String),
{
    let _until = journal::Until::enter(call.deadline());
    if call.care == Care::Boxed {
        return Apart::new(poll_body(call, body, judge, cx, Care::Boxed));
    }
    match call.before(cx) {
        Before::Run => {}
        Before::Wait => return wait_outside(call, cx),
        Before::Refused(refusal) => {
            return Apart::new(Poll::Ready(F::Output::refused(refusal)));
        }
        Before::Injected(refusal) => {
            let output = fail(call, judge, F::Output::refused(refusal), false).output;
            return Apart::new(Poll::Ready(output));
        }
    }
    let _within = WithinTrials::enter(call.trials().into_iter());
    let care = call.care;
    Apart::new(poll_body(call, body, judge, cx, care))
}

/// Waits before the body runs: in a queue, which has a limit of its own, or for an injected delay,
/// which is the dependency's as far as anybody can tell.
fn wait_outside<P: Places, O: GuardedOutput>(
    call: &mut Call<P>,
    cx: &mut Context<'_>,
) -> Apart<Poll<O>> {
    if call.is_queued() {
        journal::note_waiting(call.address());
        return Apart::new(Poll::Pending);
    }
    wait(call, cx, Mark::here())
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
    // By value, so that what is asked only here need not be kept in memory.
    #[inline(always)]
    fn drop(&mut self) {
        note_panic(self.stage, self.before);
    }
}

#[cold]
#[inline(never)]
fn note_panic(stage: &mut Stage, before: Mark) {
    let explained = Mark::here().has_recorded_since(before);
    *stage = if explained {
        Stage::PanickedInside
    } else {
        Stage::Panicked
    };
}
