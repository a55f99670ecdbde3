//! One dependency: its breaker, how critical it is, and how it is probed.
//!
//! - [`config`]: what the application says of it
//! - [`health`]: how it is doing, as a snapshot
//! - [`story`]: its transitions, told to people
//! - [`vitals`]: the same for those who have to decide
//! - [`directory`]: name to dependency
//! - [`context`]: clock, randomness and version, shared by all dependencies of a registry

mod config;
mod context;
mod directory;
mod health;
#[cfg(feature = "testing")]
mod staged;
mod story;
mod vitals;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tracing::debug;

pub(crate) use self::config::Settings;
pub use self::config::{Dependency, Evidence};
pub(crate) use self::context::Context;
pub(crate) use self::directory::Directory;
pub(crate) use self::health::Short;
pub use self::health::{DependencyHealth, LastError, SystemHealth};
pub(crate) use self::vitals::{Probing, Vitals};
use crate::breaker::{
    Asker, Breaker, BreakerPolicy, Locked, Override, Refusal, Settle, Transition, Word,
};
use crate::error::DependencyUnhealthy;
use crate::name::Name;
use crate::outcome::Report;
use crate::probe::Probe;
use crate::state::{Criticality, DependencyState};
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering};

pub struct Entry {
    breaker: Breaker,
    name: Name,
    /// Unique in the process, in the order of creation: the order in which several are locked.
    id: u64,
    settings: Mutex<Settings>,
    story: Mutex<story::Throttle>,
    wake: Notify,
    /// How many loops probe it: one or none, and two while one takes over. Changed under the lock of
    /// the rules, which have to know.
    probe_loops: AtomicUsize,
    refusals: AtomicU64,
    /// The probe that is running, if one is; owned by the monitor.
    pub(crate) flight: Mutex<Option<Flight>>,
    context: Arc<Context>,
}

/// A probe on its way, that several may wait for.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) landed: watch::Receiver<Option<Landing>>,
    pub(crate) task: tokio::task::AbortHandle,
    /// The probe itself, in a task of its own.
    pub(crate) probe: tokio::task::AbortHandle,
}

/// How a probe ended.
pub(crate) type Landing = Result<(), Arc<str>>;

/// What a probe was admitted under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admitted {
    pub(crate) word: Word,
    voids: u64,
}

/// A loop that probes a dependency. Dropped with the loop's task, however that ends.
#[derive(Debug)]
pub(crate) struct ProbeLoop {
    pub(crate) entry: Arc<Entry>,
}

impl Drop for ProbeLoop {
    fn drop(&mut self) {
        self.entry.count_probe_loops(-1);
    }
}

