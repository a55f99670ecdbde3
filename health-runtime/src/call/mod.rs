//! One call over one or several dependencies, from its admission to its outcome.
//!
//! - [`admission`]: all places or none
//! - [`watch`]: drives the body, and sees what happens to it
//! - [`blame`]: who is to blame for how it ended
//! - [`judgement`]: what is made of an error before that
//! - [`journal`]: what nested calls leave for the calls around them
//! - [`output`]: what a guarded function returns, and how its error counts

pub(crate) mod admission;
mod blame;
pub(crate) mod journal;
mod judgement;
pub(crate) mod output;
mod watch;

use self::blame::{Blamed, Ending};
use self::journal::Mark;
pub use self::judgement::Judgement;
pub(crate) use self::output::GuardedOutput;
pub use self::watch::Watch;
use crate::breaker::{Phase, Word};
use crate::circuit::{Circuit, Context};
use crate::fault::Fault;

/// Gets every place of a call to see.
pub(crate) type Show<'a> = &'a mut dyn FnMut(&[(&Circuit, Word)]);

/// The places that a call holds.
pub trait Places {
    /// Whether a success of this call has nothing to write anywhere. On the closed path.
    fn are_quiet(&self) -> bool;

    /// Shows every place.
    #[doc(hidden)]
    fn show(&self, to: Show<'_>);

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

/// A call, from before it is admitted to its end. Dropped while it runs, it counts as cancelled,
/// abandoned or panicked, and gives its places back in every case.
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct Call<P: Places> {
    pub(crate) places: P,
    /// When the body first waited for something, as a stamp of the context; 0 before.
    waiting_since: u32,
    stage: Stage,
    /// Whom nested calls have blamed.
    blamed: Blamed,
    /// When it was polled last, the body waited for a nested call.
    waits_inside: bool,
    care: Care,
}

/// What is out of the ordinary about a call. One byte, as the stage: the record of a call lives in
/// the future of every guarded function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    Ordinary,
    /// A trial, or a call that may meet a fault: polled on the slow path.
    Special,
    /// It has met an injected error.
    Injected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not admitted yet, or at its end: there is nothing to give back.
    Outside,
    Admitted,
    /// The body has panicked.
    Panicked,
    /// The same in a nested call, which has recorded it.
    PanickedInside,
}

impl<P: Places> Call<P> {
    #[inline(always)]
    pub(crate) const fn outside(places: P) -> Self {
        Self {
            places,
            waiting_since: 0,
            stage: Stage::Outside,
            blamed: Blamed::NOBODY,
            waits_inside: false,
            care: Care::Ordinary,
        }
    }

    #[inline(always)]
    pub(crate) const fn admit(&mut self) {
        self.stage = Stage::Admitted;
    }

    /// Admits a call that may hold trials or meet a fault.
    #[cold]
    pub(crate) const fn admit_special(&mut self) {
        self.stage = Stage::Admitted;
        self.care = Care::Special;
    }

    #[inline(always)]
    fn succeed(&mut self) {
        self.stage = Stage::Outside;
        if !self.places.are_quiet() {
            self.end(Ending::Success);
        }
    }

    #[cold]
    fn fail(&mut self, judgement: Judgement, message: String, explained: bool) {
        self.stage = Stage::Outside;
        self.end(if self.care == Care::Injected {
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
                explained,
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn end(&self, ending: Ending) {
        let mut ending = Some(ending);
        let mut unexplained = false;
        self.places.show(&mut |places| {
            if let Some(ending) = ending.take() {
                unexplained = blame::settle(places, ending, self.blamed);
            }
        });
        if unexplained {
            self.places.advise();
        }
    }

    #[cold]
    #[inline(never)]
    fn end_dropped(&self) {
        if matches!(self.stage, Stage::Panicked | Stage::PanickedInside) {
            let explained = self.stage == Stage::PanickedInside;
            return self.end(Ending::Panicked { explained });
        }
        let ran = match (self.waiting_since, self.places.context()) {
            (0, _) | (_, None) => None,
            (since, Some(context)) => Some(context.since_ms(since)),
        };
        let explained = self.waits_inside;
        self.end(Ending::Dropped { ran, explained });
    }

    /// Takes in whom nested calls have blamed since `earlier`.
    #[cold]
    #[inline(never)]
    fn hear(&mut self, earlier: Mark) {
        let mut blamed = self.blamed;
        self.places.show(&mut |places| {
            for (index, (entry, _)) in places.iter().enumerate() {
                if journal::has_blamed_since(entry.id(), earlier) {
                    blamed.add(index);
                }
            }
        });
        self.blamed = blamed;
    }

    /// Whether it holds a place of its own, and is not only a part of a trial, or observed.
    fn holds_a_place(&self) -> bool {
        let mut holds = false;
        self.places.show(&mut |places| {
            holds = places.iter().any(|(_, word)| word.phase() != Phase::Aside);
        });
        holds
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
        if self.stage != Stage::Outside {
            self.end_dropped();
        }
    }
}
