//! The configuration in force.
//!
//! A reload is all or nothing: everything is read, checked and resolved first, and what cannot fail
//! is done then. A file that is wrong changes nothing but the status.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, TryLockError};
use std::time::SystemTime;

use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::input::{FilePath, Input};
use super::level::LevelRule;
use super::origin::Origin;
use super::plan::{Plan, Tuning};
use super::problem::{ConfigError, Place, Problem};
use super::resolve::{Code, Names, Resolved, UnknownLevels};
use super::{Config, news, watch};
use crate::annotate::SiteInfo;
use crate::degradation::{Degradation, Levels};
use crate::dependency::{Dependency, Directory, Entry, Said, revise_all};
use crate::gate::{Gate, GatePolicy};
use crate::policy::Policies;
use crate::sync::Mutex;

/// How a registry is configured, and how the last attempts to change that went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConfigStatus {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Since when these values are in force.
    pub good_since: SystemTime,
    /// How often they have changed since `init()`.
    pub reloads: u64,
    /// Why the last reload failed; `None` if it did not.
    pub last_error: Option<FailedReload>,
    /// Where every value comes from.
    pub origins: Arc<[Origin]>,
    /// The levels of degradation that the configuration has, from level 1 up.
    pub levels: Arc<[LevelRule]>,
}

/// A reload that failed: the values of before stay in force.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedReload {
    /// When it was first seen to fail.
    pub at: SystemTime,
    /// Everything that is wrong.
    pub error: ConfigError,
}

/// The configuration of a builder, if it has one.
#[derive(Debug, Default)]
pub(crate) struct Setup(Option<Config>);

/// A configuration that was found sound, and waits to be put into force.
pub(crate) struct Loaded(Option<(Config, Code, Input, Resolved)>);

impl Loaded {
    /// The levels of degradation that it has, if it has any.
    pub(crate) fn level_names(&self) -> Option<Vec<String>> {
        let (.., resolved) = self.0.as_ref()?;
        let names = resolved.levels.as_ref()?.iter();
        Some(names.map(|rule| rule.name.clone()).collect())
    }
}

impl Setup {
    pub(crate) fn set(&mut self, config: Config) {
        self.0 = Some(config);
    }

