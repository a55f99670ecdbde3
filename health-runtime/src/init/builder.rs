//! What the application declares in code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracing::{info, warn};

use super::check::{self, InitError};
use super::guard::HealthGuard;
use crate::annotate::{ProbeSite, SiteInfo, SiteKind};
use crate::config;
use crate::degradation::Levels;
use crate::dependency::{Dependency, Evidence};
use crate::gate::{AuditSink, Claim, GatePolicy, OperationPolicy};
use crate::inventory;
use crate::probe::{Probe, ProbeFuture};
use crate::registry::{HealthRegistry, InvalidDependencies};
use crate::state::Criticality;

/// Collects what the application declares, and starts the runtime with it.
///
/// Made by [`builder`](crate::builder). With at least one declared dependency, every name that an
/// attribute mentions must be declared; with none, every name that is mentioned exists, critical,
/// with the defaults.
#[derive(Default)]
#[must_use = "a builder does nothing until `init().await`"]
pub struct Builder {
    registry: Option<HealthRegistry>,
    dependencies: Vec<Dependency>,
    gate: GatePolicy,
    operations: BTreeMap<String, OperationPolicy>,
    sinks: Vec<Arc<dyn AuditSink>>,
    levels: Option<Levels>,
    pub(super) config: config::Setup,
}

