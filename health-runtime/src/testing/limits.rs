//! Limits that are used up, without the calls that would have to do it.

use std::fmt;
use std::sync::Arc;

use crate::bulkhead::{Arrival, Bulkhead, Place};
use crate::dependency::Entry;
use crate::registry::HealthRegistry;

/// Takes every free place in the bulkhead of a dependency, and holds them until it is dropped.
///
/// Meanwhile calls wait in the queue, if it has one, and are refused as
/// [`Saturated`](crate::Reason::Saturated). A call that is running keeps its place, and gives it to
/// the next one when it ends. The cap of a single function, `bulkhead = n`, stays free.
///
/// # Panics
///
/// When the dependency has no bulkhead: give it one with `bulkhead` in its
/// [`Policy`](crate::Policy).
///
/// # Examples
///
/// ```
/// use health_runtime::{
///     BulkheadPolicy, DependencyUnhealthy, HealthRegistry, Policy, Reason, guarded, testing,
/// };
///
/// #[guarded(deps = ["redis"])]
/// async fn load() -> Result<u32, DependencyUnhealthy> {
///     Ok(7)
/// }
///
/// testing::run(async {
///     let policy = Policy { bulkhead: Some(BulkheadPolicy::new(64)), ..Policy::default() };
///     let _change = HealthRegistry::current().update_policy("redis", policy).unwrap();
///
///     let full = testing::saturate("redis");
///     assert_eq!(load().await.unwrap_err().reason(), Reason::Saturated);
///     drop(full);
///     assert_eq!(load().await.unwrap(), 7);
/// });
/// ```
#[must_use = "dropped at once, it gives the places back"]
pub fn saturate(dependency: &str) -> Saturated {
    let bulkhead = entry(dependency).bulkhead().unwrap_or_else(|| {
        panic!("{dependency} has no bulkhead that could be full: give its policy one")
    });
    let mut places = Vec::new();
    while let Arrival::Inside(place) = bulkhead.arrive() {
        places.push(place);
    }
    Saturated { bulkhead, places }
}

/// The places that [`saturate`] holds. Gives them back when it is dropped.
#[must_use = "dropped at once, it gives the places back"]
pub struct Saturated {
    bulkhead: Arc<Bulkhead>,
    places: Vec<Place>,
}

impl fmt::Debug for Saturated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saturated")
            .field("holds", &self.places.len())
            .field("bulkhead", &self.bulkhead.state())
            .finish()
    }
}

/// Takes every token out of the retry budget of a dependency, so that no call to it is tried again.
///
/// It lasts until tokens come in again: from first attempts, and from the floor when what was taken
/// expires, after `expire_after` (default 10 s).
///
/// # Panics
///
/// When the dependency has no budget: then nothing limits its retries.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyUnhealthy, guarded, testing};
///
/// #[guarded(deps = ["redis"], attempts = 3)]
/// async fn load() -> Result<u32, DependencyUnhealthy> {
///     Ok(7)
/// }
///
/// testing::run(async {
///     testing::exhaust_retries("redis");
///     testing::inject("redis").error().next(1);
///     assert!(load().await.is_err());
///     let calls = testing::calls("redis");
///     assert_eq!((calls.attempts(), calls.retries_refused), (1, 1));
/// });
/// ```
pub fn exhaust_retries(dependency: &str) {
    let entry = entry(dependency);
    let budget = entry.policy().retry.budget.unwrap_or_else(|| {
        panic!("{dependency} has no budget of retries that could be spent: give its policy one")
    });
    while entry.retries().withdraw(budget, entry.context().now()) {}
}

fn entry(dependency: &str) -> Arc<Entry> {
    HealthRegistry::current()
        .directory()
        .get_or_create(dependency)
}