    /// Reads the configuration and lays it over the code. Returns what is wrong, too.
    pub(crate) fn load(
        &self,
        gate: &GatePolicy,
        dependencies: impl FnOnce() -> Vec<Dependency>,
        levels: impl FnOnce() -> Vec<String>,
        sites: &[&'static SiteInfo],
        unknown_levels: UnknownLevels,
    ) -> (Loaded, Vec<String>) {
        let Some(config) = self.0.clone() else {
            return (Loaded(None), Vec::new());
        };
        let code = Code {
            gate: gate.clone(),
            dependencies: dependencies(),
            names: Names::Known,
            sites: sites.to_vec(),
            levels: levels(),
            unknown_levels,
        };
        let input = Input::read(&config, None);
        match input.resolve(&config, &code) {
            Ok(resolved) => (Loaded(Some((config, code, input, resolved))), Vec::new()),
            Err(error) => {
                let problems = error.problems().iter().map(ToString::to_string).collect();
                (Loaded(None), problems)
            }
        }
    }
}

/// Where a registry keeps its configuration, if it has one.
#[derive(Default)]
pub(crate) struct Slot {
    live: Mutex<Option<Arc<Live>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Slot {
    /// Puts a configuration into force, and keeps it.
    pub(crate) fn install(
        &self,
        loaded: Loaded,
        directory: &Arc<Directory>,
        gate: &Arc<Gate>,
        degradation: &Arc<Degradation>,
    ) {
        let Loaded(Some((config, code, input, resolved))) = loaded else {
            return;
        };
        let now = directory.context().clock().wall_now();
        let state = State {
            path: input.path().cloned(),
            seen: input,
            turns: 0,
            is_warned: false,
            good_since: now,
            reloads: 0,
            last_error: None,
            origins: Arc::default(),
            levels: None,
        };
        let live = Arc::new(Live {
            config,
            code,
            directory: Arc::clone(directory),
            gate: Arc::clone(gate),
            degradation: Arc::clone(degradation),
            levels_in_code: degradation.levels(),
            one_at_a_time: std::sync::Mutex::new(()),
            state: Mutex::new(state),
        });
        // Sound a moment ago; somebody may have changed a policy since.
        if let Err(error) = live.apply(&live.directory.all(), resolved) {
            let input = live.state.lock().seen.clone();
            live.reject(input, &error, Asked::ByHand);
        }
        *self.tasks.lock() = watch::start(&live, live.config.watch, live.config.on_hangup);
        *self.live.lock() = Some(live);
    }

    /// Stops looking for changes. The values stay in force.
    pub(crate) fn stop(&self) -> Vec<JoinHandle<()>> {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        tasks.iter().for_each(JoinHandle::abort);
        tasks
    }

    /// Takes the configuration away again: what is left is what the code said.
    pub(crate) fn withdraw(&self) {
        drop(self.stop());
        let live = self.live.lock().take();
        if let Some(live) = live {
            live.withdraw();
        }
    }

    pub(crate) fn live(&self) -> Option<Arc<Live>> {
        self.live.lock().clone()
    }

    pub(crate) fn status(&self) -> Option<ConfigStatus> {
        self.live().map(|live| live.status())
    }

    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let none = "this registry has no configuration; give one to `builder().config(..)`";
        match self.live() {
            Some(live) => live.reload(),
            None => Err(ConfigError(vec![Problem::new(Place::Nowhere, none)])),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.stop());
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("status", &self.status())
            .finish()
    }
}

pub(crate) struct Live {
    config: Config,
    /// What the code said at the start. Policies may have been updated since.
    code: Code,
    directory: Arc<Directory>,
    gate: Arc<Gate>,
    degradation: Arc<Degradation>,
    /// The levels where a configuration names none.
    levels_in_code: Arc<Levels>,
    /// Two reloads at a time would mix their values.
    one_at_a_time: std::sync::Mutex<()>,
    state: Mutex<State>,
}

/// Who wants a configuration to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// A person, by a signal or a call: is always answered in the log.
    ByHand,
    /// The watch, which looks again and again and tells news only.
    ByWatch,
}

struct State {
    /// The file that was found once, which has to be there from then on.
    path: Option<FilePath>,
    /// What was looked at last, good or bad.
    seen: Input,
    /// How many inputs have had their turn.
    turns: u64,
    /// What is wrong with `seen` has been told.
    is_warned: bool,
    good_since: SystemTime,
    reloads: u64,
    last_error: Option<FailedReload>,
    origins: Arc<[Origin]>,
    /// None if the configuration has no list of levels.
    levels: Option<Arc<[LevelRule]>>,
}

impl Live {
    fn status(&self) -> ConfigStatus {
        let state = self.state.lock();
        ConfigStatus {
            file: state.path.as_ref().map(|path| path.absolute.clone()),
            good_since: state.good_since,
            reloads: state.reloads,
            last_error: state.last_error.clone(),
            origins: Arc::clone(&state.origins),
            levels: state.levels.clone().unwrap_or_default(),
        }
    }

    /// What the configuration consists of now.
    pub(super) fn read(&self) -> Input {
        let pinned = self.state.lock().path.clone();
        Input::read(&self.config, pinned.as_ref())
    }

    /// Whether this is something else than was looked at last.
    pub(super) fn is_news(&self, input: &Input) -> bool {
        self.state.lock().seen != *input
    }

