//! Code that cannot begin before a dependency is back.

use std::ops::ControlFlow;

use super::Watched;
use crate::registry::HealthRegistry;

/// Waits until all of these dependencies are healthy in the present registry, or could be shown to
/// be by a call.
///
/// Does what [`HealthRegistry::wait_until_healthy`] does.
///
/// # Cancel safety
///
/// Dropping the future ends the wait and nothing else.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// health_runtime::wait_until_healthy(["redis", "api"]).await;
/// // Begin the import.
/// # }
/// ```
pub async fn wait_until_healthy(deps: impl IntoIterator<Item = impl AsRef<str>>) {
    Watched::new(HealthRegistry::current(), deps)
        .healthy()
        .await;
}

impl HealthRegistry {
    /// Waits until all of these dependencies are healthy, or could be shown to be by a call.
    ///
    /// Returns at once when they are. A dependency that a background probe watches, or that an
    /// operator has forced, is waited for until it is healthy. Any other one only calls can show to
    /// be healthy, and whoever waits here makes none: so for those the wait ends as soon as a call
    /// would be let through, which past a cooldown is the trial. Several who wait are all let go
    /// then, and the breaker lets one of them through.
    ///
    /// A name that is not known counts as healthy, and is not made known by asking; when the
    /// application has declared its dependencies that is logged as a warning, once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use health_runtime::{HealthRegistry, Override};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::new();
    /// let upgrade = Override::new("alice", "upgrade", Duration::from_millis(50));
    /// registry.force_open("redis", upgrade).unwrap();
    ///
    /// registry.wait_until_healthy(["redis"]).await;
    /// assert_eq!(registry.health("redis").unwrap().refusal, None);
    /// # }
    /// ```
    pub async fn wait_until_healthy(&self, deps: impl IntoIterator<Item = impl AsRef<str>>) {
        Watched::new(self.clone(), deps).healthy().await;
    }
}

impl Watched {
    async fn healthy(&self) {
        self.watch(|look, _| {
            if look.is_calls_turn {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(None)
            }
        })
        .await;
    }
}
