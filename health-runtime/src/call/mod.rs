//! One call over one or several dependencies, from its admission to its outcome.
//!
//! - [`admission`]: all places or none
//! - [`watch`]: drives the body, and sees what happens to it
//! - [`attempt`]: the same for a call that may be tried again, or has a fallback
//! - [`retrying`]: whether it is tried again, and when
//! - [`entrance`]: what may turn it away between its admission and its body
//! - [`limited`]: how long an attempt may take, and what is done when its time is over
//! - [`extra`]: what only some calls need
//! - [`injected`]: the faults of tests
//! - [`bulkheads`]: the caps on calls in flight, and whether they refuse
//! - [`held`]: places in a registry that was found at run time
//! - [`blame`]: who is to blame for how it ended
//! - [`judgement`]: what is made of an error before that
//! - [`journal`]: what nested calls leave for the calls around them
//! - [`output`]: what a guarded function returns, and how its error counts

pub(crate) mod admission;
mod attempt;
mod blame;
mod bulkheads;
mod entrance;
mod extra;
mod held;
mod injected;
pub(crate) mod journal;
mod judgement;
mod limited;
pub(crate) mod output;
mod retrying;
mod watch;

use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::time::Duration;

pub use self::attempt::{Answer, Attempt};
use self::blame::{Blamed, Ending};
use self::entrance::Before;
use self::extra::{Extra, Rare};
pub(crate) use self::held::HeldPlaces;
use self::journal::Mark;
pub use self::judgement::{Judge, Judgement};
pub(crate) use self::output::GuardedOutput;
pub(crate) use self::retrying::Failed;
pub use self::retrying::{Pause, Retries};
pub use self::watch::{Unjudged, Watch};
use crate::breaker::{Phase, Word};
use crate::circuit::{Circuit, Context, Timeout};
use crate::error::DependencyUnhealthy;
use crate::fault::Fault;
use crate::tally::Event;

/// Gets every place of a call to see.
pub(crate) type Show<'a> = &'a mut dyn FnMut(&[(&Circuit, Word)]);

/// The places that a call holds.
pub trait Places {
    /// Whether a call may be let in without asking the rules, with nothing to note of it. Reads the
    /// words, which the call is admitted under then. On the closed path.
    fn are_open_wide(&mut self) -> bool {
        false
    }

    /// Asks for them.
    ///
    /// # Errors
    ///
    /// The refusal, when there is none in one of the dependencies.
    #[doc(hidden)]
    fn enter(_call: &mut Call<Self>) -> Result<(), DependencyUnhealthy>
    where
        Self: Sized;

    /// Whether a success of this call has nothing to write anywhere. On the closed path.
    fn are_quiet(&self) -> bool;

    /// Shows every place.
    #[doc(hidden)]
    fn show(&self, to: Show<'_>);

    /// What the dependencies share.
    #[doc(hidden)]
    fn context(&self) -> Option<&Context>;

    /// What the annotation says of the time of an attempt.
    #[doc(hidden)]
    fn timeout(&self) -> Timeout {
        Timeout::OfPolicy
    }

    /// Advises, once per call site, to say whose error it is.
    #[doc(hidden)]
    fn advise(&self);

    /// Whether it belongs to this key and this role of one of its dependencies, where calls may meet
    /// faults. All of them do where neither is said.
    #[doc(hidden)]
    fn is_of(&self, _dependency: &str, key: Option<&str>, role: Option<&str>) -> bool {
        key.is_none() && role.is_none()
    }
}

/// A call, from before it is admitted to its end. Dropped while it runs, it counts as cancelled,
/// abandoned or panicked, and gives its places back in every case.
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct Call<P: Places> {
    pub(crate) places: P,
    /// Dropped by hand: left to the compiler, every call would ask out of line whether it has any.
    extra: ManuallyDrop<Option<Pin<Box<Extra>>>>,
    /// When the body first waited for something, as a stamp of the context; 0 before. In a call that
    /// a rule has to know the length of, when it began.
    waiting_since: u32,
    stage: Stage,
    /// Whom nested calls have blamed.
    blamed: Blamed,
    waits: Waits,
    care: Care,
}

/// What is out of the ordinary about a call. One byte, as the stage: the record of a call lives in
/// the future of every guarded function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Nothing, it has no box, and it has not waited yet.
    Ordinary = 0,
    /// It has yet to be let in, and may be on the short way.
    ToEnter,
    /// It has yet to be let in, and there is more to ask than the words of its dependencies.
    ToEnterLayered,
    /// It has waited, or has a box with what only some calls need, but nothing of that concerns its
    /// outcome: a limit on its time, or how an earlier attempt ended.
    Boxed,
    /// A trial, or a call that may meet a fault or a full bulkhead: polled on the slow path.
    Special,
    /// It has met an injected error.
    Injected,
}

