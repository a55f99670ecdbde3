//! How far the service is from normal, asked of a registry.

use tokio::sync::watch;
use tracing::{debug, warn};

use super::HealthRegistry;
use crate::call::journal;
use crate::degradation::{DegradationLevel, LevelRef, Turns, UnknownLevel};
use crate::error::{DependencyUnhealthy, Reason};
use crate::state::DependencyState;

/// Returns the present level of degradation in the present registry.
///
/// Does what [`HealthRegistry::degradation`] does.
///
/// # Examples
///
/// ```
/// if health_runtime::degradation().level >= 2 {
///     // Answer without the memory.
/// }
/// ```
#[must_use]
pub fn degradation() -> DegradationLevel {
    HealthRegistry::current().degradation()
}

impl HealthRegistry {
    /// Returns the present level of degradation: the highest one whose rule holds.
    ///
    /// Looks at the dependencies now, so that it is right even where nothing runs in the
    /// background. Always level 0, normal, until [`Levels`](crate::Levels) are given to a builder.
    ///
    /// A level does not fall before the breakers of its dependencies have closed. Code that skips
    /// all its calls by what this returns needs a probe: nothing else would be the trial. A function
    /// that says `level` in its `#[guarded]` is let through for that now and then.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, Levels, Rule};
    ///
    /// let registry = HealthRegistry::builder()
    ///     .degradation(Levels::new().level("search degraded", Rule::any(["search"])))
    ///     .build()
    ///     .unwrap();
    /// assert!(registry.degradation().is_normal());
    ///
    /// (0..5).for_each(|_| registry.record_failure("search", "connection refused"));
    /// assert_eq!(registry.degradation().to_string(), "level 1 (search degraded)");
    /// ```
    #[must_use]
    pub fn degradation(&self) -> DegradationLevel {
        self.inner.degradation.look(&self.inner.directory);
        self.inner.degradation.present()
    }

    /// Returns a receiver of the changes of the level.
    ///
    /// What a call or a probe changes arrives at once. What time alone changes, as the end of an
    /// override, arrives within a second where `init()` has run, else when somebody asks.
    ///
    /// As with every watch channel, whoever publishes waits for values that are borrowed, and every
    /// guarded call may publish: clone what you need out of `borrow()`, and do not hold on to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, Levels, Rule};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::builder()
    ///     .degradation(Levels::new().level("search degraded", Rule::any(["search"])))
    ///     .build()
    ///     .unwrap();
    /// let mut changes = registry.degradation_changes();
    ///
    /// (0..5).for_each(|_| registry.record_failure("search", "connection refused"));
    /// changes.changed().await.unwrap();
    /// let level = changes.borrow_and_update().clone();
    /// assert_eq!(level.name, "search degraded");
    /// # }
    /// ```
    #[must_use]
    pub fn degradation_changes(&self) -> watch::Receiver<DegradationLevel> {
        self.inner.degradation.changes()
    }

    /// Says whether the present level is this one or a higher one. The level is given by its name
    /// or its number.
    ///
    /// # Errors
    ///
    /// When there is no such level; a typing error must not read as "all is well".
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, Levels, Rule};
    ///
    /// let registry = HealthRegistry::builder()
    ///     .degradation(Levels::new().level("search degraded", Rule::any(["search"])))
    ///     .build()
    ///     .unwrap();
    /// assert_eq!(registry.level_at_least("search degraded"), Ok(false));
    /// assert_eq!(registry.level_at_least(0), Ok(true));
    ///
    /// let unknown = registry.level_at_least("serch degraded").unwrap_err();
    /// assert!(unknown.to_string().ends_with("did you mean `search degraded`?"));
    /// ```
    pub fn level_at_least<'a>(&self, level: impl Into<LevelRef<'a>>) -> Result<bool, UnknownLevel> {
        let least = self.inner.degradation.number_of(level.into())?;
        Ok(self.degradation().level >= least)
    }

    /// Turns a call away that asks not to be made from this level on. The function is known by the
    /// address of its site.
    pub(crate) fn shed_from(
        &self,
        level: &str,
        function: usize,
        deps: &[&str],
    ) -> Result<(), DependencyUnhealthy> {
        match self.inner.degradation.number_of(level.into()) {
            Ok(least) => {
                let present = self.degradation();
                if present.level < least || self.may_find_out(&present, function, deps) {
                    return Ok(());
                }
                journal::note_refused();
                debug!(target: "health_runtime::degradation", level, "call shed");
                let state = DependencyState::Degraded;
                let wait = Turns::PAUSE;
                Err(DependencyUnhealthy::of_system(state, Reason::Shed, wait))
            }
            Err(unknown) => {
                // `init()` refuses such a function; this is a service that was not initialised, or
                // that was configured anew.
                if self.inner.levels_in_vain.is_first(level) {
                    warn!(target: "health_runtime::degradation", "{unknown}; nothing is shed by it");
                }
                Ok(())
            }
        }
    }

    /// Says whether a call that would be shed is let through all the same, as it may be the one that
    /// ends the level: calls that are all shed would never find out that a dependency is back.
    fn may_find_out(&self, present: &DegradationLevel, function: usize, deps: &[&str]) -> bool {
        let directory = &self.inner.directory;
        let now = directory.context().now();
        let mut is_awaited = false;
        for reason in present.because.iter() {
            let Some(entry) = directory.get(reason) else {
                continue;
            };
            let standing = entry.standing(now);
            // Part of a trial: shed, it would keep the trial from ever succeeding.
            if journal::is_within_trial(entry.id(), standing.epoch) {
                return true;
            }
            if standing.awaits_call() {
                // It is the trial, and the breaker lets through no more of those than it wants.
                if standing.is_out() && deps.contains(reason) {
                    return true;
                }
                is_awaited = true;
            }
        }
        // A guarded call that this one makes may be the trial; nobody can know.
        is_awaited && self.inner.degradation.turns().take(function, now)
    }
}