impl Builder {
    /// Declares a dependency.
    pub fn dependency(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// Sets what the gate needs to see.
    pub fn gate(mut self, policy: GatePolicy) -> Self {
        self.gate = policy;
        self
    }

    /// Sets what differs for one destructive function, by its name.
    pub fn operation(mut self, name: impl Into<String>, policy: OperationPolicy) -> Self {
        self.operations.insert(name.into(), policy);
        self
    }

    /// Sets the levels of degradation. Default none: everything is always normal.
    ///
    /// Every dependency that a rule names must be declared or, where none is, be mentioned by an
    /// attribute.
    ///
    /// # Examples
    ///
    /// See [`Levels`].
    pub fn degradation(mut self, levels: Levels) -> Self {
        self.levels = Some(levels);
        self
    }

    /// Adds a sink that gets every decision of the gate.
    pub fn audit(mut self, sink: impl AuditSink) -> Self {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Starts this registry. Default: that of the task's scope, else the global one.
    pub fn registry(mut self, registry: HealthRegistry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Checks everything, then starts the probes and opens the gate.
    ///
    /// Does not wait for the probes: a dependency that is down must not keep the service from
    /// starting. Until its first probe has succeeded, nothing destructive runs.
    ///
    /// # Errors
    ///
    /// [`InitError`], with all problems at once, when names do not match, values contradict
    /// themselves, this registry runs already, or there is no tokio runtime. Nothing is started
    /// then.
    ///
    /// # Cancel safety
    ///
    /// Nothing is awaited before everything is started, so that there is nothing to cancel.
    #[expect(
        clippy::unused_async,
        reason = "reading files and opening stores will need it"
    )]
    pub async fn init(self) -> Result<HealthGuard, InitError> {
        let registry = self
            .registry
            .clone()
            .unwrap_or_else(HealthRegistry::current);
        let sites: Vec<&'static SiteInfo> = inventory::call_sites();
        let probes: Vec<&'static ProbeSite> = inventory::probe_sites();
        let claim = registry.gate().claim();
        if claim.is_some() {
            // That of an earlier start: what this one says is laid over the code alone.
            registry.config().withdraw();
        }
        let mut problems = self.problems(&registry, &sites, &probes);
        let (loaded, wrong) = self.config.load(
            &self.gate,
            || self.in_code(&registry, &sites, &probes),
            || self.level_names(&registry),
            &sites,
            check::unknown_levels,
        );
        if wrong.is_empty() {
            let of_config = loaded.level_names();
            let levels = of_config.unwrap_or_else(|| self.level_names(&registry));
            let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
            problems.extend(check::unknown_levels(&sites, &levels));
        }
        problems.extend(wrong);
        if claim.is_none() {
            problems.push(
                "this registry runs already: `init()` is called once, and its guard kept"
                    .to_owned(),
            );
        }
        InitError::of(problems)?;
        claim.into_iter().for_each(Claim::keep);
        self.start(&registry, &sites, &probes, loaded);
        Ok(HealthGuard::new(registry))
    }

    fn problems(
        &self,
        registry: &HealthRegistry,
        sites: &[&'static SiteInfo],
        probes: &[&'static ProbeSite],
    ) -> Vec<String> {
        let mut found = Vec::new();
        if tokio::runtime::Handle::try_current().is_err() {
            found.push(
                "there is no tokio runtime here: call `health_runtime::init()` inside `#[tokio::main]`"
                    .to_owned(),
            );
        }
        found.extend(
            InvalidDependencies::check(&self.dependencies)
                .err()
                .map(|invalid| invalid.problems().to_vec())
                .unwrap_or_default(),
        );
        found.extend(
            self.gate
                .problems()
                .into_iter()
                .map(|problem| format!("gate: {problem}")),
        );

        let probe_infos: Vec<&SiteInfo> = probes.iter().map(|probe| probe.info()).collect();
        if !self.dependencies.is_empty() {
            let declared: Vec<&str> = self.dependencies.iter().map(|known| &*known.name).collect();
            let all: Vec<&SiteInfo> = sites.iter().chain(&probe_infos).copied().collect();
            found.extend(check::undeclared(&all, &declared));
        }
        let probed_in_code: Vec<&str> = self
            .dependencies
            .iter()
            .filter(|known| known.settings.probe.is_some())
            .map(|known| &*known.name)
            .collect();
        found.extend(check::double_probes(&probe_infos, &probed_in_code));

        let destructive: Vec<&SiteInfo> = sites
            .iter()
            .filter(|site| site.kind == SiteKind::Destructive)
            .copied()
            .collect();
        let named: Vec<&str> = self.operations.keys().map(String::as_str).collect();
        found.extend(check::unknown_operations(&destructive, &named));
        if let Some(levels) = &self.levels {
            let mut known = registry.directory().names();
            known.extend(self.dependencies.iter().map(|declared| &*declared.name));
            if self.dependencies.is_empty() {
                known.extend(mentioned(sites, probes));
            }
            found.extend(levels.problems());
            found.extend(levels.unknown_dependencies(&known));
        }
        found
    }

    /// The levels that there will be, as the code alone has them.
    fn level_names(&self, registry: &HealthRegistry) -> Vec<String> {
        match &self.levels {
            Some(levels) => levels.names(),
            None => registry.levels().levels().names(),
        }
    }

    /// Every dependency as the code alone has it: those of the registry, of this builder, of the
    /// attributes.
    fn in_code(
        &self,
        registry: &HealthRegistry,
        sites: &[&'static SiteInfo],
        probes: &[&'static ProbeSite],
    ) -> Vec<Dependency> {
        let mut known: BTreeMap<String, Dependency> = BTreeMap::new();
        for entry in registry.directory().all() {
            let mut dependency = Dependency::new(entry.name().as_str());
            dependency.settings = entry.settings();
            dependency.policies = (*entry.policies()).clone();
            known.insert(dependency.name.clone(), dependency);
        }
        for declared in &self.dependencies {
            known.insert(declared.name.clone(), declared.clone());
        }
        if self.dependencies.is_empty() && !registry.directory().is_declared() {
            for name in mentioned(sites, probes) {
                let new = || Dependency::new(name);
                known.entry(name.to_owned()).or_insert_with(new);
            }
        }
        let mut known: Vec<Dependency> = known.into_values().collect();
        for Dependency { name, settings, .. } in &mut known {
            let probe = annotated_probe(name, probes).filter(|_| settings.probe.is_none());
            if let Some(probe) = probe {
                settings.probe_every = probe.every().unwrap_or(settings.probe_every);
                settings.probe_timeout = probe.timeout().unwrap_or(settings.probe_timeout);
            }
        }
        known
    }

    fn start(
        self,
        registry: &HealthRegistry,
        sites: &[&'static SiteInfo],
        probes: &[&'static ProbeSite],
        loaded: config::Loaded,
    ) {
        // The gate's settle times first: every entry made below takes them over.
        registry.gate().set_policy(self.gate);
        for dependency in self.dependencies {
            registry.declare(dependency);
        }
        if !registry.directory().is_declared() {
            for name in mentioned(sites, probes) {
                registry.directory().get_or_create(name);
            }
        }
        // Those that the registry was made with too: an open breaker waits for its probe.
        for entry in registry.directory().all() {
            if let Some(probe) = annotated_probe(entry.name().as_str(), probes)
                && entry.give_probe(Annotated(probe))
            {
                entry.pace_probe(probe.every(), probe.timeout());
            }
        }
        // Over all that the code says, and before the first probe runs.
        if let Some(levels) = self.levels {
            registry.set_levels(levels);
        }
        let (directory, gate) = (registry.directory(), registry.gate());
        registry
            .config()
            .install(loaded, directory, gate, registry.levels());
        for entry in directory.all() {
            if entry.settings().probe.is_some() {
                registry.start_loop(&entry);
            }
        }
        registry.gate().set_operation_policies(self.operations);
        registry.gate().set_sinks(self.sinks);
        registry.monitor().start_ticker(registry.directory());
        registry.gate().set_started(true);
        warn_of_blind_spots(registry, sites);
        info!(
            target: "health_runtime",
            "health_runtime {} ready: {} dependencies, {} destructive operations",
            env!("CARGO_PKG_VERSION"),
            registry.directory().all().len(),
            sites.iter().filter(|site| site.kind == SiteKind::Destructive).count(),
        );
    }
}

/// Every name that an attribute mentions.
fn mentioned(sites: &[&'static SiteInfo], probes: &[&'static ProbeSite]) -> BTreeSet<&'static str> {
    let infos = sites
        .iter()
        .copied()
        .chain(probes.iter().map(|probe| probe.info()));
    infos.flat_map(|site| site.deps).copied().collect()
}

fn annotated_probe(dependency: &str, probes: &[&'static ProbeSite]) -> Option<&'static ProbeSite> {
    let mut probes = probes.iter().copied();
    probes.find(|probe| probe.info().deps.contains(&dependency))
}

/// A `#[probe]` function.
struct Annotated(&'static ProbeSite);

impl Probe for Annotated {
    fn check(&self) -> ProbeFuture<'_> {
        self.0.run()
    }
}

/// Says which destructive functions will wait for traffic, as nothing probes what they need.
fn warn_of_blind_spots(registry: &HealthRegistry, sites: &[&'static SiteInfo]) {
    let destructive: Vec<&SiteInfo> = sites
        .iter()
        .filter(|site| site.kind == SiteKind::Destructive)
        .copied()
        .collect();
    for entry in registry.directory().all() {
        let settings = entry.settings();
        let name = entry.name().as_str();
        let is_blind = settings.probe.is_none() && settings.evidence == Evidence::Proof;
        let relying: Vec<&str> = destructive
            .iter()
            .filter(|site| {
                settings.criticality == Criticality::Critical || site.deps.contains(&name)
            })
            .map(|site| site.name)
            .collect();
        if is_blind && !relying.is_empty() {
            warn!(
                target: "health_runtime::gate",
                "{name} has no probe: {relying:?} will be denied unless traffic has just succeeded; \
                 add `#[probe(dep = \"{name}\")]`",
            );
        }
    }
    if !destructive.is_empty() && registry.directory().critical().is_empty() {
        let blind: Vec<&str> = destructive
            .iter()
            .filter(|site| site.deps.is_empty())
            .map(|site| site.name)
            .collect();
        if !blind.is_empty() {
            warn!(
                target: "health_runtime::gate",
                "no dependency is critical: {blind:?} have nothing that could prove them safe, and \
                 will be denied",
            );
        }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("dependencies", &self.dependencies)
            .field("gate", &self.gate)
            .field("operations", &self.operations)
            .field("sinks", &self.sinks.len())
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}