/// What the body waited for when it was polled last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// It has never waited.
    NotYet,
    ForItself,
    ForNestedCall,
}

impl Waits {
    fn since(before: Mark) -> Self {
        if Mark::here().has_waited_since(before) {
            Self::ForNestedCall
        } else {
            Self::ForItself
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not admitted yet, or at its end: there is nothing to give back.
    Outside = 0,
    Admitted,
    /// The body has run out of time, and is dropped before this call is.
    TimedOut,
    /// The body has panicked.
    Panicked,
    /// The same in a nested call, which has recorded it.
    PanickedInside,
}

impl<P: Places> Call<P> {
    /// Creates a call that has yet to be let in.
    pub(crate) const fn outside(places: P) -> Self {
        Self::new_with(places, Care::ToEnterLayered)
    }

    /// Creates a call that may be let in on the short way.
    #[inline(always)]
    pub(crate) const fn outside_open(places: P) -> Self {
        Self::new_with(places, Care::ToEnter)
    }

    #[inline(always)]
    const fn new_with(places: P, care: Care) -> Self {
        Self {
            places,
            extra: ManuallyDrop::new(None),
            waiting_since: 0,
            stage: Stage::Outside,
            blamed: Blamed::NOBODY,
            waits: Waits::NotYet,
            care,
        }
    }

    /// Whether it may be let in on the short way.
    pub(crate) const fn is_for_short_way(&self) -> bool {
        matches!(self.care, Care::ToEnter)
    }

    /// Begins to ask for its places: it is an ordinary one, unless one of the answers makes it another.
    pub(crate) const fn begin_to_enter(&mut self) {
        self.care = Care::Ordinary;
    }

    #[inline(always)]
    pub(crate) const fn admit(&mut self) {
        self.stage = Stage::Admitted;
        self.care = Care::Ordinary;
    }

    /// Admits a call that rate rules count.
    #[cold]
    pub(crate) fn admit_metered(&mut self) {
        self.stage = Stage::Admitted;
        self.note_start();
    }

    /// Admits a call that may hold trials, meet a fault or have to wait for a place.
    #[cold]
    pub(crate) fn admit_special(&mut self) {
        self.stage = Stage::Admitted;
        self.care = Care::Special;
        self.note_start();
    }

    /// Reads the clock, if a rule has to know how long this call takes.
    fn note_start(&mut self) {
        if let Some(now) = self.start() {
            self.waiting_since = now;
        }
    }

    /// The present as a stamp, if a rule has to know how long this call takes.
    fn start(&self) -> Option<u32> {
        let mut now = None;
        self.show(&mut |places| {
            let mut timed = places.iter().filter(|(_, word)| word.is_timed());
            now = timed
                .next()
                .map(|(circuit, _)| circuit.context().stamp_ms());
        });
        now
    }

    /// How long a call took that has noted its start: its last attempt, without the wait in a queue.
    fn took(&self, places: &[(&Circuit, Word)]) -> Option<Duration> {
        let mut timed = places.iter().filter(|(_, word)| word.is_timed());
        let (circuit, _) = timed.next()?;
        let again = self.rare().and_then(|rare| rare.started);
        Some(
            circuit
                .context()
                .since_ms(again.unwrap_or(self.waiting_since)),
        )
    }

    /// Gives the call its places in the registry of a scope.
    pub(crate) fn hold(&mut self, held: HeldPlaces) {
        self.rare_mut().held = Some(held);
    }

    fn extra(&mut self) -> Pin<&mut Extra> {
        if self.care == Care::Ordinary {
            self.care = Care::Boxed;
        }
        self.extra
            .get_or_insert_with(|| Box::pin(Extra::default()))
            .as_mut()
    }

    fn rare(&self) -> Option<&Rare> {
        self.extra.as_ref()?.rare.as_deref()
    }

    fn rare_mut(&mut self) -> &mut Rare {
        self.extra().project().rare.get_or_insert_default()
    }

    /// What is rare about it, if anything is, to be changed.
    fn rare_if_any(&mut self) -> Option<&mut Rare> {
        let extra = self.extra.as_mut()?.as_mut().project();
        extra.rare.as_deref_mut()
    }

    fn held(&self) -> Option<&HeldPlaces> {
        self.rare()?.held.as_ref()
    }

    /// Shows every place.
    fn show(&self, to: Show<'_>) {
        match self.held() {
            Some(held) => held.show(to),
            None => self.places.show(to),
        }
    }

    fn context(&self) -> Option<&Context> {
        match self.held() {
            Some(held) => held.context(),
            None => self.places.context(),
        }
    }

    fn succeed(&mut self) {
        self.stage = Stage::Outside;
        let is_simple = matches!(self.care, Care::Ordinary | Care::Boxed);
        if !is_simple || !self.places.are_quiet() {
            self.end(Ending::Success);
        }
    }

    #[cold]
    fn fail(&mut self, judgement: Judgement, message: String, explained: bool) {
        self.stage = Stage::Outside;
        let ending = self.error(judgement, message, explained);
        self.end(ending);
    }

    fn error(&self, judgement: Judgement, message: String, explained: bool) -> Ending {
        let fault = self.rare().and_then(|rare| rare.fault.as_ref());
        if let Some(fault) = fault.filter(|_| self.care == Care::Injected) {
            return Ending::Error {
                judgement: Judgement::injected(fault),
                message: Fault::MESSAGE.to_owned(),
                explained: false,
            };
        }
        Ending::Error {
            judgement,
            message,
            explained,
        }
    }

    #[cold]
    #[inline(never)]
    fn end(&mut self, ending: Ending) {
        if self.is_tallied() {
            let mut fate = None;
            self.show(&mut |places| fate = Some(ending.fate(places)));
            if let Some(fate) = fate {
                self.tally(Event::Ended(fate));
            }
        }
        let mut ending = Some(ending);
        let mut unexplained = false;
        let blamed = self.blamed;
        self.show(&mut |places| {
            if let Some(ending) = ending.take() {
                unexplained = blame::settle(places, ending, blamed, self.took(places));
            }
        });
        if unexplained {
            self.places.advise();
        }
    }

    #[cold]
    #[inline(never)]
    fn end_dropped(&mut self) {
        match self.stage {
            Stage::Panicked | Stage::PanickedInside => {
                let explained = self.stage == Stage::PanickedInside;
                return self.end(Ending::Panicked { explained });
            }
            Stage::TimedOut => self.take_in_timeout(),
            Stage::Outside | Stage::Admitted => {}
        }
        if let Some(ending) = self.take_ending() {
            return self.end(ending);
        }
        let ran = match (self.waits, self.context()) {
            (Waits::NotYet, _) | (_, None) => None,
            (_, Some(context)) => Some(context.since_ms(self.waiting_since)),
        };
        let explained = self.waits == Waits::ForNestedCall;
        self.end(Ending::Dropped { ran, explained });
    }

    /// Ends a call that was dropped, and gives back what only some calls have.
    #[inline(never)]
    fn wind_up(&mut self) {
        // If the call around it goes on and waits, then for something else.
        journal::note_gone(self.address());
        if self.stage != Stage::Outside {
            self.end_dropped();
        }
        drop(self.extra.take());
    }

    fn take_ending(&mut self) -> Option<Ending> {
        self.rare_if_any()?.ending.take()
    }

    /// Takes in whom nested calls have blamed since `earlier`.
    #[cold]
    #[inline(never)]
    fn hear(&mut self, earlier: Mark) {
        let mut blamed = self.blamed;
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                if journal::has_blamed_since(circuit.id(), earlier) {
                    blamed.add(index);
                }
            }
        });
        self.blamed = blamed;
    }

    /// Whether it counts for itself, and is not only a part of a trial.
    fn counts_for_itself(&self) -> bool {
        let mut counts = false;
        self.show(&mut |places| counts = places.iter().any(|(_, word)| !word.is_part()));
        counts
    }

    /// The trials that it holds, as an iterator.
    fn trials(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut trials = Vec::new();
        self.show(&mut |places| {
            let held = places
                .iter()
                .filter(|(_, word)| word.phase() == Phase::HalfOpen);
            trials.extend(held.map(|(circuit, word)| (circuit.id(), word.epoch())));
        });
        trials.into_iter()
    }
}

impl<P: Places> Drop for Call<P> {
    #[inline(always)]
    fn drop(&mut self) {
        // One branch: what is ordinary has no box, and nobody waits for it.
        if self.stage as u8 | self.care as u8 != 0 {
            self.wind_up();
        }
    }
}
