//! Drives the body of a call, and sees what happens to it.
//!
//! A function of the user's has a future of its own, so whatever is generic over it is compiled once
//! for each: [`Watch::poll`] alone is, and it is small. The rest depends on the type of the output at
//! most, which many functions share.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::journal::{self, Mark};
use super::output::{Apart, ErrorOf, GuardedOutput};
use super::{Before, Call, Care, Judge, Places, Stage, Waits};
use crate::error::DependencyUnhealthy;

/// The body of a call while it runs. Borrows both, so that neither is moved or stored twice.
#[must_use = "futures do nothing unless awaited"]
pub struct Watch<'a, P: Places, F, J> {
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    judge: J,
}

/// A call and its body, of which the error has yet to be judged.
#[derive(Debug)]
pub struct Unjudged<'a, P: Places, F, E> {
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    /// The type of the error, which is known from here on.
    pub error: ErrorOf<E>,
}

impl<'a, P: Places, F, E> Unjudged<'a, P, F, E> {
    /// Lets the call in, if it may come in on the short way: here, and not in every poll.
    #[inline(always)]
    pub(crate) fn new(call: &'a mut Call<P>, body: Pin<&'a mut F>) -> Self {
        if call.is_for_short_way() && call.places.are_open_wide() {
            call.admit();
        }
        let error = ErrorOf::new();
        Self { call, body, error }
    }

    /// Says what judges the error.
    #[inline(always)]
    pub(crate) fn judged<J: Judge<E>>(self, judge: J) -> Watch<'a, P, F, J> {
        let Self { call, body, .. } = self;
        Watch { call, body, judge }
    }
}

impl<P: Places, F, J> fmt::Debug for Watch<'_, P, F, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("stage", &self.call.stage)
            .finish_non_exhaustive()
    }
}

impl<P, F, J> Future for Watch<'_, P, F, J>
where
    P: Places,
    F: Future<Output: GuardedOutput>,
    J: Judge<<F::Output as GuardedOutput>::Error>,
{
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // In parts from here on: as long as no pointer to the whole leaves this function, the parts
        // stay in registers.
        let Self { call, body, judge } = self.get_mut();
        let (call, body, judge) = (&mut **call, body.as_mut(), *judge);
        if call.care != Care::Ordinary
            && let ControlFlow::Break(early) = prepare(call, judge, cx).output
        {
            return early;
        }
        let before = Mark::here();
        let running = Running {
            call: &mut *call,
            before,
        };
        let polled = body.poll(cx);
        std::mem::forget(running);
        match polled {
            // The output goes on by value, and no reference to it leaves this path: it can stay in
            // registers. See `Apart`.
            Poll::Ready(output)
                if output.error().is_none()
                    && call.care == Care::Ordinary
                    && !Mark::here().has_recorded_since(before)
                    && call.places.are_quiet() =>
            {
                call.stage = Stage::Outside;
                Poll::Ready(output)
            }
            polled => take_in(call, judge, cx, before, polled).output,
        }
    }
}

/// Does what comes before the body is polled, in a call that is not let in on the short way, or is out
/// of the ordinary. Gives what the poll comes to where the body is not polled at all.
#[cold]
#[inline(never)]
fn prepare<P: Places, O: GuardedOutput, J: Judge<O::Error>>(
    call: &mut Call<P>,
    judge: J,
    cx: &mut Context<'_>,
) -> Apart<ControlFlow<Poll<O>>> {
    let early = |early| Apart::new(ControlFlow::Break(early));
    // The first three, which is one comparison; it is not the first one.
    if let Care::Ordinary | Care::ToEnter | Care::ToEnterLayered = call.care {
        if let Err(refusal) = P::enter(call) {
            return early(Poll::Ready(O::refused(refusal)));
        }
        if call.care == Care::Ordinary {
            return Apart::new(ControlFlow::Continue(()));
        }
    }
    match call.surround(cx) {
        Before::Run => Apart::new(ControlFlow::Continue(())),
        Before::Wait if call.is_queued() => {
            journal::note_waiting(call.address());
            early(Poll::Pending)
        }
        // For an injected delay, which is the dependency's as far as anybody can tell: it has the
        // limit of the body. A queue has one of its own.
        Before::Wait => early(wait(call, cx, Mark::here())),
        Before::Refused(refusal) => early(Poll::Ready(O::refused(refusal))),
        Before::Injected(refusal) => {
            let output = O::refused(refusal);
            fail(call, judge, &output, false);
            early(Poll::Ready(output))
        }
    }
}

