//! A breaker as calls meet it: its rules, its name, its story in the log, and what bounds a call.
//!
//! - [`commons`]: what the circuits of all keys and roles of a dependency share
//! - [`story`]: its transitions, told to people
//! - [`extras`]: what few circuits have
//! - [`limit`]: how long an attempt may take
//! - [`context`]: clock, randomness and version, shared by all circuits of a registry
//!
//! A dependency has one, and one more for each of its keys and roles.

mod commons;
mod context;
mod extras;
mod limit;
#[cfg(feature = "testing")]
mod staged;
mod story;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracing::debug;

pub(crate) use self::commons::{Commons, Rules};
pub(crate) use self::context::Context;
use self::extras::Extras;
pub(crate) use self::limit::Limit;
use self::limit::TimeLimit;
pub use self::limit::Timeout;
use self::story::Throttle;
pub(crate) use self::story::tell_identity;
use crate::breaker::{
    Breaker, BreakerMode, Locked, Override, Refusal, Restarted, Settle, Transition, Word,
};
use crate::bulkhead::Bulkhead;
use crate::classify::HttpStatuses;
use crate::error::DependencyUnhealthy;
use crate::name::Name;
use crate::outcome::{Blame, Failure, Report};
use crate::policy::Policy;
use crate::retry::Bucket;
use crate::state::DependencyState;
use crate::sync::{AtomicU64, Mutex, OnceLock, Ordering, statics};
use crate::tally::Event;

/// A breaker and what belongs to it. Calls are admitted by it and report to it.
#[repr(C)]
pub struct Circuit {
    /// First: it begins with the word that every call reads.
    breaker: Breaker,
    name: Name,
    /// Which part of the dependency it stands for; `None` for the dependency as a whole.
    part: Option<Box<str>>,
    /// Unique in the process, in the order of creation: the order in which several are locked.
    id: u64,
    policy: Mutex<Arc<Policy>>,
    time_limit: TimeLimit,
    /// What few circuits have: made when it is needed.
    extras: OnceLock<Box<Extras>>,
    story: Arc<Mutex<Throttle>>,
    /// Wakes the loop that probes it; a part of a dependency has none.
    wake: Option<Box<Notify>>,
    refusals: AtomicU64,
    /// The last streak of the circuit above it in which a failure of this one was counted.
    counted: AtomicU64,
    context: Arc<Context>,
}

/// How special a circuit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// The dependency as a whole.
    Dependency = 0,
    /// A key, or a role.
    Part = 1,
    /// A role of a key.
    RoleOfKey = 2,
}

/// The next number, with the depth in its lowest bits: a field of its own would cost eight bytes.
fn next_id(depth: Depth) -> u64 {
    statics! {
        static NEXT: AtomicU64 = AtomicU64::new(0);
    }
    NEXT.fetch_add(1 << DEPTH_BITS, Ordering::Relaxed) | depth as u64
}

const DEPTH_BITS: u32 = 2;

impl Circuit {
    pub(crate) fn new(name: Name, policy: Policy, settle: Settle, context: Arc<Context>) -> Self {
        let rules = Rules::new(policy);
        let breaker = Breaker::new(
            rules.breaker,
            settle,
            context.shared_version(),
            context.now(),
        );
        Self {
            breaker,
            name,
            part: None,
            id: next_id(Depth::Dependency),
            time_limit: TimeLimit::new(&rules.policy),
            extras: Extras::of(&rules.policy),
            policy: Mutex::new(rules.policy),
            story: Arc::new(Mutex::new(Throttle::of_a_dependency())),
            wake: Some(Box::default()),
            refusals: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            context,
        }
        .limited()
    }

    /// Creates the circuit of a key or a role: small, as there may be ten thousand of them.
    pub(crate) fn of_part(part: Box<str>, depth: Depth, rules: Rules, commons: &Commons) -> Self {
        let Commons {
            name,
            context,
            version,
            story,
        } = commons;
        let now = context.now();
        let breaker = Breaker::new(rules.breaker, context.settle(), Arc::clone(version), now);
        Self {
            breaker,
            name: *name,
            part: Some(part),
            id: next_id(depth),
            time_limit: TimeLimit::new(&rules.policy),
            extras: Extras::of(&rules.policy),
            policy: Mutex::new(rules.policy),
            story: Arc::clone(story),
            wake: None,
            refusals: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            context: Arc::clone(context),
        }
        .limited()
    }

    /// Lets the word say whether there is a bulkhead.
    fn limited(self) -> Self {
        if self.extras.get().is_some() {
            self.lock().set_limited(true);
        }
        self
    }

    /// The name of the dependency.
    pub(crate) const fn name(&self) -> Name {
        self.name
    }

