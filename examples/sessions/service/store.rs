//! What the service keeps of its sessions. Erased is erased: there is no backup.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use health_runtime::{DependencyUnhealthy, DestructivePermit};

/// The sessions, and the topic of each: what its user and the service have said.
#[derive(Default)]
pub struct SessionStore(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    sessions: BTreeSet<String>,
    topics: BTreeSet<String>,
}

impl SessionStore {
    pub fn insert(&self, id: &str) {
        let mut kept = self.lock();
        kept.sessions.insert(id.to_owned());
        kept.topics.insert(id.to_owned());
    }

    /// The sessions that are still there.
    pub fn ids(&self) -> BTreeSet<String> {
        self.lock().sessions.clone()
    }

    /// The sessions of which nothing is lost.
    pub fn whole(&self) -> BTreeSet<String> {
        let kept = self.lock();
        kept.sessions.intersection(&kept.topics).cloned().collect()
    }

    /// Cannot be undone, so it takes a permit, which only a `#[destructive]` function has.
    pub fn erase_session(
        &self,
        id: &str,
        permit: &DestructivePermit,
    ) -> Result<(), DependencyUnhealthy> {
        permit.check()?;
        self.lock().sessions.remove(id);
        Ok(())
    }

    /// Cannot be undone either.
    pub fn erase_topic(
        &self,
        id: &str,
        permit: &DestructivePermit,
    ) -> Result<(), DependencyUnhealthy> {
        permit.check()?;
        self.lock().topics.remove(id);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