/// Takes in what a poll of the body has come to, unless there is nothing to take in.
///
/// Not cold: a body that waits comes here.
#[inline(never)]
fn take_in<P: Places, O: GuardedOutput, J: Judge<O::Error>>(
    call: &mut Call<P>,
    judge: J,
    cx: &mut Context<'_>,
    before: Mark,
    polled: Poll<O>,
) -> Apart<Poll<O>> {
    // What ends a call is what its last poll has met: the failure of a nested call that it got over,
    // some polls ago, does not explain this one.
    let explained = call.take_in_poll(before);
    let Poll::Ready(output) = polled else {
        return Apart::new(wait(call, cx, before));
    };
    if output.error().is_some() {
        fail(call, judge, &output, explained);
    } else {
        call.succeed();
    }
    Apart::new(Poll::Ready(output))
}

#[cold]
fn fail<P: Places, O: GuardedOutput, J: Judge<O::Error>>(
    call: &mut Call<P>,
    judge: J,
    output: &O,
    explained: bool,
) {
    if let Some(error) = output.error() {
        // What judges is the user's, too, and may panic.
        let unwinding = Unwinding::new(&mut call.stage);
        let (judgement, message) = judge(error);
        std::mem::forget(unwinding);
        call.fail(judgement, message, explained);
    }
}

fn wait<P: Places, O: GuardedOutput>(
    call: &mut Call<P>,
    cx: &mut Context<'_>,
    before: Mark,
) -> Poll<O> {
    match call.wait_for(cx, before) {
        None => Poll::Pending,
        Some(refusal) => Poll::Ready(O::refused(refusal)),
    }
}

impl<P: Places> Call<P> {
    /// Notes what the body waits for, and lets it wait.
    #[inline(never)]
    fn wait_for(&mut self, cx: &mut Context<'_>, before: Mark) -> Option<DependencyUnhealthy> {
        let starts = self.waits == Waits::NotYet;
        self.waits = Waits::since(before);
        self.wait(cx, starts)
    }

    /// Lets the code that runs next know of the limit on this call, and of the trials that it is part
    /// of, until [`Self::leave`]. Before that, it passes what may turn it away yet.
    #[cold]
    #[inline(never)]
    pub(super) fn surround(&mut self, cx: &mut Context<'_>) -> Before {
        if self.care != Care::Boxed {
            let before = self.before(cx);
            let Before::Run = before else {
                return before;
            };
            journal::enter_trials(self.trials());
        }
        if let Some(extra) = self.extra.as_mut() {
            extra.as_mut().lend_deadline();
        }
        Before::Run
    }

    /// Takes back what [`Self::surround`] has let the body know.
    #[cold]
    #[inline(never)]
    fn leave(&mut self) {
        if self.care != Care::Boxed {
            journal::leave_trials(self.trials().count());
        }
        if let Some(extra) = self.extra.as_mut() {
            extra.as_mut().take_back_deadline();
        }
    }

    /// Hears what nested calls have told while the body was polled. Returns whether one of them has
    /// judged how it ended.
    #[inline(never)]
    pub(super) fn take_in_poll(&mut self, before: Mark) -> bool {
        if self.care != Care::Ordinary {
            self.leave();
        }
        let explained = Mark::here().has_recorded_since(before);
        if explained {
            self.hear(before);
        }
        explained
    }
}

/// Dropped only when the body panics: takes back what the body was let know, and notes that it did.
pub(super) struct Running<'a, P: Places> {
    pub(super) call: &'a mut Call<P>,
    pub(super) before: Mark,
}

impl<P: Places> Drop for Running<'_, P> {
    // By value, so that what is asked only here need not be kept in memory.
    #[inline(always)]
    fn drop(&mut self) {
        panicked(self.call, self.before);
    }
}

#[cold]
#[inline(never)]
fn panicked<P: Places>(call: &mut Call<P>, before: Mark) {
    if call.care != Care::Ordinary {
        call.leave();
    }
    note_panic(&mut call.stage, before);
}

/// Dropped only when the user's code panics: notes that it did, and whether a nested call has recorded
/// it.
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
