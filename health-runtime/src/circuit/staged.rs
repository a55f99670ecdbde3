//! What the test kit does to a dependency, or to a key of it, without waiting for it to happen.

use super::Circuit;

impl Circuit {
    /// Opens the breaker as failures would.
    pub(crate) fn trip(&self) {
        self.change(|machine, now| [Some(machine.trip(now, self.context().roll()))]);
    }

    /// Makes it degraded: its breaker is closed, and something has failed.
    pub(crate) fn degrade(&self) {
        self.change(|machine, now| [machine.degrade(now)]);
    }

    /// Makes it healthy, settled, and proven just now.
    pub(crate) fn heal(&self) {
        self.change(|machine, now| {
            machine.mark_changed();
            [machine.heal(now)]
        });
    }
}
