//! One dependency: its circuit, how critical it is, and how it is probed.
//!
//! - [`config`]: what the application says of it
//! - [`health`]: how it is doing, as a snapshot
//! - [`vitals`]: the same for those who have to decide
//! - [`revise`]: another policy while it runs
//! - [`directory`]: name to dependency

mod config;
mod directory;
mod health;
mod revise;
mod vitals;

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;
use tokio::sync::watch;

pub(crate) use self::config::Settings;
pub use self::config::{Dependency, Evidence};
pub(crate) use self::directory::Directory;
pub use self::health::{DependencyHealth, LastError, SystemHealth};
#[cfg(feature = "config")]
pub(crate) use self::revise::{Said, revise_all};
pub(crate) use self::vitals::{Probing, Standing, Vitals};
use crate::breaker::{Asker, Locked, Refusal, Settle, Transition, Word};
use crate::circuit::{self, Circuit, Context, Rules};
use crate::keyed::{Keyed, KeyedStore};
use crate::name::Name;
use crate::outcome::Report;
use crate::policy::Policies;
use crate::probe::Probe;
use crate::state::Criticality;
use crate::sync::{AtomicUsize, Mutex, Ordering};

/// A dependency. It *is* its circuit, and more.
///
/// On cache lines of its own, the first of which begins with the word that every call reads: nothing
/// that is written while all is well may share that line.
#[repr(C, align(64))]
pub(crate) struct Entry {
    circuit: Circuit,
    settings: Mutex<Settings>,
    /// The policies as they were given, before they were resolved for the circuit.
    policies: Mutex<Arc<Policies>>,
    /// How many loops probe it: one or none, and two while one takes over. Changed under the lock of
    /// the rules, which have to know.
    probe_loops: AtomicUsize,
    /// The circuits of its keys and roles, once there is one.
    keyed: OnceBox<KeyedStore>,
    /// The probe that is running, if one is; owned by the monitor.
    pub(crate) flight: Mutex<Option<Flight>>,
}

impl Deref for Entry {
    type Target = Circuit;

    #[inline(always)]
    fn deref(&self) -> &Circuit {
        &self.circuit
    }
}

/// A probe on its way, that several may wait for.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) landed: watch::Receiver<Option<Landing>>,
    pub(crate) task: tokio::task::AbortHandle,
    /// The probe itself, in a task of its own.
    pub(crate) probe: tokio::task::AbortHandle,
}

impl Flight {
    /// Where its end can be waited for, unless it has ended.
    pub(crate) fn on_its_way(&self) -> Option<watch::Receiver<Option<Landing>>> {
        let is_on_its_way = self.landed.borrow().is_none() && !self.task.is_finished();
        is_on_its_way.then(|| self.landed.clone())
    }
}

/// How a probe ended.
pub(crate) type Landing = Result<(), Arc<str>>;

