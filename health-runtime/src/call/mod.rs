//! One call over one or several dependencies, from its admission to its outcome.
//!
//! - [`admission`]: all places or none
//! - [`watch`]: drives the body, and sees what happens to it
//! - [`attempt`]: the same for a call that may be tried again, or has a fallback
//! - [`retrying`]: whether it is tried again, and when
//! - [`extra`]: what only some calls need
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
mod extra;
mod held;
pub(crate) mod journal;
mod judgement;
pub(crate) mod output;
mod retrying;
mod watch;

use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

pub use self::attempt::{Answer, Attempt};
use self::blame::{Blamed, Ending};
use self::bulkheads::Owner;
use self::extra::{Extra, Progress};
pub(crate) use self::held::HeldPlaces;
use self::journal::Mark;
pub use self::judgement::Judgement;
pub(crate) use self::output::GuardedOutput;
pub(crate) use self::retrying::Failed;
pub use self::retrying::{Pause, Retries};
pub use self::watch::Watch;
use crate::breaker::{Asker, BreakerMode, Phase, Refusal, Word};
use crate::circuit::{Circuit, Context, Limit, Timeout};
use crate::error::{DependencyUnhealthy, Reason};
use crate::fault::{Fault, Faults, Met};
use crate::name::Name;
use crate::state::DependencyState;
use crate::sync::{AtomicBool, Ordering};
use crate::tally::Event;
use crate::timer::{self, NoTimer};

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
    Ordinary,
    /// There is a limit on its time, and nothing else.
    Timed,
    /// A trial, a call with a limit on its time, or one that may meet a fault: polled on the slow
    /// path.
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
    Outside,
    Admitted,
    /// The body has run out of time, and is dropped before this call is.
    TimedOut,
    /// The body has panicked.
    Panicked,
    /// The same in a nested call, which has recorded it.
    PanickedInside,
}

/// What is to be done before the body is polled.
enum Before {
    Run,
    Wait,
    Refused(DependencyUnhealthy),
    /// The error that a test wants this attempt to meet.
    Injected(DependencyUnhealthy),
}

impl<P: Places> Call<P> {
    #[inline(always)]
    pub(crate) const fn outside(places: P) -> Self {
        Self {
            places,
            extra: ManuallyDrop::new(None),
            waiting_since: 0,
            stage: Stage::Outside,
            blamed: Blamed::NOBODY,
            waits: Waits::NotYet,
            care: Care::Ordinary,
        }
    }

    #[inline(always)]
    pub(crate) const fn admit(&mut self) {
        self.stage = Stage::Admitted;
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
        let again = self.extra.as_ref().and_then(|extra| extra.started);
        Some(
            circuit
                .context()
                .since_ms(again.unwrap_or(self.waiting_since)),
        )
    }

    /// Gives the call its places in the registry of a scope.
    pub(crate) fn hold(&mut self, held: HeldPlaces) {
        *self.extra().project().held = Some(held);
    }

    /// Lets the call meet the faults that are waiting for it.
    pub(crate) fn meet(&mut self, faults: &Arc<Faults>) {
        if !Faults::ARE_POSSIBLE {
            return;
        }
        *self.extra().project().faults = Some(Arc::clone(faults));
    }

    /// Begins an attempt that has passed the bulkheads: it takes the fault that is waiting for it,
    /// and is counted. Only where calls may meet faults.
    fn begin(&mut self) {
        let Some(extra) = self.extra.as_ref() else {
            return;
        };
        let (Some(faults), event) = (
            extra.faults.clone(),
            match extra.progress {
                Progress::Outside => Event::Admitted,
                Progress::Again => Event::Retried,
                Progress::Running => return,
            },
        ) else {
            return;
        };
        self.tally(event);
        let fault = self.next_fault(&faults);
        let extra = self.extra().project();
        *extra.fault = fault;
        *extra.progress = Progress::Running;
    }

    fn next_fault(&self, faults: &Faults) -> Option<Fault> {
        let is_of = |name: Name, key: Option<&str>, role: Option<&str>| match self
            .extra
            .as_ref()
            .and_then(|extra| extra.held.as_ref())
        {
            Some(held) => held.is_of(name.as_str(), key, role),
            None => self.places.is_of(name.as_str(), key, role),
        };
        let mut fault = None;
        self.show(&mut |places| {
            fault = places
                .iter()
                .filter(|(circuit, _)| circuit.part().is_none())
                .map(|(circuit, _)| circuit.name())
                .find_map(|name| faults.next(name, |key, role| is_of(name, key, role)));
        });
        fault
    }

