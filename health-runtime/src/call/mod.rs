//! One call over one or several dependencies, from its admission to its outcome.
//!
//! - [`admission`]: all places or none
//! - [`watch`]: drives the body, and sees what happens to it
//! - [`blame`]: who is to blame for how it ended
//! - [`journal`]: what nested calls leave for the calls around them
//! - [`output`]: what a guarded function returns, and how its error counts

pub(crate) mod admission;
mod blame;
pub(crate) mod journal;
pub(crate) mod output;
mod watch;

use self::blame::Ending;
pub(crate) use self::blame::Judgement;
pub(crate) use self::output::GuardedOutput;
pub use self::watch::Watch;
use crate::breaker::{Phase, Word};
use crate::dependency::{Context, Entry};
use crate::fault::Fault;

/// The places that a call holds.
pub trait Places {
    /// Whether a success of this call has nothing to write anywhere. On the closed path.
    fn are_quiet(&self) -> bool;

    /// Shows every place.
    #[doc(hidden)]
    fn show(&self, to: &mut dyn FnMut(&[(&Entry, Word)]));

    /// What the dependencies share.
    #[doc(hidden)]
    fn context(&self) -> Option<&Context>;

    /// The fault that a test wants this call to meet.
    #[doc(hidden)]
    fn fault(&mut self) -> Option<&mut Fault> {
        None
    }

    /// Advises, once per call site, to say whose error it is.
    #[doc(hidden)]
    fn advise(&self);
}

/// An admitted call. Dropped before [`succeed`](Self::succeed) or [`fail`](Self::fail) it counts
/// as cancelled, abandoned or panicked, and gives its places back in every case.
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct Call<P: Places> {
    places: P,
    /// When the body first waited for something, as a stamp of the context; 0 before.
    waiting_since: u64,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    ended: bool,
    /// Still set when the call is dropped: the body has panicked.
    polling: bool,
    /// A nested call has recorded how it ended.
    explained: bool,
    /// A trial, or a call with a fault: polled on the slow path.
    special: bool,
    injected: bool,
}

impl<P: Places> Call<P> {
    #[inline(always)]
    pub(crate) const fn new(places: P) -> Self {
        let progress = Progress {
            ended: false,
            polling: false,
            explained: false,
            special: false,
            injected: false,
        };
        Self {
            places,
            waiting_since: 0,
            progress,
        }
    }

    /// A call that may hold trials or meet a fault.
    #[cold]
    pub(crate) fn special(places: P) -> Self {
        let mut call = Self::new(places);
        call.progress.special = true;
        call
    }

    /// Records a success.
    #[inline(always)]
    pub fn succeed(mut self) {
        self.progress.ended = true;
        if !self.places.are_quiet() {
            self.end(Ending::Success);
        }
    }

    /// Records an error.
    #[cold]
    pub fn fail(mut self, judgement: Judgement, message: String) {
        self.progress.ended = true;
        let ending = if self.progress.injected {
            let judgement = Judgement::injected();
            Ending::Error {
                judgement,
                message: Fault::MESSAGE.to_owned(),
                explained: false,
            }
        } else {
            Ending::Error {
                judgement,
                message,
                explained: self.progress.explained,
            }
        };
        self.end(ending);
    }

    #[cold]
    #[inline(never)]
    fn end(&self, ending: Ending) {
        let mut ending = Some(ending);
        let mut unexplained = false;
        self.places.show(&mut |places| {
            if let Some(ending) = ending.take() {
                unexplained = blame::settle(places, ending);
            }
        });
        if unexplained {
            self.places.advise();
        }
    }

    #[cold]
    #[inline(never)]
    fn end_dropped(&self) {
        if self.progress.polling {
            return self.end(Ending::Panicked);
        }
        let ran = match (self.waiting_since, self.places.context()) {
            (0, _) | (_, None) => None,
            (since, Some(context)) => Some(context.since(since)),
        };
        self.end(Ending::Dropped { ran });
    }

    fn trials(&self) -> Vec<(u64, u64)> {
        let mut trials = Vec::new();
        self.places.show(&mut |places| {
            let held = places
                .iter()
                .filter(|(_, word)| word.phase() == Phase::HalfOpen);
            trials.extend(held.map(|(entry, word)| (entry.id(), word.epoch())));
        });
        trials
    }
}

impl<P: Places> Drop for Call<P> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.progress.ended {
            self.end_dropped();
        }
    }
}
