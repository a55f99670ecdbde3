//! What the test kit does to a breaker without waiting for it to happen.

use std::time::Instant;

use super::forced::Override;
use super::machine::Machine;
use super::record::Record;
use super::transition::Transition;
use crate::outcome::{Blame, Failure, FailureKind, Report};
use crate::state::BreakerState;

impl Machine {
    /// Opens as failures would.
    pub(crate) fn trip(&mut self, now: Instant, roll: f64) -> Transition {
        let failure = Failure::new(FailureKind::Error, "tripped by a test");
        self.record.failure(&failure, now);
        self.open_after(now, roll, self.failures().max(1))
    }

    /// Closes, and takes in a failure that is not enough to trip, whatever the trip rules are.
    pub(crate) fn degrade(&mut self, now: Instant) -> Option<Transition> {
        let is_closed = self.breaker_state(now) == BreakerState::Closed;
        let why = || Override::new("test", "degrade", std::time::Duration::ZERO);
        let transition = (!is_closed).then(|| self.reset(why(), now));
        let mut failure = Failure::new(FailureKind::Error, "degraded by a test");
        failure.blame = Blame::Shared;
        // It never trips, so the roll for a cooldown is not needed.
        self.report(Report::Failure(failure), now, || 0.5);
        transition
    }

    /// Closes, settled and proven just now, under the name that answered last.
    pub(crate) fn heal(&mut self, now: Instant) -> Option<Transition> {
        let is_closed = self.breaker_state(now) == BreakerState::Closed;
        let why = || Override::new("test", "heal", std::time::Duration::ZERO);
        let transition = (!is_closed).then(|| self.reset(why(), now));
        let identity = self.record.identity().cloned();
        self.record = Record::default();
        if is_closed {
            self.forgive(now);
        }
        self.record.success(now);
        if let Some(identity) = identity {
            self.identify(&identity, now);
        }
        transition
    }
}
