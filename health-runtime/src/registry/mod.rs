//! The registry: name to dependency, and everything that is asked of them together.
//!
//! - [`builder`]: how one is made
//! - [`scope`]: which one is the present one
//! - [`call`]: the form without annotations
//! - `configured`: the configuration by operators (feature `config`)
//! - [`degradation`]: how far the service is from normal
//! - [`keys`]: what is asked and done about single keys
//! - [`unknown`]: a name that no dependency has
//! - [`update`]: another policy while the service runs
//!
//! A registry is a plain value. The global one, in [`scope`], is the only global state of this
//! crate beside the table of names.

mod builder;
mod call;
#[cfg(feature = "config")]
mod configured;
mod degradation;
mod keys;
pub(crate) mod scope;
#[cfg(test)]
mod tests;
mod unknown;
mod update;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tracing::warn;

pub use self::builder::{InvalidDependencies, RegistryBuilder};
pub use self::degradation::degradation;
pub use self::scope::{InCurrentRegistry, Scope};
use self::unknown::AskedInVain;
pub use self::unknown::UnknownDependency;
pub use self::update::UpdateError;
use crate::breaker::Override;
use crate::bulkhead::{Bulkhead, BulkheadState};
use crate::circuit::Context;
use crate::config;
use crate::degradation::{Degradation, Levels};
use crate::dependency::{Dependency, DependencyHealth, Directory, Entry, SystemHealth};
use crate::fallback::{self, FallbackCounts};
use crate::fault::Faults;
use crate::gate::{Declared, Gate, Operation, OperationCounts, OperationPolicy, Verdict};
use crate::inventory::{self, SiteKind};
use crate::monitor::Monitor;
use crate::outcome::{Failure, FailureKind, Report};
use crate::retry::RetryBudgetLevel;
use crate::state::DependencyState;
use crate::sync::Mutex;

/// All dependencies of a service, with their breakers, their probes and the gate over them.
///
/// A plain value: `clone` gives another handle to the same registry. Annotated functions use the
/// one of the task's [`scope`](Self::scope), else the [global](Self::global) one.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyState, HealthRegistry};
///
/// let registry = HealthRegistry::new();
/// registry.record_failure("redis", "connection refused");
/// assert_eq!(registry.get_state("redis").unwrap(), DependencyState::Degraded);
/// registry.record_success("redis");
/// assert_eq!(registry.get_state("redis").unwrap(), DependencyState::Healthy);
/// ```
#[derive(Clone)]
pub struct HealthRegistry {
    inner: Arc<Inner>,
}

struct Inner {
    directory: Arc<Directory>,
    degradation: Arc<Degradation>,
    gate: Arc<Gate>,
    monitor: Monitor,
    faults: Arc<Faults>,
    fallbacks: fallback::Ledger,
    /// The caps of annotated functions, by the address of their sites, where this is not the global
    /// registry.
    bulkheads: Mutex<HashMap<usize, Arc<Bulkhead>>>,
    asked_in_vain: AskedInVain,
    /// The unknown levels that functions were to be shed from.
    levels_in_vain: AskedInVain,
    config: config::Slot,
}

