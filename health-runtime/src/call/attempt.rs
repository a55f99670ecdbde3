//! Drives one attempt of a call that may be tried again, or has a fallback.
//!
//! Unlike [`Watch`](super::Watch) it gives any output, and settles nothing but a success: how a
//! failure counts is settled once, when the last attempt has ended.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::journal::{self, Mark};
use super::watch::{Running, Unwinding};
use super::{Before, Call, Care, Judgement, Places, Waits};
use crate::error::DependencyUnhealthy;

/// What came of a call: the output of its body, or the refusal that stands for it.
pub type Answer<R> = Result<R, DependencyUnhealthy>;

/// One attempt of a call. Borrows both, so that neither is moved or stored twice.
#[must_use = "futures do nothing unless awaited"]
pub struct Attempt<'a, P: Places, F, J> {
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    judge: J,
    has_waited: bool,
}

impl<'a, P: Places, F, J> Attempt<'a, P, F, J> {
    pub(crate) fn new(call: &'a mut Call<P>, body: Pin<&'a mut F>, judge: J) -> Self {
        call.begin_attempt();
        Self {
            call,
            body,
            judge,
            has_waited: false,
        }
    }
}

impl<P: Places, F, J> fmt::Debug for Attempt<'_, P, F, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

impl<P: Places, F, J> Future for Attempt<'_, P, F, J>
where
    F: Future,
    J: Fn(&F::Output) -> Option<(Judgement, String)> + Unpin,
{
    type Output = Answer<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.call.care == Care::Ordinary {
            return this.poll_body(cx);
        }
        match this.call.surround(cx) {
            Before::Run => {}
            Before::Wait if this.call.is_queued() => {
                journal::note_waiting(this.call.address());
                return Poll::Pending;
            }
            Before::Wait => return this.wait(cx, Mark::here()),
            Before::Refused(refusal) => return Poll::Ready(Err(refusal)),
            Before::Injected(refusal) => {
                this.call
                    .note_error(Judgement::FAILURE, String::new(), false);
                return Poll::Ready(Err(refusal));
            }
        }
        this.poll_body(cx)
    }
}

impl<P: Places, F, J> Attempt<'_, P, F, J>
where
    F: Future,
    J: Fn(&F::Output) -> Option<(Judgement, String)>,
{
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Answer<F::Output>> {
        let this = self;
        let before = Mark::here();
        let call = &mut *this.call;
        let running = Running { call, before };
        let polled = this.body.as_mut().poll(cx);
        std::mem::forget(running);
        let explained = this.call.take_in_poll(before);
        match polled {
            Poll::Pending => this.wait(cx, before),
            Poll::Ready(output) => {
                // What judges is the user's, too, and may panic.
                let unwinding = Unwinding::new(&mut this.call.stage);
                let judged = (this.judge)(&output);
                std::mem::forget(unwinding);
                match judged {
                    None => this.call.succeed(),
                    Some((judgement, message)) => {
                        this.call.note_error(judgement, message, explained);
                    }
                }
                Poll::Ready(Ok(output))
            }
        }
    }
}

impl<P: Places, F: Future, J> Attempt<'_, P, F, J> {
    fn wait(&mut self, cx: &mut Context<'_>, before: Mark) -> Poll<Answer<F::Output>> {
        let starts = !std::mem::replace(&mut self.has_waited, true);
        self.call.waits = Waits::since(before);
        match self.call.wait(cx, starts) {
            None => Poll::Pending,
            Some(refusal) => Poll::Ready(Err(refusal)),
        }
    }
}

impl<P: Places> Call<P> {
    /// Notes how an attempt ended that was no success.
    fn note_error(&mut self, judgement: Judgement, message: String, explained: bool) {
        let mut judgement = Some(judgement);
        self.show(&mut |places| {
            judgement = judgement.take().map(|judgement| judgement.at(places));
        });
        let judgement = judgement.unwrap_or(Judgement::FAILURE);
        let ending = self.error(judgement, message, explained);
        self.rare_mut().ending = Some(ending);
    }
}
