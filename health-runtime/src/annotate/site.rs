//! What an attribute leaves behind at the place it stands on: a static that registers itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing::warn;

use crate::bulkhead::{Bulkhead, BulkheadPolicy};
use crate::call::Retries;
use crate::circuit::Timeout;
use crate::dependency::Entry;
use crate::gate::{Budget, Declared, Gate, Operation};
use crate::probe::ProbeFuture;
use crate::registry::HealthRegistry;
use crate::state::DependencyState;

/// Which attribute a function carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SiteKind {
    /// `#[guarded]`
    Guarded,
    /// `#[destructive]`
    Destructive,
    /// `#[probe]`
    Probe,
}

/// Where an attribute stands and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteInfo {
    /// Which attribute it is.
    pub kind: SiteKind,
    /// The name of the function.
    pub name: &'static str,
    /// The path of the module.
    pub module: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
    /// The dependencies it names.
    pub deps: &'static [&'static str],
    /// Its other arguments. Elsewhere: most say nothing more, and share it.
    options: &'static SiteOptions,
}

/// What most attributes say beside their dependencies.
static NO_OPTIONS: SiteOptions = SiteOptions::said("");

impl SiteInfo {
    /// Creates a description. Called by the attributes.
    #[must_use]
    pub const fn new(
        kind: SiteKind,
        name: &'static str,
        module: &'static str,
        (file, line): (&'static str, u32),
        deps: &'static [&'static str],
    ) -> Self {
        Self {
            kind,
            name,
            module,
            file,
            line,
            deps,
            options: &NO_OPTIONS,
        }
    }

    /// Adds the other arguments. Called by the attributes.
    #[must_use]
    pub const fn with(mut self, options: &'static SiteOptions) -> Self {
        self.options = options;
        self
    }

    /// Its arguments beside the dependencies, as text.
    #[must_use]
    pub const fn arguments(&self) -> &'static str {
        self.options.text
    }

    /// The kind of call it makes, if it says.
    #[must_use]
    pub const fn role(&self) -> Option<&'static str> {
        self.options.role
    }

    /// The degradation level from which on its calls are shed, if it says one.
    #[must_use]
    pub const fn level(&self) -> Option<&'static str> {
        self.options.level
    }
}

/// What an attribute says beside its dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteOptions {
    /// All of it, as text. What `#[destructive]` and `#[probe]` say is nowhere else.
    pub text: &'static str,
    /// `timeout`
    pub timeout: Timeout,
    /// `attempts` and `backoff`
    pub retries: Retries,
    /// `shed`
    pub shed: Option<DependencyState>,
    /// `level`
    pub level: Option<&'static str>,
    /// `role`
    pub role: Option<&'static str>,
    /// `bulkhead`
    pub bulkhead: Option<u32>,
}

impl SiteOptions {
    /// Says what has yet to be taken from this text.
    #[must_use]
    pub const fn said(text: &'static str) -> Self {
        Self {
            text,
            timeout: Timeout::OfPolicy,
            retries: Retries::NONE,
            shed: None,
            level: None,
            role: None,
            bulkhead: None,
        }
    }

    /// Says `timeout`.
    #[must_use]
    pub const fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }

    /// Says `attempts` and `backoff`.
    #[must_use]
    pub const fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Says `shed`.
    #[must_use]
    pub const fn shed(mut self, shed: DependencyState) -> Self {
        self.shed = Some(shed);
        self
    }

    /// Says `level`.
    #[must_use]
    pub const fn level(mut self, level: &'static str) -> Self {
        self.level = Some(level);
        self
    }

    /// Says `role`.
    #[must_use]
    pub const fn role(mut self, role: &'static str) -> Self {
        self.role = Some(role);
        self
    }

    /// Says `bulkhead`.
    #[must_use]
    pub const fn bulkhead(mut self, bulkhead: u32) -> Self {
        self.bulkhead = Some(bulkhead);
        self
    }
}

/// A `#[guarded]` function that depends on `N` dependencies.
#[derive(Debug)]
pub struct Site<const N: usize> {
    info: SiteInfo,
    /// The entries of the global registry, found once.
    entries: OnceLock<[Arc<Entry>; N]>,
    /// The cap on the calls of this function, for calls in the global registry.
    bulkhead: OnceLock<Arc<Bulkhead>>,
    advised: AtomicBool,
}

impl<const N: usize> Site<N> {
    /// Creates a site. Called by the attribute.
    ///
    /// # Panics
    ///
    /// At compile time, when `N` is not the number of dependencies.
    #[must_use]
    pub const fn new(info: SiteInfo) -> Self {
        assert!(info.deps.len() == N, "one slot for each dependency");
        Self {
            info,
            entries: OnceLock::new(),
            bulkhead: OnceLock::new(),
            advised: AtomicBool::new(false),
        }
    }

