//! Name to dependency.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::{Dependency, Entry, Settings};
use crate::circuit::Context;
use crate::name::Name;
use crate::policy::Policies;
#[cfg(feature = "config")]
use crate::policy::{Place, PolicyPatch};
use crate::state::Criticality;
use crate::sync::{AtomicBool, Mutex, Ordering, RwLock};

/// All dependencies of a registry.
///
/// Not on the closed path: each call site keeps the entries it has found.
pub(crate) struct Directory {
    context: Arc<Context>,
    entries: RwLock<BTreeMap<&'static str, Arc<Entry>>>,
    /// The application has said which dependencies there are.
    declared: AtomicBool,
    /// What a dependency gets that nobody has declared.
    newcomers: Mutex<(Policies, Settings)>,
}

impl Directory {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            entries: RwLock::default(),
            declared: AtomicBool::new(false),
            newcomers: Mutex::default(),
        }
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries.read().get(name).cloned()
    }

    /// Returns the entry of this name; makes one with the defaults if there is none, which is a stray
    /// where the application has declared its dependencies.
    pub(crate) fn get_or_create(&self, name: &str) -> Arc<Entry> {
        self.get(name).unwrap_or_else(|| self.insert(name, None))
    }

    /// Sets what operators say of dependencies that nobody has declared, for those that are made
    /// from now on.
    #[cfg(feature = "config")]
    pub(crate) fn set_newcomers(&self, operator: BTreeMap<Place, PolicyPatch>, settings: Settings) {
        let policies = Policies {
            operator,
            ..Policies::default()
        };
        *self.newcomers.lock() = (policies, settings);
    }

    /// Declares a dependency, or gives the known one these settings.
    pub(crate) fn declare(&self, dependency: Dependency) -> Arc<Entry> {
        self.declared.store(true, Ordering::Relaxed);
        let Dependency {
            name,
            settings,
            policies,
        } = dependency;
        self.insert(&name, Some((policies, settings)))
    }

    /// Makes an entry. One that is there is kept, and configured if something is declared.
    fn insert(&self, name: &str, declared: Option<(Policies, Settings)>) -> Arc<Entry> {
        let mut entries = self.entries.write();
        if let Some(known) = entries.get(name) {
            let known = Arc::clone(known);
            drop(entries);
            if let Some((policies, settings)) = declared {
                known.configure(policies, settings);
            }
            return known;
        }
        // Asked for under the lock of the entries: whoever sets other values and then goes through
        // all entries leaves out none.
        let (policies, settings) = declared.unwrap_or_else(|| {
            let (policies, mut settings) = self.newcomers.lock().clone();
            settings.is_stray = self.is_declared();
            (policies, settings)
        });
        let name = Name::new(name);
        let entry = Arc::new(Entry::new(
            name,
            policies,
            settings,
            Arc::clone(&self.context),
        ));
        entries.insert(name.as_str(), Arc::clone(&entry));
        // There is one more dependency to prove healthy.
        entry.void();
        entry
    }

    /// All entries, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        let entries = self.entries.read();
        entries.values().cloned().collect()
    }

    pub(crate) fn critical(&self) -> Vec<Arc<Entry>> {
        let mut entries = self.all();
        entries.retain(|entry| entry.criticality() == Criticality::Critical);
        entries
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        let entries = self.entries.read();
        entries.keys().copied().collect()
    }

    /// Whether unknown names are errors.
    pub(crate) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Forgets all proof of health, and every settle time that has begun: the process did not run.
    pub(crate) fn stood_still(&self, since: Instant, now: Instant) {
        for entry in self.all() {
            entry.stood_still(since, now);
        }
    }

    /// Forgets all proof of health: the configuration changed.
    pub(crate) fn void_all(&self) {
        for entry in self.all() {
            entry.void();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::HttpStatuses;
    use crate::outcome::Outcome;

    #[test]
    fn the_statuses_of_a_dependency_are_those_of_its_last_declaration() {
        let directory = Directory::new(Arc::new(Context::new(None, Some(1))));
        let used_before = directory.get_or_create("search");
        let of_teapots = |directory: &Directory, statuses: HttpStatuses| {
            let declared = Dependency::new("search").http_statuses(statuses);
            let entry = directory.declare(declared);
            entry.http_statuses().outcome(418)
        };
        let default = HttpStatuses::default;
        assert_eq!(used_before.http_statuses().outcome(418), Outcome::Neutral);
        let said = of_teapots(&directory, default().failure(418));
        assert_eq!(said, Outcome::FAILURE);
        assert_eq!(used_before.http_statuses().outcome(418), Outcome::FAILURE);
        assert_eq!(of_teapots(&directory, default()), Outcome::Neutral);
        let other = directory.get_or_create("pages");
        assert_eq!(other.http_statuses().outcome(418), Outcome::Neutral);
    }
}
