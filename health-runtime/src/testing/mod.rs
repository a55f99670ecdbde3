//! The test kit: a registry of its own for each test, paused time, faults by name.
//!
//! `#[health_runtime::test]` runs a test in a registry of its own whose dependencies, those that
//! the attributes of the program mention, are healthy and proven to be. Time is paused: it moves
//! when everything waits, or by [`advance`].
//!
//! ```
//! use health_runtime::{DependencyUnhealthy, destructive, guarded, testing};
//!
//! #[guarded(deps = ["redis"])]
//! async fn load() -> Result<u32, DependencyUnhealthy> {
//!     Ok(7)
//! }
//!
//! #[destructive(deps = ["redis"])]
//! async fn purge() -> Result<(), DependencyUnhealthy> {
//!     Ok(())
//! }
//!
//! # // What the attribute would make of an async test.
//! # testing::run(async {
//! assert_eq!(load().await.unwrap(), 7);
//! assert!(purge().await.is_ok());
//!
//! testing::trip("redis");
//! assert!(load().await.is_err());
//! assert!(purge().await.is_err());
//!
//! testing::heal("redis");
//! assert!(purge().await.is_ok());
//! # });
//! ```
//!
//! - [`trip`], [`degrade`], [`heal`], and [`trip_key`], [`heal_key`]: states without waiting for them
//!   to come about
//! - [`saturate`], [`exhaust_retries`]: limits that are used up
//! - [`inject`]: faults that calls are made to meet
//! - [`calls`]: what has become of the calls
//! - [`ScriptedDependency`]: a dependency that does as it is told

mod calls;
mod faults;
mod limits;
mod script;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use self::calls::calls;
pub use self::faults::{Injection, inject};
pub use self::limits::{Saturated, exhaust_retries, saturate};
pub use self::script::{ScriptedDependency, ScriptedError};
use crate::gate::Verdict;
use crate::inventory;
use crate::keyed::{CallKey, Keyed};
use crate::registry::HealthRegistry;
pub use crate::tally::{Calls, Refusals};

/// Creates a registry for a test: its gate is open, nothing runs in the background, its jitter is
/// seeded, and it is empty.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "a registry without declarations is always sound"
)]
pub fn registry() -> HealthRegistry {
    let registry = HealthRegistry::builder()
        .seed(1)
        .build()
        .expect("nothing is declared");
    registry.gate().set_started(true);
    registry
}

/// Runs a test: on a runtime of its own with paused time, in a [`registry`] of its own, with every
/// dependency that is mentioned in the program healthy. What `#[health_runtime::test]` expands to.
///
/// # Panics
///
/// When the body does, or no runtime can be made.
pub fn run<F: Future>(body: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime for the test");
    runtime.block_on(async {
        let registry = registry();
        for name in inventory::sites().into_iter().flat_map(|site| site.deps) {
            registry.directory().get_or_create(name);
        }
        registry
            .scope(async {
                heal_all();
                body.await
            })
            .await
    })
}

/// Opens the breaker of a dependency in the present registry, as failures would.
///
/// # Examples
///
/// ```
/// use health_runtime::{BreakerState, HealthRegistry, testing};
///
/// testing::run(async {
///     testing::trip("redis");
///     let health = HealthRegistry::current().health("redis").unwrap();
///     assert_eq!(health.breaker, BreakerState::Open);
/// });
/// ```
pub fn trip(dependency: &str) {
    let entry = HealthRegistry::current()
        .directory()
        .get_or_create(dependency);
    entry.trip();
}

/// Makes a dependency of the present registry degraded: calls pass, but something has failed since
/// the last success. The next success makes it healthy.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{Pressure, testing};
///
/// testing::run(async {
///     let mut interval = health_runtime::interval(["redis"], Duration::from_secs(10));
///     assert_eq!(interval.tick().await, Pressure::Normal);
///
///     testing::degrade("redis");
///     assert_eq!(interval.tick().await, Pressure::Reduced); // after 40 s of paused time
///
///     testing::trip("redis");
///     assert_eq!(Pressure::current(["redis"]), Pressure::Paused);
///
///     testing::heal("redis");
///     assert_eq!(interval.tick().await, Pressure::Normal);
/// });
/// ```
pub fn degrade(dependency: &str) {
    let entry = HealthRegistry::current()
        .directory()
        .get_or_create(dependency);
    entry.degrade();
}

/// Makes a dependency of the present registry healthy, settled, and proven just now. Its keys and
/// roles stay as they are.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyState, HealthRegistry, testing};
///
/// testing::run(async {
///     testing::trip("redis");
///     testing::heal("redis");
///     let state = HealthRegistry::current().get_state("redis");
///     assert_eq!(state.unwrap(), DependencyState::Healthy);
/// });
/// ```
pub fn heal(dependency: &str) {
    let entry = HealthRegistry::current()
        .directory()
        .get_or_create(dependency);
    entry.heal();
}

