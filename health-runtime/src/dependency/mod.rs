//! One dependency: its breaker, how critical it is, and how it is probed.
//!
//! - [`config`]: what the application says of it
//! - [`health`]: how it is doing, as a snapshot
//! - [`story`]: its transitions, told to people
//! - [`directory`]: name to dependency
//! - [`context`]: clock, randomness and version, shared by all dependencies of a registry

mod config;
mod context;
mod directory;
mod health;
#[cfg(feature = "testing")]
mod staged;
mod story;

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
use crate::breaker::{
    Asker, Breaker, BreakerPolicy, Locked, Override, Refusal, Settle, Transition, Unsettled, Word,
};
use crate::error::DependencyUnhealthy;
use crate::name::Name;
use crate::outcome::Report;
use crate::probe::Probe;
use crate::state::{BreakerState, Criticality, DependencyState};
use crate::sync::{AtomicU64, Mutex, Ordering};

pub struct Entry {
    breaker: Breaker,
    name: Name,
    /// Unique in the process, in the order of creation: the order in which several are locked.
    id: u64,
    settings: Mutex<Settings>,
    story: Mutex<story::Throttle>,
    wake: Notify,
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

/// What the gate looks at.
#[derive(Debug, Clone)]
pub(crate) struct Vitals {
    pub(crate) state: DependencyState,
    pub(crate) epoch: u64,
    pub(crate) forced: bool,
    pub(crate) proof_age: Option<Duration>,
    pub(crate) last_success_age: Option<Duration>,
    pub(crate) failures: u32,
    pub(crate) last_failure: Option<LastError>,
    pub(crate) unsettled: Option<Unsettled>,
    pub(crate) went_bad_age: Option<Duration>,
    pub(crate) retry_after: Duration,
}

/// What the schedule of probes looks at.
#[derive(Debug, Clone)]
pub(crate) struct Probing {
    pub(crate) breaker: BreakerState,
    pub(crate) is_degraded: bool,
    /// When the cooldown ends.
    pub(crate) until: Option<Instant>,
    pub(crate) every: Duration,
    /// When something last proved the dependency healthy. For one that says who it is, only a
    /// probe does.
    pub(crate) proof: Option<Instant>,
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
        breaker.lock().set_probed(settings.probe.is_some());
        Self {
            breaker,
            name,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            settings: Mutex::new(settings),
            story: Mutex::default(),
            wake: Notify::new(),
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
            machine.set_probed(settings.probe.is_some());
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
        self.lock().set_probed(true);
        true
    }

    /// Sets how often the probe runs and how long it may take; `None` leaves it as it is.
    pub(crate) fn pace_probe(&self, every: Option<Duration>, timeout: Option<Duration>) {
        let mut settings = self.settings.lock();
        settings.probe_every = every.unwrap_or(settings.probe_every);
        settings.probe_timeout = timeout.unwrap_or(settings.probe_timeout);
    }

    /// Asks for the right to run a probe now.
    pub(crate) fn admit_probe(&self) -> Result<Admitted, Refusal> {
        let now = self.context.now();
        let (word, voids, transition) = {
            let mut machine = self.lock();
            machine.check(now, Asker::Probe)?;
            let (word, transition) = machine.admit(now);
            (word, machine.voids(), transition)
        };
        if let Some(transition) = transition {
            self.tell(&transition, now);
        }
        Ok(Admitted { word, voids })
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

    pub(crate) fn vitals(&self) -> Vitals {
        self.change(|_, _| [None]);
        let now = self.context.now();
        let machine = self.lock();
        let age = |at: Instant| now.saturating_duration_since(at);
        let record = &machine.record;
        Vitals {
            state: machine.dependency_state(now),
            epoch: machine.epoch(),
            forced: machine.forced_by().is_some(),
            proof_age: record.proof().map(age),
            last_success_age: record.last_success().map(age),
            failures: machine.failures(),
            last_failure: record.last_failure().map(|failure| LastError {
                kind: failure.kind,
                message: Arc::clone(&failure.message),
                age: age(failure.at),
            }),
            unsettled: record.unsettled(now, machine.settle_times()),
            went_bad_age: record.went_bad().map(age),
            retry_after: machine
                .check(now, Asker::Call)
                .err()
                .map_or(Duration::ZERO, |r| r.retry_after),
        }
    }

    pub(crate) fn health(&self) -> DependencyHealth {
        let vitals = self.vitals();
        let criticality = self.criticality();
        let now = self.context.now();
        let machine = self.lock();
        let refusal = machine.check(now, Asker::Call).err();
        let refusal = refusal.filter(|_| machine.pass_by().is_none());
        DependencyHealth {
            name: self.name.as_str(),
            criticality,
            state: vitals.state,
            breaker: machine.breaker_state(now),
            epoch: machine.epoch(),
            since: now.saturating_duration_since(machine.entered()),
            consecutive_failures: vitals.failures,
            last_error: vitals.last_failure,
            last_success: vitals.last_success_age,
            open_until: machine.until(),
            backoff: machine.cooldown(now),
            refusal: refusal.map(|refusal| refusal.reason),
            retry_after: refusal.map_or(Duration::ZERO, |refusal| refusal.retry_after),
            identity: machine.record.identity().cloned(),
            forced_by: machine.forced_by().cloned(),
            refusals: self.refusals.load(Ordering::Relaxed),
        }
    }

    /// What the schedule of probes looks at.
    pub(crate) fn probing(&self) -> Probing {
        let every = self.settings.lock().probe_every;
        let now = self.context.now();
        let machine = self.lock();
        Probing {
            breaker: machine.breaker_state(now),
            is_degraded: machine.dependency_state(now) != DependencyState::Healthy,
            until: machine.until(),
            every,
            proof: machine.record.proof(),
        }
    }

    pub(crate) fn abandoned_after(&self) -> Duration {
        self.lock().policy().abandoned_after
    }

    /// Says in numbers why the breaker has or has not tripped.
    pub(crate) fn explain(&self) -> String {
        let health = self.health();
        let policy = self.lock().policy().clone();
        let mut text = format!(
            "{} is {}, breaker {}",
            self.name, health.state, health.breaker
        );
        let push = |text: &mut String, part: String| {
            text.push_str("; ");
            text.push_str(&part);
        };
        match policy.consecutive {
            Some(threshold) => push(
                &mut text,
                format!(
                    "{} of {threshold} failures in a row",
                    health.consecutive_failures
                ),
            ),
            None => push(&mut text, "no trip rule".into()),
        }
        if let Some(error) = &health.last_error {
            push(
                &mut text,
                format!(
                    "last failure {} ago: {} ({})",
                    Short(error.age),
                    error.message,
                    error.kind
                ),
            );
        }
        match health.last_success {
            Some(age) => push(&mut text, format!("last success {} ago", Short(age))),
            None => push(&mut text, "no success yet".into()),
        }
        if let Some(reason) = health.refusal {
            let wait = Short(health.retry_after);
            push(
                &mut text,
                format!("calls are refused ({reason}), next one in {wait}"),
            );
        }
        if let Some(why) = &health.forced_by {
            push(
                &mut text,
                format!("forced by {}: {}", why.actor(), why.reason()),
            );
        }
        if policy.mode != crate::breaker::BreakerMode::Enforce {
            push(
                &mut text,
                format!("mode {:?}: nothing is refused", policy.mode),
            );
        }
        text
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