    /// Reads everything and puts it into force.
    ///
    /// # Errors
    ///
    /// Everything that is wrong; nothing has changed then.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let _turn = self.turn();
        // In the turn: what is read before it can be older than what is in force by then.
        self.take(self.read(), Asked::ByHand)
    }

    /// How many inputs have had their turn. To be asked before an input is read for
    /// [`take_settled`](Self::take_settled).
    pub(super) fn turns(&self) -> u64 {
        self.state.lock().turns
    }

    /// Puts an input into force that was read when there had been this many turns.
    ///
    /// One that was overtaken is dropped, as what it says may be older than what is in force; the next
    /// look finds what there is to find. Waits for nobody: whoever has the turn may be reading a file
    /// system that hangs.
    ///
    /// # Errors
    ///
    /// Everything that is wrong; nothing has changed then.
    pub(super) fn take_settled(&self, input: Input, turns: u64) -> Result<(), ConfigError> {
        let _turn = match self.one_at_a_time.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        if self.turns() != turns {
            return Ok(());
        }
        self.take(input, Asked::ByWatch)
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        let turn = self.one_at_a_time.lock();
        turn.unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an input into force. For whoever has the turn.
    fn take(&self, input: Input, asked: Asked) -> Result<(), ConfigError> {
        self.state.lock().turns += 1;
        let entries = self.directory.all();
        let taken = input
            .resolve(&self.config, &self.code_in_force(&entries))
            .and_then(|resolved| self.accept(&entries, &input, resolved, asked));
        if let Err(error) = &taken {
            self.reject(input, error, asked);
        }
        taken
    }

    /// What the code says by now: policies can be updated, and dependencies be used that nobody has
    /// declared.
    fn code_in_force(&self, entries: &[Arc<Entry>]) -> Code {
        let dependency = |entry: &Arc<Entry>| {
            let name = entry.name().as_str();
            let mut known = self.code.dependencies.iter();
            let mut dependency = known
                .find(|known| known.name == name)
                .map_or_else(|| Dependency::new(name), Dependency::clone);
            dependency.policies = Policies {
                operator: Default::default(),
                ..Policies::clone(&entry.policies())
            };
            dependency
        };
        Code {
            dependencies: entries.iter().map(dependency).collect(),
            ..self.code.clone()
        }
    }

    fn accept(
        &self,
        entries: &[Arc<Entry>],
        input: &Input,
        resolved: Resolved,
        asked: Asked,
    ) -> Result<(), ConfigError> {
        let before = Arc::clone(&self.state.lock().origins);
        let changed = resolved
            .origins
            .iter()
            .filter(|now| {
                let value = before.iter().find(|then| then.path == now.path);
                value.is_none_or(|then| then.value != now.value)
            })
            .count();
        let levels_before = self.state.lock().levels.clone();
        let is_other = changed > 0
            || before.len() != resolved.origins.len()
            || levels_before.as_deref() != resolved.levels.as_deref();
        self.apply(entries, resolved)?;
        let now = self.directory.context().clock().wall_now();
        let (recovered, file) = {
            let mut state = self.state.lock();
            if let Some(path) = input.path() {
                state.path = Some(path.clone());
            }
            state.seen = input.clone();
            state.is_warned = false;
            let recovered = state.last_error.take().is_some();
            if is_other {
                state.good_since = now;
                state.reloads += 1;
            }
            (recovered, state.path.clone())
        };
        if is_other || recovered {
            info!(
                target: "health_runtime::config",
                file = file.map(|file| tracing::field::display(file.absolute.display().to_string())),
                changed,
                "configuration reloaded",
            );
            let state = self.state.lock();
            let (now, levels) = (Arc::clone(&state.origins), state.levels.clone());
            drop(state);
            news::tell(&before, &now);
            news::tell_levels(levels_before.as_deref(), levels.as_deref());
        } else if asked == Asked::ByHand {
            info!(target: "health_runtime::config", "configuration read anew: nothing has changed");
        }
        Ok(())
    }

    fn reject(&self, input: Input, error: &ConfigError, asked: Asked) {
        let now = self.directory.context().clock().wall_now();
        let (tell, good_since) = {
            let mut state = self.state.lock();
            let is_same = state.seen == input && state.is_warned;
            state.seen = input;
            state.is_warned = true;
            if !is_same {
                state.last_error = Some(FailedReload {
                    at: now,
                    error: error.clone(),
                });
            }
            (!is_same || asked == Asked::ByHand, state.good_since)
        };
        if tell {
            let age = now.duration_since(good_since).unwrap_or_default();
            warn!(
                target: "health_runtime::config",
                "the configuration was not reloaded; that of {age:.0?} ago stays in force:\n{error}",
            );
        }
    }

    /// Puts values into force, over the code of these entries that they were resolved with.
    ///
    /// # Errors
    ///
    /// What does not fit, as the code has changed in between; nothing has changed then.
    fn apply(&self, entries: &[Arc<Entry>], resolved: Resolved) -> Result<(), ConfigError> {
        let Resolved {
            gate,
            dependencies,
            newcomers,
            levels,
            origins,
        } = resolved;
        let plan_of = |entry: &Entry| {
            let plan = dependencies.get(entry.name().as_str());
            plan.unwrap_or(&newcomers)
        };
        // The one step that can fail comes first.
        give(entries.iter().map(|entry| (entry, plan_of(entry))))?;
        // Dependencies that are made from here on have them; those made before are among all.
        self.directory
            .set_newcomers(newcomers.operator.clone(), newcomers.tuning.0.clone());
        let mut late = self.directory.all();
        late.retain(|entry| entries.iter().all(|known| !Arc::ptr_eq(known, entry)));
        for entry in &late {
            give_or_warn(entry, &newcomers);
        }
        // A policy of the gate voids all proof of health: only for one that is another.
        if *self.gate.policy() != gate {
            self.gate.set_policy(gate);
        }
        for entry in entries {
            tune(entry, plan_of(entry));
        }
        self.hand_over(levels.map(Arc::from), origins.into());
        Ok(())
    }

    /// The one place where the levels of degradation, and the origins, are handed over.
    fn hand_over(&self, levels: Option<Arc<[LevelRule]>>, origins: Arc<[Origin]>) {
        let wanted = match &levels {
            Some(levels) => levels.iter().collect(),
            None => (*self.levels_in_code).clone(),
        };
        // Each of them is looked at anew when they are set: only when they are others.
        if wanted != *self.degradation.levels() {
            self.degradation.configure(wanted, &self.directory);
        }
        let mut state = self.state.lock();
        (state.levels, state.origins) = (levels, origins);
    }

    fn withdraw(&self) {
        let newcomer = Dependency::new("");
        self.directory
            .set_newcomers(Default::default(), newcomer.settings.clone());
        for entry in self.directory.all() {
            let known = self
                .code
                .dependencies
                .iter()
                .find(|known| known.name == entry.name().as_str());
            let settings = &known.unwrap_or(&newcomer).settings;
            let plan = Plan {
                tuning: Tuning(settings.clone()),
                ..Plan::default()
            };
            give_or_warn(&entry, &plan);
        }
        self.hand_over(None, Arc::default());
    }
}