impl Entry {
    pub(crate) fn new(
        name: Name,
        policy: BreakerPolicy,
        settings: Settings,
        context: Arc<Context>,
    ) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let breaker = Breaker::new(
            Arc::new(policy),
            context.settle(),
            context.shared_version(),
            context.now(),
        );
        Self {
            breaker,
            name,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            settings: Mutex::new(settings),
            story: Mutex::default(),
            wake: Notify::new(),
            probe_loops: AtomicUsize::new(0),
            refusals: AtomicU64::new(0),
            flight: Mutex::new(None),
            context,
        }
    }

    pub(crate) const fn name(&self) -> Name {
        self.name
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

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().clone()
    }

    pub(crate) fn criticality(&self) -> Criticality {
        self.settings.lock().criticality
    }

    /// Wakes when the breaker changed its state or something failed.
    pub(crate) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// Wakes whoever waits in [`changed`](Self::changed).
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
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
        let transitions = {
            let mut machine = self.lock();
            let expired = machine.expire(now);
            let changes = change(&mut machine, now);
            (expired, changes)
        };
        for transition in std::iter::once(transitions.0)
            .chain(transitions.1)
            .flatten()
        {
            self.tell(&transition, now);
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
        telling.tell(self.name, transition, last_error.as_deref());
        self.wake();
    }

    /// Reports how an admitted call ended.
    pub(crate) fn settle(&self, admitted: Word, report: Report) {
        let failed = matches!(report, Report::Failure(_));
        self.change(|machine, now| [machine.settle(admitted, report, now, || self.context.roll())]);
        if failed {
            self.wake();
        }
    }

    /// Reports an outcome that nobody was admitted for.
    pub(crate) fn report(&self, report: Report) {
        self.change(|machine, now| machine.report(report, now, || self.context.roll()));
        self.wake();
    }

    /// Reports a probe that succeeded, with the name of who answered if it says.
    ///
    /// # Errors
    ///
    /// Why the answer is no proof all the same.
    pub(crate) fn probe_succeeded(
        &self,
        admitted: Admitted,
        identity: Option<&str>,
    ) -> Result<(), &'static str> {
        let Admitted { word, voids } = admitted;
        let mut proof = Ok(());
        let mut before = None;
        self.change(|machine, now| {
            if machine.voids() != voids {
                proof = Err("it was asked before this process slept or was configured anew");
                return [machine.settle(word, Report::Neutral, now, || self.context.roll())];
            }
            if identity.is_none() && machine.record.identity().is_some() {
                proof = Err("it did not say who answers, as it did before");
            }
            let transition = machine.settle(word, Report::Success, now, || self.context.roll());
            // After the transition, whose new epoch drops all proof that came before it. Whoever
            // answers late does not speak for the present epoch.
            let in_time = machine.epoch() == word.epoch() || transition.is_some();
            if let Some(identity) = identity.filter(|_| in_time) {
                before = machine.identify(identity, now);
            }
            if before.is_some() {
                machine.mark_changed();
            }
            [transition]
        });
        if let (Some(before), Some(identity)) = (before, identity) {
            story::tell_identity(self.name, &before, identity);
        }
        proof
    }

    /// Lets the next success be stamped, and ends what is over.
    pub(crate) fn tick(&self) {
        self.change(|machine, _| {
            machine.tick();
            [None]
        });
        let suppressed = self.story.lock().end_interval(self.context.now());
        if let Some(suppressed) = suppressed {
            story::summarise(self.name, suppressed);
        }
    }

    /// Forgets the proof of health.
    pub(crate) fn void(&self) {
        let mut machine = self.lock();
        machine.void();
        machine.mark_changed();
    }

    pub(crate) fn force(&self, reported: DependencyState, why: Override) {
        self.change(|machine, now| [Some(machine.force(reported, why, now))]);
    }

    pub(crate) fn reset(&self, why: Override) {
        self.change(|machine, now| [Some(machine.reset(why, now))]);
    }

    pub(crate) fn configure(&self, policy: BreakerPolicy, settings: Settings) {
        {
            let mut machine = self.lock();
            machine.configure(Arc::new(policy), self.context.settle());
            machine.set_probed(settings.probe.is_some() && self.has_probe_loop());
            machine.mark_changed();
        }
        *self.settings.lock() = settings;
        self.wake();
    }

    pub(crate) fn set_settle(&self, settle: Settle) {
        let mut machine = self.lock();
        machine.set_settle(settle);
        machine.mark_changed();
    }

    /// Gives the dependency a probe, unless it has one. Returns whether it was given.
    pub(crate) fn give_probe(&self, probe: impl Probe) -> bool {
        let mut settings = self.settings.lock();
        if settings.probe.is_some() {
            return false;
        }
        settings.probe = Some(Arc::new(probe));
        drop(settings);
        let mut machine = self.lock();
        machine.set_probed(self.has_probe_loop());
        true
    }

    fn has_probe_loop(&self) -> bool {
        self.probe_loops.load(Ordering::Relaxed) > 0
    }

    /// Says that a loop has begun to probe this dependency, for as long as what it returns lives.
    ///
    /// A probe that nobody runs must not be waited for: a loop ends with its runtime, too, and then
    /// calls are the trials again.
    pub(crate) fn probe_loop(self: &Arc<Self>) -> ProbeLoop {
        self.count_probe_loops(1);
        ProbeLoop {
            entry: Arc::clone(self),
        }
    }

    fn count_probe_loops(&self, more: isize) {
        let has_probe = self.settings.lock().probe.is_some();
        let mut machine = self.lock();
        let loops = self.probe_loops.load(Ordering::Relaxed);
        let loops = loops.saturating_add_signed(more);
        self.probe_loops.store(loops, Ordering::Relaxed);
        machine.set_probed(has_probe && loops > 0);
    }

    /// Sets how often the probe runs and how long it may take; `None` leaves it as it is.
    pub(crate) fn pace_probe(&self, every: Option<Duration>, timeout: Option<Duration>) {
        let mut settings = self.settings.lock();
        settings.probe_every = every.unwrap_or(settings.probe_every);
        settings.probe_timeout = timeout.unwrap_or(settings.probe_timeout);
    }

    /// Asks for the right to run a probe now. What came of it is for the caller to tell, who may
    /// hold a lock.
    pub(crate) fn admit_probe(&self) -> (Result<Admitted, Refusal>, Vec<Transition>) {
        let now = self.context.now();
        let mut machine = self.lock();
        let mut transitions = Vec::from_iter(machine.expire(now));
        let admitted = machine.check(now, Asker::Probe).map(|()| {
            let (word, transition) = machine.admit(now);
            transitions.extend(transition);
            let voids = machine.voids();
            Admitted { word, voids }
        });
        (admitted, transitions)
    }

    /// Tells transitions that were not told when they happened. Never called under a lock.
    pub(crate) fn tell_all(&self, transitions: &[Transition]) {
        for transition in transitions {
            self.tell(transition, self.context.now());
        }
    }

    /// Counts a refusal and makes the error of it.
    pub(crate) fn refused(&self, refusal: Refusal, state: DependencyState) -> DependencyUnhealthy {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        debug!(
            target: "health_runtime::breaker",
            dependency = %self.name,
            reason = %refusal.reason,
            "call refused",
        );
        DependencyUnhealthy::of(self.name, state, refusal.reason, refusal.retry_after)
    }

    /// Counts a call that the rules would refuse if they were not only observed.
    pub(crate) fn observed(&self, refusal: Refusal) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        debug!(
            target: "health_runtime::breaker",
            dependency = %self.name,
            reason = %refusal.reason,
            "call would be refused",
        );
    }

    pub(crate) fn abandoned_after(&self) -> Duration {
        self.lock().policy().abandoned_after
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
