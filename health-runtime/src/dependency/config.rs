//! What the application says of a dependency.

use std::sync::Arc;
use std::time::Duration;

use crate::breaker::BreakerPolicy;
use crate::classify::HttpStatuses;
use crate::policy::{Place, Policies, Policy, PolicyPatch};
use crate::probe::Probe;
use crate::state::Criticality;

/// Declares a dependency: how critical it is, when its breaker trips, how it is probed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{BreakerPolicy, Criticality, Dependency};
/// use health_runtime::probe::TcpProbe;
///
/// let search = Dependency::new("search")
///     .criticality(Criticality::Medium)
///     .breaker(BreakerPolicy { consecutive: Some(3), ..BreakerPolicy::default() })
///     .probe(TcpProbe::new("127.0.0.1:9200").send("PING\n").expect("PONG"))
///     .probe_every(Duration::from_secs(2));
/// # let _ = search;
/// ```
#[derive(Clone)]
#[must_use = "a dependency does nothing until it is given to a builder"]
pub struct Dependency {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) policies: Policies,
}

/// What counts as proof that a dependency is healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Evidence {
    /// A fresh success of a call or a probe. The default.
    #[default]
    Proof,
    /// A closed breaker. Weaker: closed says that nothing has failed lately, which is also true
    /// of a dependency that nobody has called.
    State,
}

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) criticality: Criticality,
    /// The application has declared its dependencies, and not this one, which somebody calls all the
    /// same. It has to be proven healthy as the others, and naming it declares nothing.
    pub(crate) is_stray: bool,
    pub(crate) evidence: Evidence,
    pub(crate) probe: Option<Arc<dyn Probe>>,
    pub(crate) probe_every: Duration,
    pub(crate) probe_timeout: Duration,
    pub(crate) http_statuses: HttpStatuses,
    /// How many keys and roles have a breaker of their own.
    pub(crate) max_keys: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            criticality: Criticality::default(),
            is_stray: false,
            evidence: Evidence::default(),
            probe: None,
            probe_every: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(1),
            http_statuses: HttpStatuses::default(),
            max_keys: 10_000,
        }
    }
}

impl Dependency {
    /// Declares a dependency with the defaults: critical, [`Policy::default`], no probe.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            settings: Settings::default(),
            policies: Policies::default(),
        }
    }

    /// Sets how critical it is. Default [`Criticality::Critical`].
    pub fn criticality(mut self, criticality: Criticality) -> Self {
        self.settings.criticality = criticality;
        self
    }

    /// Sets when its breaker trips and how it heals.
    pub fn breaker(mut self, policy: BreakerPolicy) -> Self {
        self.policies.own.breaker = policy;
        self
    }

    /// Sets everything that can be tuned: breaker, timeout, retries, bulkhead.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.own = policy;
        self
    }

    /// Sets what differs for one key: a host, a tenant.
    pub fn key(self, key: &str, patch: PolicyPatch) -> Self {
        self.patch(Some(key), None, &patch)
    }

    /// Sets what differs for one kind of call, as `role = "..."` names it.
    pub fn role(self, role: &str, patch: PolicyPatch) -> Self {
        self.patch(None, Some(role), &patch)
    }

    /// Sets what differs for one kind of call with one key.
    pub fn key_role(self, key: &str, role: &str, patch: PolicyPatch) -> Self {
        self.patch(Some(key), Some(role), &patch)
    }

    /// Sets how many keys and roles may have a breaker of their own at the same time. Default 10,000,
    /// some 420 bytes each with a short key, and more for the text of a last error.
    ///
    /// Beyond it one is forgotten for each that comes: first those that remember nothing, the longest
    /// unused before the others, then those with failures, and open ones last. A breaker in use by a
    /// call is never forgotten; when all are, a new key has one for that call only.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Dependency;
    ///
    /// let tenants = Dependency::new("billing").max_keys(500);
    /// # let _ = tenants;
    /// ```
    pub fn max_keys(mut self, keys: u32) -> Self {
        self.settings.max_keys = keys;
        self
    }

    fn patch(mut self, key: Option<&str>, role: Option<&str>, patch: &PolicyPatch) -> Self {
        let place = Place {
            key: key.map(str::to_owned),
            role: role.map(str::to_owned),
        };
        let known = self.policies.patches.entry(place).or_default();
        *known = std::mem::take(known).under(patch);
        self
    }

    /// Sets the probe: what the background loop runs, and the gate when its evidence is stale.
    pub fn probe(mut self, probe: impl Probe) -> Self {
        self.settings.probe = Some(Arc::new(probe));
        self
    }

    /// Sets how often the probe runs while the dependency is healthy. Default 5 s.
    pub fn probe_every(mut self, every: Duration) -> Self {
        self.settings.probe_every = every;
        self
    }

    /// Sets how long a probe may take; past it, it counts as failed. Default 1 s.
    pub fn probe_timeout(mut self, timeout: Duration) -> Self {
        self.settings.probe_timeout = timeout;
        self
    }

    /// Sets which HTTP statuses count against it, for errors that tell one. Default
    /// [`HttpStatuses::default`].
    pub fn http_statuses(mut self, statuses: HttpStatuses) -> Self {
        self.settings.http_statuses = statuses;
        self
    }

    /// Sets what the gate takes for proof of health. Default [`Evidence::Proof`].
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.settings.evidence = evidence;
        self
    }

    /// Says what is wrong with the values, each problem as one fragment.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut found = self.policies.problems();
        if self.name.trim().is_empty() {
            found.push("the name must not be blank".into());
        }
        if self.settings.probe_every.is_zero() {
            found.push("probe_every must be longer than zero, got 0ns".into());
        }
        if self.settings.probe_timeout.is_zero() {
            found.push("probe_timeout must be longer than zero, got 0ns".into());
        }
        found.extend(self.settings.http_statuses.problems());
        if self.settings.max_keys == 0 {
            found.push("max_keys must be at least 1, got 0: no key could have a breaker".into());
        }
        found
    }
}

impl std::fmt::Debug for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dependency")
            .field("name", &self.name)
            .field("criticality", &self.settings.criticality)
            .field("policies", &self.policies)
            .field("has_probe", &self.settings.probe.is_some())
            .field("probe_every", &self.settings.probe_every)
            .field("probe_timeout", &self.settings.probe_timeout)
            .field("http_statuses", &self.settings.http_statuses)
            .finish()
    }
}