    /// Which part of the dependency it stands for; `None` for the dependency as a whole.
    pub(crate) fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> Word {
        self.breaker.word()
    }

    #[inline(always)]
    pub(crate) fn word_relaxed(&self) -> Word {
        self.breaker.word_relaxed()
    }

    /// Why every call is refused and for how long, if that can be told without the rules.
    #[inline(always)]
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.breaker.refusal(|| self.context.now())
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// How the HTTP statuses of the dependency count.
    pub(crate) fn http_statuses(&self) -> Arc<HttpStatuses> {
        self.context.http_statuses(self.name)
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.lock())
    }

    /// Puts the parts of another policy into force that are not the breaker's.
    pub(crate) fn set_policy(&self, policy: Arc<Policy>) {
        self.time_limit.set(&policy);
        if policy.bulkhead.is_some() || self.extras.get().is_some() {
            self.extras
                .get_or_init(Box::default)
                .resize(policy.bulkhead);
        }
        self.lock().set_limited(policy.bulkhead.is_some());
        *self.policy.lock() = policy;
    }

    /// Puts another policy into force without losing anything: state, cooldown, epoch, counts and
    /// proof stay. Returns which windows had to start anew. Tells nobody: whoever calls may hold a
    /// lock, and announces it afterwards.
    pub(crate) fn revise(&self, rules: &Rules) -> Restarted {
        let breaker = Arc::clone(&rules.breaker);
        let restarted = self.lock().revise(breaker, self.context.now());
        self.set_policy(Arc::clone(&rules.policy));
        restarted
    }

    /// How long an attempt of a function may take whose annotation says `own`.
    pub(crate) fn time_limit(&self, own: Timeout) -> Option<Limit> {
        self.time_limit.resolve(own)
    }

    /// Whether what it refuses is refused.
    pub(crate) fn mode(&self) -> BreakerMode {
        self.policy.lock().breaker.mode
    }

    /// The cap on the calls in flight, if there is one.
    pub(crate) fn bulkhead(&self) -> Option<Arc<Bulkhead>> {
        self.extras.get()?.bulkhead.lock().clone()
    }

    /// The budget of retries.
    pub(crate) fn retries(&self) -> &Bucket {
        let extras = self.extras.get_or_init(Box::default);
        extras
            .retries
            .get_or_init(|| Bucket::new(self.context.now()))
    }

    /// Turns a call away that can be skipped, if this state or a worse one is there.
    pub(crate) fn shed(&self, at: DependencyState) -> Result<(), DependencyUnhealthy> {
        if self.word().is_healthy() {
            return Ok(());
        }
        let now = self.context.now();
        let (refusal, state, mode) = {
            let mut machine = self.lock();
            let mode = machine.policy().mode;
            if mode == BreakerMode::Off {
                return Ok(());
            }
            (machine.shed(at, now), machine.dependency_state(now), mode)
        };
        match refusal {
            None => Ok(()),
            Some(refusal) if mode == BreakerMode::Enforce => Err(self.refused(refusal, state)),
            Some(refusal) => {
                self.observed(refusal);
                Ok(())
            }
        }
    }

    /// Wakes when the breaker changed its state or something failed. Never, for a part of a
    /// dependency: nothing probes it.
    pub(crate) async fn changed(&self) {
        match &self.wake {
            Some(wake) => wake.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Wakes whoever waits in [`changed`](Self::changed).
    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake.notify_one();
        }
    }

    pub(crate) fn lock(&self) -> Locked<'_> {
        self.breaker.lock()
    }

    /// Runs `change` under the lock, and tells afterwards what came of it.
    pub(crate) fn change<const N: usize>(
        &self,
        change: impl FnOnce(&mut Locked<'_>, Instant) -> [Option<Transition>; N],
    ) {
        let now = self.context.now();
        let (transitions, is_other) = {
            let mut machine = self.lock();
            let before = machine.dependency_state(now);
            let expired = machine.expire(now);
            let changes = change(&mut machine, now);
            let is_other = machine.dependency_state(now) != before;
            ((expired, changes), is_other)
        };
        for transition in std::iter::once(transitions.0)
            .chain(transitions.1)
            .flatten()
        {
            self.tell(&transition, now);
        }
        if is_other {
            self.context.announce();
        }
    }

    /// Tells a transition and wakes whoever waits for one. Never called under a lock.
    pub(crate) fn tell(&self, transition: &Transition, now: Instant) {
        let last_error = self
            .lock()
            .record
            .last_failure()
            .map(|failure| failure.message.clone());
        let telling = self.story.lock().next(now);
        telling.tell(self, transition, last_error.as_deref());
        self.wake();
        self.context.announce();
    }

    /// Tells transitions that were not told when they happened. Never called under a lock.
    pub(crate) fn tell_all(&self, transitions: &[Transition]) {
        for transition in transitions {
            self.tell(transition, self.context.now());
        }
    }

    /// Reports how an admitted call ended.
    pub(crate) fn settle(&self, admitted: Word, report: Report) {
        self.settle_timed(admitted, report, None);
    }

    /// Reports how an admitted call ended, and how long it took if a rule has to know that.
    pub(crate) fn settle_timed(&self, admitted: Word, report: Report, took: Option<Duration>) {
        if report == Report::Success && self.breaker.count_success(admitted, took) {
            return;
        }
        let failed = matches!(report, Report::Failure(_));
        let roll = || self.context.roll();
        self.change(|machine, now| [machine.settle_timed(admitted, report, took, now, roll)]);
        if failed {
            self.wake();
        }
    }

    /// Reports the failure of an admitted call to a part of this: counted once for each part until
    /// the next success, whatever it does. `counts` says of a streak whether it is the part's first.
    pub(crate) fn settle_for_part(
        &self,
        admitted: Word,
        failure: Failure,
        took: Option<Duration>,
        counts: impl FnOnce(u64) -> bool,
    ) {
        let roll = || self.context.roll();
        self.change(|machine, now| {
            let blame = if counts(machine.streak()) {
                failure.blame
            } else {
                Blame::Shared
            };
            let report = Report::Failure(Failure { blame, ..failure });
            [machine.settle_timed(admitted, report, took, now, roll)]
        });
        self.wake();
    }

    /// Whether a failure of this part counts for the circuit above it, whose present streak is
    /// given: the first one of each streak does.
    ///
    /// So one bad node opens its own breaker and never that of all: five that fail in a row do. To
    /// be exact the streak is to be read under the lock under which the failure is reported. Who
    /// asks counts: ask once for each failure.
    pub(crate) fn counts_for(&self, streak_above: u64) -> bool {
        // The greater one stays: a latecomer of an older streak must not undo what is known.
        self.counted.fetch_max(streak_above, Ordering::Relaxed) < streak_above
    }

    /// How special it is.
    pub(crate) const fn depth(&self) -> Depth {
        match self.id & ((1 << DEPTH_BITS) - 1) {
            0 => Depth::Dependency,
            1 => Depth::Part,
            _ => Depth::RoleOfKey,
        }
    }

    /// Which streak of failures it is in.
    #[cfg(test)]
    pub(crate) fn streak(&self) -> u64 {
        self.lock().streak()
    }

    /// Reports an outcome that nobody was admitted for.
    pub(crate) fn report(&self, report: Report) {
        self.change(|machine, now| machine.report(report, now, || self.context.roll()));
        self.wake();
    }

    /// Lets the next success be stamped, and ends what is over.
    pub(crate) fn tick(&self) {
        self.change(|machine, now| {
            machine.tick(now);
            [None]
        });
        let suppressed = self.story.lock().end_interval(self.context.now());
        if let Some(suppressed) = suppressed {
            story::summarise(self, suppressed);
        }
    }

    pub(crate) fn force(&self, reported: DependencyState, why: Override) {
        self.change(|machine, now| [Some(machine.force(reported, why, now))]);
    }

    pub(crate) fn reset(&self, why: Override) {
        self.change(|machine, now| [Some(machine.reset(why, now))]);
    }

    /// Counts a refusal and makes the error of it.
    pub(crate) fn refused(&self, refusal: Refusal, state: DependencyState) -> DependencyUnhealthy {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        debug!(
            target: "health_runtime::breaker",
            dependency = %self.name,
            part = self.part(),
            reason = %refusal.reason,
            "call refused",
        );
        let event = Event::Refused(refusal.reason);
        self.context.tally().note(self.name, event);
        DependencyUnhealthy::of(self.name, state, refusal.reason, refusal.retry_after)
    }

    /// Counts a call that the rules would refuse if they were not only observed.
    pub(crate) fn observed(&self, refusal: Refusal) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        debug!(
            target: "health_runtime::breaker",
            dependency = %self.name,
            part = self.part(),
            reason = %refusal.reason,
            "call would be refused",
        );
        let event = Event::WouldBeRefused(refusal.reason);
        self.context.tally().note(self.name, event);
    }

    /// How many calls have been refused, or would have been.
    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    pub(crate) fn abandoned_after(&self) -> Duration {
        self.lock().policy().abandoned_after
    }
}

/// For people: the dependency, and the part of it in brackets.
impl std::fmt::Display for Circuit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.part() {
            Some(part) => write!(f, "{}[{part}]", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl std::fmt::Debug for Circuit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Circuit")
            .field("name", &self.name)
            .field("part", &self.part)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