/// Opens the breaker of one key of a dependency, as failures would. The dependency and its other keys
/// stay as they are.
///
/// # Panics
///
/// When it is the key of no call (a [`host`](crate::host) that has none), or the dependency has as
/// many keys as it may, all of them in use.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyUnhealthy, guarded, host, testing};
///
/// #[guarded(deps = ["http"], key = host(address))]
/// async fn fetch(address: &str) -> Result<u32, DependencyUnhealthy> {
///     Ok(7)
/// }
///
/// testing::run(async {
///     testing::trip_key("http", "a.example");
///     assert!(fetch("a.example").await.is_err());
///     assert_eq!(fetch("b.example").await.unwrap(), 7);
///
///     testing::heal_key("http", "a.example");
///     assert_eq!(fetch("a.example").await.unwrap(), 7);
/// });
/// ```
pub fn trip_key(dependency: &str, key: impl CallKey) {
    keyed(dependency, key).trip();
}

/// Makes one key of a dependency healthy, as [`heal`] does for the dependency: see [`trip_key`].
///
/// # Panics
///
/// As [`trip_key`].
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyState, HealthRegistry, testing};
///
/// testing::run(async {
///     testing::trip_key("http", "a.example");
///     testing::heal_key("http", "a.example");
///     let health = HealthRegistry::current().key_health("http", "a.example");
///     assert_eq!(health.unwrap().unwrap().state, DependencyState::Healthy);
/// });
/// ```
pub fn heal_key(dependency: &str, key: impl CallKey) {
    keyed(dependency, key).heal();
}

fn keyed(dependency: &str, key: impl CallKey) -> Arc<Keyed> {
    let entry = HealthRegistry::current()
        .directory()
        .get_or_create(dependency);
    let store = entry.keyed_store_or_new();
    key.with_key(|key| {
        let key = key.unwrap_or_else(|| panic!("this is the key of no call to {dependency}"));
        store.get_tracked(key).unwrap_or_else(|| {
            panic!("{dependency} has as many keys as it may: no room for `{key}`")
        })
    })
}

/// Does what [`heal`] does for every dependency of the present registry.
pub fn heal_all() {
    for entry in HealthRegistry::current().directory().all() {
        entry.heal();
    }
}

/// Lets time pass. Whatever is due meanwhile happens in its order.
///
/// For paused time, as in `#[health_runtime::test]`; elsewhere it takes as long as it says.
pub async fn advance(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Asks the gate of the present registry what it would say to a destructive function now, without
/// a permit, a budget or a record. The function is given by its name.
///
/// # Panics
///
/// When no `#[destructive]` function of the program has this name.
pub async fn verdict(operation: &str) -> Verdict {
    HealthRegistry::current()
        .verdict(operation)
        .await
        .unwrap_or_else(|| panic!("no #[destructive] function is called `{operation}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::{BreakerPolicy, Override};
    use crate::dependency::Dependency;
    use crate::error::DependencyUnhealthy;
    use crate::state::DependencyState;

    fn state() -> DependencyState {
        let state = HealthRegistry::current().get_state("redis");
        state.expect("it was named before")
    }

    async fn call() -> Result<(), DependencyUnhealthy> {
        HealthRegistry::current()
            .call("redis", async { Ok(()) })
            .await
    }

    #[test]
    fn degrade_gives_the_same_state_from_every_other() {
        run(async {
            let force_open = || {
                let why = Override::new("test", "forced", Duration::from_secs(60));
                let forced = HealthRegistry::current().force_open("redis", why);
                forced.expect("nothing is declared");
            };
            let before: [&dyn Fn(); 4] = [
                &|| heal("redis"),
                &|| degrade("redis"),
                &|| trip("redis"),
                &force_open,
            ];
            for put in before {
                put();
                degrade("redis");
                assert_eq!(state(), DependencyState::Degraded);
                call().await.expect("calls pass");
                assert_eq!(state(), DependencyState::Healthy, "one success is enough");
            }
        });
    }

    #[tokio::test]
    async fn degrade_trips_no_breaker_however_strict() {
        let strict = BreakerPolicy {
            consecutive: Some(1),
            ..BreakerPolicy::default()
        };
        let registry = HealthRegistry::builder()
            .dependency(Dependency::new("redis").breaker(strict))
            .build()
            .expect("the policy is sound");
        registry
            .scope(async {
                for _ in 0..10 {
                    degrade("redis");
                }
                assert_eq!(state(), DependencyState::Degraded);
            })
            .await;
    }
}
