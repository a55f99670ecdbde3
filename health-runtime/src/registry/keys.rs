//! What is asked and done about single keys of a dependency.

use std::sync::Arc;

use super::{HealthRegistry, UnknownDependency};
use crate::breaker::Override;
use crate::keyed::{CallKey, KeyHealth, Keyed, KeysSummary};
use crate::state::DependencyState;

impl HealthRegistry {
    /// Returns the keys and roles of a dependency in numbers: how many have a breaker, how many of
    /// these are open, how many have been forgotten. Never grows with the keys: fit for metrics.
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
    /// registry.record_success("http");
    /// assert_eq!(registry.keys("http").unwrap().tracked, 0);
    /// ```
    pub fn keys(&self, dependency: &str) -> Result<KeysSummary, UnknownDependency> {
        let entry = self.known(dependency)?;
        let none = || KeysSummary {
            max_keys: entry.settings().max_keys as usize,
            ..KeysSummary::default()
        };
        Ok(entry
            .keyed_store()
            .map_or_else(none, |store| store.summary()))
    }

    /// Returns the keys and roles of a dependency that are not healthy, at most `limit` of them, the
    /// worst first: unhealthy before degraded, then by failures in a row.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn worst_keys(
        &self,
        dependency: &str,
        limit: usize,
    ) -> Result<Vec<KeyHealth>, UnknownDependency> {
        let entry = self.known(dependency)?;
        let store = entry.keyed_store();
        Ok(store.map_or_else(Vec::new, |store| store.worst(limit)))
    }

    /// Returns how a key of a dependency is doing; `None` if it has no breaker: it was never called,
    /// or it has been forgotten, as what is healthy is when there are too many. Asking makes none.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use health_runtime::{DependencyState, HealthRegistry, Override, host};
    ///
    /// let registry = HealthRegistry::new();
    /// let why = Override::new("alice", "INC-7: mirror is stale", Duration::from_secs(600));
    /// registry.force_open_key("http", host("Mirror.example."), why).unwrap();
    ///
    /// let mirror = registry.key_health("http", "mirror.example").unwrap().unwrap();
    /// assert_eq!(mirror.state, DependencyState::Unhealthy);
    /// assert!(registry.key_health("http", "example.com").unwrap().is_none());
    /// ```
    pub fn key_health(
        &self,
        dependency: &str,
        key: impl CallKey,
    ) -> Result<Option<KeyHealth>, UnknownDependency> {
        Ok(self
            .find_key(dependency, key)?
            .map(|keyed| keyed.key_health()))
    }

    /// Says in numbers why the breaker of a key has or has not tripped; `None` if it has no breaker.
    ///
    /// One line for the key, and one more for each role of it that is not healthy: such a role
    /// refuses its calls while the breaker of the key is closed. Looks at every breaker of the
    /// dependency.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, Override, host};
    /// use std::time::Duration;
    ///
    /// let registry = HealthRegistry::new();
    /// let why = Override::new("alice", "INC-7", Duration::from_secs(600));
    /// registry.force_open_key("http", host("example.com"), why).unwrap();
    ///
    /// let words = registry.explain_key("http", host("Example.com.")).unwrap().unwrap();
    /// assert!(words.starts_with("http[example.com] is unhealthy, breaker forced open"));
    /// ```
    pub fn explain_key(
        &self,
        dependency: &str,
        key: impl CallKey,
    ) -> Result<Option<String>, UnknownDependency> {
        let Some(keyed) = self.find_key(dependency, key)? else {
            return Ok(None);
        };
        let entry = self.known(dependency)?;
        Ok(entry.keyed_store().map(|store| store.explain(&keyed)))
    }

    /// Refuses all calls with this key until the override expires. Also takes a key that has not been
    /// called yet. Returns whether it holds: it does not for a blank key, nor when all breakers that
    /// the dependency may have are in use at this moment.
    ///
    /// # Errors
    ///
    /// As [`force_open`](Self::force_open).
    pub fn force_open_key(
        &self,
        dependency: &str,
        key: impl CallKey,
        why: Override,
    ) -> Result<bool, UnknownDependency> {
        let entry = self.operable(dependency)?;
        let store = entry.keyed_store_or_new();
        let keyed = key.with_key(|key| store.get_tracked(key?));
        if let Some(keyed) = &keyed {
            keyed.force(DependencyState::Unhealthy, why);
        }
        Ok(keyed.is_some())
    }

    /// Ends any override of a key, closes its breaker and forgets its failures and its backoff.
    /// Returns whether it has a breaker.
    ///
    /// # Errors
    ///
    /// When no dependency has this name.
    pub fn reset_key(
        &self,
        dependency: &str,
        key: impl CallKey,
        why: Override,
    ) -> Result<bool, UnknownDependency> {
        let keyed = self.find_key(dependency, key)?;
        if let Some(keyed) = &keyed {
            keyed.reset(why);
        }
        Ok(keyed.is_some())
    }

    fn find_key(
        &self,
        dependency: &str,
        key: impl CallKey,
    ) -> Result<Option<Arc<Keyed>>, UnknownDependency> {
        let entry = self.known(dependency)?;
        let store = entry.keyed_store();
        Ok(key.with_key(|key| store?.find(key, None)))
    }
}