    /// Counts what has happened to the call, for tests: once for each of its dependencies.
    fn tally(&self, event: Event) {
        if !Faults::ARE_POSSIBLE {
            return;
        }
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut earlier = places[..index].iter();
                if !earlier.any(|(other, _)| other.name() == circuit.name()) {
                    circuit.context().tally().note(circuit.name(), event);
                }
            }
        });
    }

    /// Whether what happens to the call is counted, and it has begun.
    fn is_tallied(&self) -> bool {
        Faults::ARE_POSSIBLE
            && self
                .extra
                .as_ref()
                .is_some_and(|extra| extra.progress != Progress::Outside)
    }

    fn extra(&mut self) -> Pin<&mut Extra> {
        self.extra
            .get_or_insert_with(|| Box::pin(Extra::default()))
            .as_mut()
    }

    /// Shows every place.
    fn show(&self, to: Show<'_>) {
        match self.extra.as_ref().and_then(|extra| extra.held.as_ref()) {
            Some(held) => held.show(to),
            None => self.places.show(to),
        }
    }

    fn context(&self) -> Option<&Context> {
        match self.extra.as_ref().and_then(|extra| extra.held.as_ref()) {
            Some(held) => held.context(),
            None => self.places.context(),
        }
    }

    #[inline(always)]
    fn succeed(&mut self) {
        self.stage = Stage::Outside;
        if self.extra.is_some() || !self.places.are_quiet() {
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
        let fault = self.extra.as_ref().and_then(|extra| extra.fault.as_ref());
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
        // If the call around it goes on and waits, then for something else.
        journal::note_gone(self.address());
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

    /// Gives back what only some calls have.
    #[cold]
    #[inline(never)]
    fn drop_extra(&mut self) {
        drop(self.extra.take());
    }

    fn take_ending(&mut self) -> Option<Ending> {
        self.extra.as_mut()?.as_mut().project().ending.take()
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

    fn trials(&self) -> Vec<(u64, u64)> {
        let mut trials = Vec::new();
        self.show(&mut |places| {
            let held = places
                .iter()
                .filter(|(_, word)| word.phase() == Phase::HalfOpen);
            trials.extend(held.map(|(circuit, word)| (circuit.id(), word.epoch())));
        });
        trials
    }

    /// Whether nothing has changed since the call was admitted that would refuse it now.
    fn is_still_admitted(&self) -> bool {
        let mut still = true;
        self.show(&mut |places| {
            still = places.iter().all(|(circuit, word)| {
                word.phase() == Phase::Aside
                    || circuit.word().epoch() == word.epoch()
                    // It would not refuse the call now, whatever it thinks of it.
                    || circuit.mode() != BreakerMode::Enforce
            });
        });
        still
    }

    /// Why the call would be refused now, if a breaker has changed since it was admitted and is not
    /// closed again. (If it is, the call goes on, and its outcome is that of an older epoch.)
    fn shut_out(&self) -> Option<Reason> {
        let mut reason = None;
        self.show(&mut |places| {
            reason = places.iter().find_map(|(circuit, word)| {
                let present = circuit.word();
                let is_same = present.epoch() == word.epoch() || word.phase() == Phase::Aside;
                if is_same || present.is_closed() || circuit.mode() != BreakerMode::Enforce {
                    return None;
                }
                let now = circuit.context().now();
                let refusal = circuit.lock().check(now, Asker::Call).err();
                Some(refusal.map_or(Reason::TrialInFlight, |refusal| refusal.reason))
            });
        });
        reason
    }

    /// Goes through the bulkheads, and meets the fault that is waiting.
    fn before(&mut self, cx: &mut task::Context<'_>) -> Before {
        match self.poll_bulkheads(cx) {
            task::Poll::Pending => return Before::Wait,
            task::Poll::Ready(Err(refusal)) => return Before::Refused(refusal),
            task::Poll::Ready(Ok(())) => {}
        }
        self.begin();
        let Some(extra) = self.extra.as_mut() else {
            return Before::Run;
        };
        let Some(fault) = extra.as_mut().project().fault else {
            return Before::Run;
        };
        let unwinding = watch::Unwinding::new(&mut self.stage);
        let met = fault.poll(cx);
        std::mem::forget(unwinding);
        match met {
            Met::Nothing => Before::Run,
            Met::Wait => Before::Wait,
            Met::Error(refusal) => {
                self.care = Care::Injected;
                Before::Injected(refusal)
            }
        }
    }

    /// Turns the call away after it was admitted, and gives its places back. `full` says whose
    /// bulkhead has no place, if that is why.
    #[cold]
    fn refuse(&mut self, reason: Reason, full: Option<Owner>) -> DependencyUnhealthy {
        let mut refused = None;
        self.show(&mut |places| {
            // The one that is the reason, as far as that can be told: it has changed since.
            let reason_for = places.iter().find(|(circuit, word)| match full {
                Some(owner) => owner.is(circuit),
                None => circuit.word().epoch() != word.epoch(),
            });
            let Some((circuit, _)) = reason_for.or(places.first()) else {
                return;
            };
            let now = circuit.context().now();
            let (retry_after, state) = {
                let machine = circuit.lock();
                let refusal = machine.check(now, Asker::Call).err();
                let wait = refusal.map_or(Duration::ZERO, |refusal| refusal.retry_after);
                (wait, machine.dependency_state(now))
            };
            let refusal = Refusal {
                reason,
                retry_after,
            };
            refused = Some(circuit.refused(refusal, state));
        });
        self.stage = Stage::Outside;
        self.end(Ending::Refused);
        refused.unwrap_or_else(|| {
            DependencyUnhealthy::of_system(DependencyState::Healthy, reason, Duration::ZERO)
        })
    }

    /// Notes that the body waits, and lets it wait no longer than it may. Gives the refusal that
    /// stands for its output when its time is over. `starts` says that this attempt has not waited
    /// before.
    fn wait(&mut self, cx: &mut task::Context<'_>, starts: bool) -> Option<DependencyUnhealthy> {
        if self.waiting_since == 0
            && let Some(context) = self.context()
        {
            // The first reading of the clock, now that the call takes long enough not to notice.
            self.waiting_since = context.stamp_ms();
        }
        if starts && let Err(NoTimer) = self.arm() {
            return Some(self.refuse(Reason::NoRuntime, None));
        }
        if matches!(self.care, Care::Ordinary | Care::Timed) || self.counts_for_itself() {
            journal::note_waiting(self.address());
        }
        let extra = self.extra.as_mut()?;
        extra
            .as_mut()
            .poll_timer(cx)
            .then(|| self.run_out_of_time())
    }

    /// What tells it from all other calls, from when its body is polled first: it is not moved then.
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// When the attempt that is running has to be done.
    fn deadline(&self) -> Option<Instant> {
        self.extra.as_ref()?.deadline
    }

    /// Whether the call waits for a place in a bulkhead.
    fn is_queued(&self) -> bool {
        self.extra
            .as_ref()
            .is_some_and(|extra| extra.bulkheads.is_queued())
    }

    /// Starts the timer of the attempt that is running.
    ///
    /// # Errors
    ///
    /// When somebody has written a limit down, and there is nothing here that could keep it.
    fn arm(&mut self) -> Result<(), NoTimer> {
        static WARNED: AtomicBool = AtomicBool::new(false);
        let Some(limit) = self.limit() else {
            return Ok(());
        };
        match timer::after(limit.after) {
            Ok(timer) => {
                let deadline = Instant::now() + limit.after.min(crate::clock::NEVER);
                self.care = match self.care {
                    Care::Ordinary => Care::Timed,
                    care => care,
                };
                self.extra().set_timer(Some((timer, deadline)));
                *self.extra().project().limit = limit.after;
                Ok(())
            }
            Err(NoTimer) if limit.is_explicit => Err(NoTimer),
            Err(NoTimer) => {
                if !WARNED.swap(true, Ordering::Relaxed) {
                    warn!(
                        target: "health_runtime",
                        "guarded calls outside of a tokio runtime with timers have no limit on their time",
                    );
                }
                Ok(())
            }
        }
    }

    /// How long an attempt may take: the shortest limit of its dependencies. For each of them the
    /// narrowest place says it.
    fn limit(&self) -> Option<Limit> {
        let own = self.places.timeout();
        let mut limit: Option<Limit> = None;
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut narrower = places[index + 1..].iter();
                if narrower.any(|(other, _)| other.name() == circuit.name()) {
                    continue;
                }
                let shorter = |limit: Option<Limit>, other: Limit| match limit {
                    Some(limit) if limit.after <= other.after => Some(limit),
                    _ => Some(other),
                };
                if let Some(other) = circuit.time_limit(own) {
                    limit = shorter(limit, other);
                }
            }
        });
        limit
    }

    #[cold]
    fn run_out_of_time(&mut self) -> DependencyUnhealthy {
        self.stage = Stage::TimedOut;
        let mut extra = self.extra();
        extra.as_mut().set_timer(None);
        *extra.project().mark = Some(Mark::here());
        // Until the body is dropped, which comes before anything else that happens to this call.
        let limit = *self.extra().project().limit;
        journal::begin_expiring(limit);
        let (mut name, mut state) = (None, DependencyState::Healthy);
        self.show(&mut |places| {
            let first = places.first().map(|(circuit, _)| circuit.name());
            let is_alone = places.iter().all(|(other, _)| Some(other.name()) == first);
            name = first.filter(|_| is_alone);
            for (circuit, _) in places {
                let now = circuit.context().now();
                state = state.max(circuit.lock().dependency_state(now));
            }
        });
        let name = name.unwrap_or(Name::EMPTY);
        DependencyUnhealthy::of(name, state, Reason::TimedOut, Duration::ZERO)
    }

    /// Says how an attempt ended that ran out of time, now that its body is dropped, and with it
    /// the nested calls that it was waiting for.
    fn take_in_timeout(&mut self) {
        if self.stage != Stage::TimedOut {
            return;
        }
        self.stage = Stage::Admitted;
        if self.is_tallied() {
            self.tally(Event::TimedOut);
        }
        journal::end_expiring();
        let mark = self.extra().project().mark.take();
        let explained = mark.is_some_and(|mark| Mark::here().has_recorded_since(mark));
        if let Some(mark) = mark.filter(|_| explained) {
            self.hear(mark);
        }
        let extra = self.extra().project();
        *extra.ending = Some(Ending::TimedOut {
            after: *extra.limit,
            explained,
        });
    }
}

impl<P: Places> Drop for Call<P> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.stage != Stage::Outside {
            self.end_dropped();
        }
        if self.extra.is_some() {
            self.drop_extra();
        }
    }
}