/// Gives dependencies what operators say of their policies, all of them or none.
///
/// # Errors
///
/// What does not fit what the code says.
fn give<'e>(plans: impl Iterator<Item = (&'e Arc<Entry>, &'e Plan)>) -> Result<(), ConfigError> {
    let others = plans.filter(|(entry, plan)| entry.policies().operator != plan.operator);
    let said: Vec<Said> = others
        .map(|(entry, plan)| (Arc::clone(entry), plan.operator.clone()))
        .collect();
    revise_all(&said).map_err(|problems| {
        let problems = problems.into_iter().map(|(name, problem)| {
            let message = format!("`{name}` does not fit what the code says by now: {problem}");
            Problem::new(Place::Nowhere, message)
        });
        ConfigError(problems.collect())
    })
}

/// The same for one dependency by itself, where there is nobody to hand an error to.
fn give_or_warn(entry: &Arc<Entry>, plan: &Plan) {
    if let Err(error) = give(std::iter::once((entry, plan))) {
        warn!(target: "health_runtime::config", "left out: {error}");
    }
    tune(entry, plan);
}

/// Gives a dependency its settings.
fn tune(entry: &Entry, plan: &Plan) {
    let tuning = &plan.tuning.0;
    entry.tune(|settings| {
        settings.criticality = tuning.criticality;
        settings.evidence = tuning.evidence;
        settings.probe_every = tuning.probe_every;
        settings.probe_timeout = tuning.probe_timeout;
    });
}