impl HealthRegistry {
    /// Creates an empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Context::new(None, None))
    }

    /// Creates a registry with a clock, a seed or dependencies of its own.
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }

    fn with(context: Context) -> Self {
        let degradation = Arc::new(Degradation::new(context.now()));
        let directory = Arc::new(Directory::new(Arc::new(context)));
        let gate = Arc::new(Gate::new(Arc::clone(&directory)));
        let inner = Inner {
            directory,
            degradation,
            gate,
            monitor: Monitor::default(),
            faults: Arc::default(),
            fallbacks: fallback::Ledger::default(),
            bulkheads: Mutex::default(),
            asked_in_vain: AskedInVain::default(),
            levels_in_vain: AskedInVain::default(),
            config: config::Slot::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the registry that annotated functions use outside of any scope.
    #[must_use]
    pub fn global() -> &'static Self {
        scope::global()
    }

    /// Returns the registry that an annotated function would use here: that of the task's scope,
    /// else the global one.
    #[must_use]
    pub fn current() -> Self {
        scope::scoped().unwrap_or_else(|| scope::global().clone())
    }

    /// Runs a future with this registry as the present one.
    ///
    /// Holds for what the future calls and awaits. A task of its own (`tokio::spawn`) needs
    /// [`in_current_registry`](InCurrentRegistry::in_current_registry).
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        Scope::new(self.clone(), future)
    }

    fn known(&self, dependency: &str) -> Result<Arc<Entry>, UnknownDependency> {
        let directory = &self.inner.directory;
        directory
            .get(dependency)
            .ok_or_else(|| UnknownDependency::new(dependency, &directory.names()))
    }

    /// Returns the entry of this name, for a call; makes one if there is none, with a warning when
    /// the application has declared its dependencies.
    pub(crate) fn entry_or_warn(&self, dependency: &str) -> Arc<Entry> {
        let directory = &self.inner.directory;
        if let Some(entry) = directory.get(dependency) {
            return entry;
        }
        if directory.is_declared() {
            let unknown = UnknownDependency::new(dependency, &directory.names());
            let text = unknown.with("it was not declared, and is used with the defaults");
            warn!(target: "health_runtime::registry", "{text}");
        }
        directory.get_or_create(dependency)
    }

    /// Returns the entry of this name, for a question, which never makes one; warns once of a name
    /// that is missing when the application has declared its dependencies.
    pub(crate) fn entry_if_known(&self, dependency: &str) -> Option<Arc<Entry>> {
        let directory = &self.inner.directory;
        let entry = directory.get(dependency);
        if entry.is_none()
            && directory.is_declared()
            && self.inner.asked_in_vain.is_first(dependency)
        {
            let unknown = UnknownDependency::new(dependency, &directory.names());
            let text = unknown.with("it was not declared, and counts as healthy for whoever asks");
            warn!(target: "health_runtime::registry", "{text}");
        }
        entry
    }

    /// Returns how a dependency is doing, in one word.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn get_state(&self, dependency: &str) -> Result<DependencyState, UnknownDependency> {
        self.health(dependency).map(|health| health.state)
    }

    /// Overrides how a dependency is doing, until the override expires.
    ///
    /// `Unhealthy` refuses all calls, `Healthy` and `Degraded` let all pass. None of them is proof
    /// to the gate, which denies until health has been shown again after the override.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn set_state(
        &self,
        dependency: &str,
        state: DependencyState,
        why: Override,
    ) -> Result<(), UnknownDependency> {
        self.known(dependency)?.force(state, why);
        Ok(())
    }

    /// Refuses all calls until the override expires. Unlike look-ups, this also takes a name that
    /// has not been called yet, unless the application has declared its dependencies.
    ///
    /// # Errors
    ///
    /// When the application has declared its dependencies and none has this name.
    pub fn force_open(&self, dependency: &str, why: Override) -> Result<(), UnknownDependency> {
        self.operable(dependency)?
            .force(DependencyState::Unhealthy, why);
        Ok(())
    }

    /// Lets all calls pass, whatever happens to them, until the override expires.
    ///
    /// # Errors
    ///
    /// As [`force_open`](Self::force_open).
    pub fn force_closed(&self, dependency: &str, why: Override) -> Result<(), UnknownDependency> {
        self.operable(dependency)?
            .force(DependencyState::Healthy, why);
        Ok(())
    }

    /// Ends any override, closes the breaker and forgets its failures and its backoff.
    ///
    /// Nothing is proven by that: the gate denies until there is fresh evidence.
    ///
    /// # Errors
    ///
    /// As [`force_open`](Self::force_open).
    pub fn reset(&self, dependency: &str, why: Override) -> Result<(), UnknownDependency> {
        self.operable(dependency)?.reset(why);
        Ok(())
    }

    fn operable(&self, dependency: &str) -> Result<Arc<Entry>, UnknownDependency> {
        match self.known(dependency) {
            Err(unknown) if self.inner.directory.is_declared() => Err(unknown),
            _ => Ok(self.inner.directory.get_or_create(dependency)),
        }
    }

    /// Records a success that happened outside of any guarded call.
    ///
    /// Counts while the breaker is closed, and as a trial once its cooldown is over.
    pub fn record_success(&self, dependency: &str) {
        self.entry_or_warn(dependency).report(Report::Success);
    }

    /// Records a failure that happened outside of any guarded call. `message` is what people read.
    pub fn record_failure(&self, dependency: &str, message: &str) {
        let failure = Failure::new(FailureKind::Error, message.to_owned());
        self.entry_or_warn(dependency)
            .report(Report::Failure(failure));
    }

    /// Returns how a dependency is doing, as a snapshot.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn health(&self, dependency: &str) -> Result<DependencyHealth, UnknownDependency> {
        self.known(dependency).map(|entry| entry.health())
    }

    /// Returns how every dependency is doing, by name.
    #[must_use]
    pub fn snapshot(&self) -> Vec<DependencyHealth> {
        self.inner
            .directory
            .all()
            .iter()
            .map(|entry| entry.health())
            .collect()
    }

    /// Returns how the system as a whole is doing: the worst critical dependency decides, the
    /// others can degrade it and no more.
    #[must_use]
    pub fn system(&self) -> SystemHealth {
        SystemHealth::of(self.snapshot())
    }

    /// Says in numbers why the breaker of a dependency has or has not tripped.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::HealthRegistry;
    ///
    /// let registry = HealthRegistry::new();
    /// registry.record_failure("redis", "connection refused");
    /// let why = registry.explain("redis").unwrap();
    /// assert!(why.contains("1 of 5 failures in a row"), "{why}");
    /// ```
    pub fn explain(&self, dependency: &str) -> Result<String, UnknownDependency> {
        self.known(dependency).map(|entry| entry.explain())
    }

    /// Returns how often the gate decided what, for every destructive operation it was asked for.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationCounts> {
        self.inner.gate.counts()
    }

    /// Asks the gate what it would say to a destructive function now: without a permit, a budget or
    /// a record, but with the probes that a real question would run. The function is given by its
    /// name; `None` if no `#[destructive]` function of the program has it.
    pub async fn verdict(&self, operation: &str) -> Option<Verdict> {
        let mut sites = inventory::sites().into_iter();
        let site =
            sites.find(|site| site.kind == SiteKind::Destructive && site.name == operation)?;
        let now = self.inner.directory.context().now();
        let declared = Declared {
            name: site.name,
            module: site.module,
            file: site.file,
            line: site.line,
            deps: site.deps,
            options: site.arguments(),
            budget: None,
        };
        // One for this question alone: the real one has a budget, and counters.
        let operation = Operation::new(declared, OperationPolicy::default(), now);
        Some(self.inner.gate.preview(&operation).await)
    }

    /// Returns how often the fallback of each function was asked, and had an answer. Functions whose
    /// fallback was never asked are not in it.
    #[must_use]
    pub fn fallbacks(&self) -> Vec<FallbackCounts> {
        self.inner.fallbacks.counts()
    }

    /// Returns what is left of the retry budget of a dependency; `None` if it has no limit.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn retry_budget(
        &self,
        dependency: &str,
    ) -> Result<Option<RetryBudgetLevel>, UnknownDependency> {
        let entry = self.known(dependency)?;
        let now = entry.context().now();
        let budget = entry.policy().retry.budget;
        Ok(budget.map(|budget| entry.retries().level(budget, now)))
    }

    /// Returns how full the bulkhead of a dependency is; `None` if it has none.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn bulkhead(&self, dependency: &str) -> Result<Option<BulkheadState>, UnknownDependency> {
        let entry = self.known(dependency)?;
        Ok(entry.bulkhead().map(|bulkhead| bulkhead.state()))
    }

    pub(crate) fn fallbacks_of(&self) -> &fallback::Ledger {
        &self.inner.fallbacks
    }

    pub(crate) fn bulkhead_of(
        &self,
        site: usize,
        make: impl FnOnce() -> Arc<Bulkhead>,
    ) -> Arc<Bulkhead> {
        let mut bulkheads = self.inner.bulkheads.lock();
        Arc::clone(bulkheads.entry(site).or_insert_with(make))
    }

    pub(crate) fn declare(&self, dependency: Dependency) -> Arc<Entry> {
        self.inner.directory.declare(dependency)
    }

    pub(crate) fn set_levels(&self, levels: Levels) {
        let Inner {
            directory,
            degradation,
            ..
        } = &*self.inner;
        degradation.configure(levels, directory);
    }

    pub(crate) fn levels(&self) -> &Arc<Degradation> {
        &self.inner.degradation
    }

    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.inner.directory
    }

    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.inner.gate
    }

    pub(crate) fn monitor(&self) -> &Monitor {
        &self.inner.monitor
    }

    pub(crate) fn config(&self) -> &config::Slot {
        &self.inner.config
    }

    pub(crate) fn faults(&self) -> &Arc<Faults> {
        &self.inner.faults
    }

    pub(crate) fn start_loop(&self, entry: &Arc<Entry>) {
        self.inner.monitor.start_loop(entry);
    }
}

impl Default for HealthRegistry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HealthRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthRegistry")
            .field("dependencies", &self.inner.directory.names())
            .finish_non_exhaustive()
    }
}
