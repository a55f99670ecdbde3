//! The store, measured alone.

use std::sync::Arc;

use crate::dependency::Entry;
use crate::registry::HealthRegistry;

/// The store of a dependency, for benchmarks. Not public API.
#[doc(hidden)]
#[derive(Debug)]
pub struct Direct(Arc<Entry>);

impl Direct {
    /// Returns the store of a dependency, which is created if there is none.
    #[must_use]
    pub fn of(registry: &HealthRegistry, dependency: &str) -> Self {
        Self(registry.directory().get_or_create(dependency))
    }

    /// Finds or creates a circuit. Returns whether it is closed.
    #[must_use]
    pub fn is_closed(&self, key: &str) -> bool {
        let keyed = self.0.keyed(Some(key), None);
        keyed.is_some_and(|keyed| keyed.word().is_closed())
    }
}
