//! What every contender protects, and how a call is driven.
//!
//! No executor takes part: a future is polled until it is ready, by a waker that does nothing.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use health_runtime::DependencyUnhealthy;

/// The argument with which [`work`] succeeds.
pub(crate) const WELL: u64 = 1;
/// The argument with which [`work`] fails.
pub(crate) const ILL: u64 = 0;

/// The error of the application, the same for every contender: so that nobody has a smaller result to
/// hand on than another one. How the compiler moves that result still differs from build to build, and
/// costs as much as a quick breaker: the tables say so.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failed {
    /// The work did.
    Broken,
    /// It was refused.
    Refused,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "broken",
            Self::Refused => "refused",
        })
    }
}

impl std::error::Error for Failed {}

impl From<DependencyUnhealthy> for Failed {
    fn from(_: DependencyUnhealthy) -> Self {
        Self::Refused
    }
}

/// What a protected function returns.
pub(crate) type Answer = Result<u64, Failed>;

/// The body of every protected function: as little as the compiler cannot see through.
#[inline(always)]
pub(crate) fn work(x: u64) -> Answer {
    match black_box(x) {
        ILL => Err(Failed::Broken),
        x => Ok(x + 1),
    }
}

/// Drives one call to its end.
#[inline(always)]
pub(crate) fn drive<F: Future>(call: F) -> F::Output {
    let mut cx = Context::from_waker(Waker::noop());
    let mut call = pin!(call);
    loop {
        if let Poll::Ready(output) = poll(call.as_mut(), &mut cx) {
            return output;
        }
    }
}

/// The same as [`repeat`] for a function that is called nowhere else, and so may be drawn into this
/// loop by the compiler: what is done once for many calls then does not count.
#[inline(always)]
pub(crate) fn repeat_inlined<F: Future>(count: u64, mut call: impl FnMut() -> F) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..count {
        let mut call = pin!(call());
        loop {
            let polled = call.as_mut().poll(&mut cx);
            if black_box(&polled).is_ready() {
                break;
            }
        }
    }
}

/// Polls, always by a call of a function: whether the compiler draws the future of a contender into
/// the loop that measures it, or not that of another one, must not decide who is faster.
#[inline(never)]
fn poll<F: Future>(call: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    call.poll(cx)
}

/// Drives one call to its end, and looks at its result where it lies. To move a result of three words
/// out of the way costs more than many a breaker: a processor waits when it reads at once what was
/// written in parts.
#[inline(always)]
pub(crate) fn complete<F: Future>(call: F) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut call = pin!(call);
    loop {
        let polled = poll(call.as_mut(), &mut cx);
        if black_box(&polled).is_ready() {
            return;
        }
    }
}

/// Calls so many times, one after the other.
#[inline(always)]
pub(crate) fn repeat<F: Future>(count: u64, mut call: impl FnMut() -> F) {
    for _ in 0..count {
        complete(call());
    }
}

/// The smallest thing that makes a task wait.
#[derive(Default)]
pub(crate) struct WaitOnce(bool);

impl Future for WaitOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