/// What a probe was admitted under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admitted {
    pub(crate) word: Word,
    voids: u32,
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
        policies: Policies,
        settings: Settings,
        context: Arc<Context>,
    ) -> Self {
        let policy = policies.resolve(None, None);
        context.set_http_statuses(name, settings.http_statuses.clone());
        Self {
            circuit: Circuit::new(name, policy, context.settle(), context),
            settings: Mutex::new(settings),
            policies: Mutex::new(Arc::new(policies)),
            probe_loops: AtomicUsize::new(0),
            keyed: OnceBox::new(),
            flight: Mutex::new(None),
        }
    }

    /// The policies as they were given, with what keys and roles override.
    pub(crate) fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.policies.lock())
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().clone()
    }

    pub(crate) fn criticality(&self) -> Criticality {
        self.settings.lock().criticality
    }

    /// Whether the application has declared its dependencies, and not this one.
    pub(crate) fn is_stray(&self) -> bool {
        self.settings.lock().is_stray
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
                return [machine.settle(word, Report::Neutral, now, || self.context().roll())];
            }
            if identity.is_none() && machine.record.identity().is_some() {
                proof = Err("it did not say who answers, as it did before");
            }
            let transition = machine.settle(word, Report::Success, now, || self.context().roll());
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
            circuit::tell_identity(self.name(), &before, identity);
        }
        proof
    }

    /// Forgets the proof of health.
    pub(crate) fn void(&self) {
        let mut machine = self.lock();
        machine.void();
        machine.mark_changed();
    }

    /// Forgets the proof of health, and the settle time that has begun: this process did not run.
    pub(crate) fn stood_still(&self, since: Instant, now: Instant) {
        let mut machine = self.lock();
        machine.stood_still(since, now);
        machine.mark_changed();
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
        self.tell_probed(&mut self.lock());
        true
    }

    /// Tells the rules whether a probe is the trial. To be called after every change of the probe, or
    /// of its loops.
    fn tell_probed(&self, machine: &mut Locked<'_>) {
        // Read under the lock of the rules: of two who change something at the same time, the one who
        // tells last has found both changes.
        let has_probe = self.settings.lock().probe.is_some();
        machine.set_probed(has_probe && self.has_probe_loop());
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
        let mut machine = self.lock();
        let loops = self.probe_loops.load(Ordering::Relaxed);
        let loops = loops.saturating_add_signed(more);
        self.probe_loops.store(loops, Ordering::Relaxed);
        self.tell_probed(&mut machine);
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
        let now = self.context().now();
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

    /// Changes what operators can set of the settings. The breaker keeps its state, its failures and
    /// its proof.
    ///
    /// What is set already is left alone: nobody has to ask the gate anew, or wakes, for nothing.
    #[cfg(feature = "config")]
    pub(crate) fn tune(&self, change: impl FnOnce(&mut Settings)) {
        let is_other = {
            let mut settings = self.settings.lock();
            let tuned = |of: &Settings| {
                let Settings {
                    criticality,
                    evidence,
                    probe_every,
                    probe_timeout,
                    ..
                } = *of;
                (criticality, evidence, probe_every, probe_timeout)
            };
            let before = tuned(&settings);
            change(&mut settings);
            before != tuned(&settings)
        };
        if !is_other {
            return;
        }
        // A dependency that is critical now is one more to ask for, whatever was granted before.
        self.lock().mark_changed();
        self.wake();
    }

    pub(crate) fn configure(&self, policies: Policies, settings: Settings) {
        let rules = Rules::new(policies.resolve(None, None));
        self.context()
            .set_http_statuses(self.name(), settings.http_statuses.clone());
        // Before the version of the registry is raised below: else the gate could look at what was
        // declared before under the number of what is declared now, and grant that again.
        *self.settings.lock() = settings;
        {
            // Held to the end, as in `revise`: two of them leave one whole policy.
            let mut known = self.policies.lock();
            let now = self.context().now();
            let mut machine = self.lock();
            machine.configure(rules.breaker, self.context().settle(), now);
            self.tell_probed(&mut machine);
            machine.mark_changed();
            drop(machine);
            self.set_policy(rules.policy);
            *known = Arc::new(policies);
        }
        self.refresh_keys();
        self.wake();
    }

    /// Finds or creates the circuit of a key, a role, or a role of a key; `None` for neither, which
    /// is the dependency itself.
    pub(crate) fn keyed(&self, key: Option<&str>, role: Option<&str>) -> Option<Arc<Keyed>> {
        self.keyed_store_or_new().get(key, role)
    }

    /// The circuits of its keys and roles; `None` before there is one.
    pub(crate) fn keyed_store(&self) -> Option<&KeyedStore> {
        self.keyed.get()
    }

    /// The same, created if there is none.
    pub(crate) fn keyed_store_or_new(&self) -> &KeyedStore {
        self.keyed.get().unwrap_or_else(|| self.create_keyed())
    }

    #[cold]
    fn create_keyed(&self) -> &KeyedStore {
        let (policies, max) = self.keys_config();
        let context = Arc::clone(self.context());
        let store = self
            .keyed
            .get_or_init(|| Box::new(KeyedStore::new(self.name(), context, policies, max)));
        // Whoever configures the dependency meanwhile has not found the store.
        self.refresh_keys();
        store
    }

    /// Puts the present policies and cap into force for all keys and roles, which keep their state.
    /// To be called after every change of either.
    pub(crate) fn refresh_keys(&self) {
        if let Some(store) = self.keyed.get() {
            store.refresh(|| self.keys_config());
        }
    }

    fn keys_config(&self) -> (Arc<Policies>, usize) {
        (self.policies(), self.settings.lock().max_keys as usize)
    }

    /// Does what the ticker does for one dependency. Keys are not ticked one by one.
    pub(crate) fn tick(&self) {
        self.circuit.tick();
        if let Some(store) = self.keyed.get() {
            store.tick();
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("circuit", &self.circuit)
            .finish_non_exhaustive()
    }
}
