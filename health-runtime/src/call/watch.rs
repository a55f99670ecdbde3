//! Drives the body of a call, and sees what happens to it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::journal::{Mark, WithinTrials};
use super::output::GuardedOutput;
use super::{Call, Places};
use crate::fault::Met;

/// The body of a call while it runs. Borrows both, so that neither is moved or stored twice.
#[must_use = "futures do nothing unless awaited"]
pub struct Watch<'a, P: Places, F> {
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
}

impl<'a, P: Places, F> Watch<'a, P, F> {
    #[inline(always)]
    pub(crate) const fn new(call: &'a mut Call<P>, body: Pin<&'a mut F>) -> Self {
        Self { call, body }
    }
}

impl<P: Places, F> fmt::Debug for Watch<'_, P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("progress", &self.call.progress)
            .finish_non_exhaustive()
    }
}

impl<P: Places, F> Future for Watch<'_, P, F>
where
    F: Future<Output: GuardedOutput>,
{
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if this.call.progress.special {
            return this.poll_special(cx);
        }
        this.poll_body(cx)
    }
}

impl<P: Places, F> Watch<'_, P, F>
where
    F: Future<Output: GuardedOutput>,
{
    #[inline(always)]
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let before = Mark::here();
        // A drop that finds this set comes from a panic of the body.
        self.call.progress.polling = true;
        let polled = self.body.as_mut().poll(cx);
        self.call.progress.polling = false;
        if Mark::here().has_recorded_since(before) {
            self.call.progress.explained = true;
        }
        if polled.is_pending() && self.call.waiting_since == 0 {
            self.call.begin_waiting();
        }
        polled
    }

    #[cold]
    #[inline(never)]
    fn poll_special(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(fault) = self.call.places.fault() {
            self.call.progress.polling = true;
            let met = fault.poll(cx);
            self.call.progress.polling = false;
            match met {
                Met::Nothing => {}
                Met::Error(refusal) => {
                    self.call.progress.injected = true;
                    return Poll::Ready(F::Output::refused(refusal));
                }
                Met::Wait => {
                    if self.call.waiting_since == 0 {
                        self.call.begin_waiting();
                    }
                    return Poll::Pending;
                }
            }
        }
        let _within = WithinTrials::enter(self.call.trials().into_iter());
        self.poll_body(cx)
    }
}

impl<P: Places> Call<P> {
    /// Reads the clock for the first time, now that the call takes long enough not to notice.
    #[inline(never)]
    fn begin_waiting(&mut self) {
        if let Some(context) = self.places.context() {
            self.waiting_since = context.stamp();
        }
    }
}
