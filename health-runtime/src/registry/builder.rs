//! How a registry is made.

use std::sync::Arc;

use super::HealthRegistry;
use crate::circuit::Context;
use crate::clock::Clock;
use crate::degradation::Levels;
use crate::dependency::Dependency;

/// Makes a [`HealthRegistry`] with a clock, a seed and dependencies of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::clock::ManualClock;
/// use health_runtime::{Criticality, Dependency, HealthRegistry};
///
/// let registry = HealthRegistry::builder()
///     .clock(ManualClock::new())
///     .seed(7)
///     .dependency(Dependency::new("search").criticality(Criticality::Low))
///     .build()
///     .unwrap();
/// assert_eq!(registry.health("search").unwrap().criticality, Criticality::Low);
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct RegistryBuilder {
    clock: Option<Arc<dyn Clock>>,
    seed: Option<u64>,
    dependencies: Vec<Dependency>,
    levels: Option<Levels>,
}

impl RegistryBuilder {
    /// Sets the clock. Default: tokio's, which tests can pause.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Makes jitter repeatable.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Declares a dependency.
    pub fn dependency(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// Sets the levels of degradation. Default none: everything is always normal.
    ///
    /// With at least one declared dependency, every name that a rule mentions must be declared.
    pub fn degradation(mut self, levels: Levels) -> Self {
        self.levels = Some(levels);
        self
    }

    /// Makes the registry.
    ///
    /// # Errors
    ///
    /// All problems of all dependencies and levels, each with the name of the dependency or level.
    pub fn build(self) -> Result<HealthRegistry, InvalidDependencies> {
        let mut found = InvalidDependencies::check(&self.dependencies)
            .map_or_else(|InvalidDependencies(found)| found, |()| Vec::new());
        if let Some(levels) = &self.levels {
            found.extend(levels.problems());
            let declared: Vec<&str> = self.dependencies.iter().map(|known| &*known.name).collect();
            if !declared.is_empty() {
                found.extend(levels.unknown_dependencies(&declared));
            }
        }
        if !found.is_empty() {
            return Err(InvalidDependencies(found));
        }
        let registry = HealthRegistry::with(Context::new(self.clock, self.seed));
        for dependency in self.dependencies {
            registry.declare(dependency);
        }
        self.levels
            .into_iter()
            .for_each(|levels| registry.set_levels(levels));
        Ok(registry)
    }
}

impl std::fmt::Debug for RegistryBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryBuilder")
            .field("seed", &self.seed)
            .field("dependencies", &self.dependencies)
            .finish_non_exhaustive()
    }
}

/// Dependencies were declared with values that contradict themselves, or twice, or levels of
/// degradation with rules that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDependencies(Vec<String>);

impl InvalidDependencies {
    pub(crate) fn check(dependencies: &[Dependency]) -> Result<(), Self> {
        let mut found = Vec::new();
        for (index, dependency) in dependencies.iter().enumerate() {
            let name = &dependency.name;
            let problems = dependency.problems();
            found.extend(
                problems
                    .into_iter()
                    .map(|problem| format!("dependency `{name}`: {problem}")),
            );
            if dependencies[..index]
                .iter()
                .any(|earlier| earlier.name == *name)
            {
                found.push(format!(
                    "dependency `{name}`: declared twice; put everything into one declaration"
                ));
            }
        }
        if found.is_empty() {
            Ok(())
        } else {
            Err(Self(found))
        }
    }

    /// Returns the problems, each as one line.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for InvalidDependencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for InvalidDependencies {}
