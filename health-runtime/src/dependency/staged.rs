//! What the test kit does to a dependency without waiting for it to happen.

use super::Entry;

impl Entry {
    /// Opens the breaker as failures would.
    pub(crate) fn trip(&self) {
        self.change(|machine, now| [Some(machine.trip(now, self.context().roll()))]);
    }

    /// Makes the dependency degraded: its breaker is closed, and something has failed.
    pub(crate) fn degrade(&self) {
        self.change(|machine, now| [machine.degrade(now)]);
    }

    /// Makes the dependency healthy, settled, and proven just now.
    pub(crate) fn heal(&self) {
        self.change(|machine, now| {
            machine.mark_changed();
            [machine.heal(now)]
        });
    }
}
