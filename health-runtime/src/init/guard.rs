//! What keeps the runtime running.

use crate::registry::HealthRegistry;

/// Keeps the probes and the gate running. Dropped, it stops them: guarded functions go on with
/// what is known, destructive ones are denied.
#[derive(Debug)]
#[must_use = "dropped at once, it stops the probes and closes the gate; keep it: `let _health = ...`"]
pub struct HealthGuard {
    registry: HealthRegistry,
}

impl HealthGuard {
    pub(super) const fn new(registry: HealthRegistry) -> Self {
        Self { registry }
    }

    /// Returns the registry that was started.
    #[must_use]
    pub const fn registry(&self) -> &HealthRegistry {
        &self.registry
    }

    /// Stops the probes and closes the gate, and waits until no probe runs any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait; everything has been told to stop by then.
    pub async fn shutdown(self) {
        for handle in self.stop() {
            // The loops were aborted: that is what the error says.
            handle.await.ok();
        }
    }

    fn stop(&self) -> Vec<tokio::task::JoinHandle<()>> {
        self.registry.gate().set_started(false);
        self.registry.gate().unclaim();
        let mut stopped = self.registry.monitor().stop(self.registry.directory());
        stopped.extend(self.registry.config().stop());
        stopped
    }
}

impl Drop for HealthGuard {
    fn drop(&mut self) {
        drop(self.stop());
    }
}
