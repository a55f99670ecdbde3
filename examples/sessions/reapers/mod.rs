//! Three ways to end the sessions that are gone. Each has its own copy of the sessions, and all
//! three read the same sources in the same way: [`crate::service::Sources`].
//!
//! | reaper | when a read fails | when Redis is back, empty |
//! |---|---|---|
//! | [`unguarded`] | the session counts as gone | every session counts as gone |
//! | [`breaker_only`] | the same, until the breaker is open | the breaker is closed: the same |
//! | [`annotated`] | stops; nothing was found missing | waits until it has settled |

pub mod annotated;
pub mod breaker_only;
pub mod unguarded;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long each reaper of the demo rests between two passes.
pub const EVERY: Duration = Duration::from_millis(250);

/// Sessions that anybody may remove: what the two reapers without a gate work on.
#[derive(Default)]
pub struct Copy(Mutex<BTreeSet<String>>);

impl Copy {
    pub fn insert(&self, id: &str) {
        self.lock().insert(id.to_owned());
    }

    pub fn ids(&self) -> BTreeSet<String> {
        self.lock().clone()
    }

    fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