    /// Returns where the attribute stands and what it says.
    #[must_use]
    pub const fn info(&'static self) -> &'static SiteInfo {
        &self.info
    }

    pub(super) const fn options(&self) -> &'static SiteOptions {
        self.info.options
    }

    /// The cap on the calls of this function, in the global registry.
    pub(super) fn bulkhead(&self) -> Option<Arc<Bulkhead>> {
        let size = self.options().bulkhead?;
        let bulkhead = || Bulkhead::new(BulkheadPolicy::new(size));
        Some(Arc::clone(self.bulkhead.get_or_init(bulkhead)))
    }

    /// The cap on the calls of this function, in another registry.
    pub(super) fn bulkhead_in(&self, registry: &HealthRegistry) -> Option<Arc<Bulkhead>> {
        let size = self.options().bulkhead?;
        let site = std::ptr::from_ref(self).addr();
        Some(registry.bulkhead_of(site, || Bulkhead::new(BulkheadPolicy::new(size))))
    }

    /// The entries of the global registry, if they have been looked up before.
    #[inline(always)]
    pub(super) fn known(&self) -> Option<&[Arc<Entry>; N]> {
        self.entries.get()
    }

    pub(super) fn resolve(&self) -> &[Arc<Entry>; N] {
        match self.known() {
            Some(entries) => entries,
            None => self.look_up(),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self) -> &[Arc<Entry>; N] {
        let directory = HealthRegistry::global().directory();
        self.entries.get_or_init(|| {
            std::array::from_fn(|index| directory.get_or_create(self.info.deps[index]))
        })
    }

    pub(super) fn resolve_in(&self, registry: &HealthRegistry) -> Vec<Arc<Entry>> {
        let deps = self.info.deps.iter();
        deps.map(|name| registry.entry_or_warn(name)).collect()
    }

    /// Says, once, that nobody could be blamed for an error of several dependencies.
    pub(super) fn advise(&self) {
        if !self.advised.swap(true, Ordering::Relaxed) {
            let SiteInfo {
                name,
                file,
                line,
                deps,
                ..
            } = self.info;
            warn!(
                target: "health_runtime::blame",
                "{name} ({file}:{line}) failed, and nothing says which of {deps:?} is to blame: all are \
                 degraded, none is counted towards a trip; implement `Classify` for its error and \
                 name the dependency there",
            );
        }
    }
}

/// A `#[destructive]` function.
#[derive(Debug)]
pub struct OperationSite {
    info: SiteInfo,
    budget: Option<Budget>,
    /// What the global registry keeps of it, found once.
    operation: OnceLock<Arc<Operation>>,
}

impl OperationSite {
    /// Creates a site. Called by the attribute.
    #[must_use]
    pub const fn new(info: SiteInfo, budget: Option<Budget>) -> Self {
        Self {
            info,
            budget,
            operation: OnceLock::new(),
        }
    }

    /// Returns where the attribute stands and what it says.
    #[must_use]
    pub const fn info(&'static self) -> &'static SiteInfo {
        &self.info
    }

    pub(super) fn in_global(&self, gate: &Gate) -> &Arc<Operation> {
        self.operation.get_or_init(|| self.in_gate(gate))
    }

    pub(super) fn in_gate(&self, gate: &Gate) -> Arc<Operation> {
        let info = self.info;
        gate.operation(Declared {
            name: info.name,
            module: info.module,
            file: info.file,
            line: info.line,
            deps: info.deps,
            options: info.arguments(),
            budget: self.budget,
        })
    }
}

/// A `#[probe]` function.
#[derive(Debug)]
pub struct ProbeSite {
    info: SiteInfo,
    every: Option<Duration>,
    timeout: Option<Duration>,
    run: fn() -> ProbeFuture<'static>,
}

impl ProbeSite {
    /// Creates a site. Called by the attribute.
    #[must_use]
    pub const fn new(
        info: SiteInfo,
        every: Option<Duration>,
        timeout: Option<Duration>,
        run: fn() -> ProbeFuture<'static>,
    ) -> Self {
        Self {
            info,
            every,
            timeout,
            run,
        }
    }

    /// Returns where the attribute stands and what it says.
    #[must_use]
    pub const fn info(&'static self) -> &'static SiteInfo {
        &self.info
    }

    pub(crate) const fn every(&self) -> Option<Duration> {
        self.every
    }

    pub(crate) const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn run(&self) -> ProbeFuture<'static> {
        (self.run)()
    }
}

/// A site in the inventory.
#[derive(Debug, Clone, Copy)]
pub enum Registration {
    /// A `#[guarded]` or `#[destructive]` function.
    Call(&'static SiteInfo),
    /// A `#[probe]` function.
    Probe(&'static ProbeSite),
}

impl Registration {
    pub(crate) const fn info(self) -> &'static SiteInfo {
        match self {
            Self::Call(info) => info,
            Self::Probe(site) => site.info(),
        }
    }
}

::inventory::collect!(Registration);
