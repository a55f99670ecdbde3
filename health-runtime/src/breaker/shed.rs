//! Turning calls away before they are refused: to lower the load, from a given state on.

use std::time::Instant;

use super::machine::Machine;
use super::transition::{Asker, Refusal};
use crate::error::Reason;
use crate::state::DependencyState;

impl Machine {
    /// Says whether a call that can be skipped is to be skipped at this state, or a worse one.
    ///
    /// Where no probe runs, one such call passes now and then, as often as the first cooldown is
    /// long: calls that are all shed would never find out that the dependency is back.
    pub(crate) fn shed(&mut self, at: DependencyState, now: Instant) -> Option<Refusal> {
        if self.dependency_state(now) < at {
            return None;
        }
        let wait = match self.check(now, Asker::Call) {
            Err(refusal) => refusal.retry_after,
            Ok(()) => {
                let pause = self.policy().backoff.initial;
                let passed = self.rare.as_ref().and_then(|rare| rare.shed_passed);
                let since = passed.map(|at| now.saturating_duration_since(at));
                let is_turn = since.is_none_or(|since| since >= pause);
                if !self.is_probed() && is_turn {
                    self.rare.get_or_insert_default().shed_passed = Some(now);
                    return None;
                }
                pause.saturating_sub(since.unwrap_or_default())
            }
        };
        Some(Refusal {
            reason: Reason::Shed,
            retry_after: wait,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::{BreakerPolicy, Settle};
    use super::*;
    use crate::outcome::{Failure, FailureKind, Report};

    const SECOND: Duration = Duration::from_secs(1);

    fn degraded(now: Instant) -> Machine {
        let mut machine = Machine::new(Arc::new(BreakerPolicy::default()), Settle::default(), now);
        let failure = Failure::new(FailureKind::Error, "refused");
        machine.report(Report::Failure(failure), now, || 0.0);
        machine
    }

    #[test]
    fn calls_are_shed_from_the_given_state_on() {
        let now = Instant::now();
        let mut machine = degraded(now);
        machine.set_probed(true);
        assert!(machine.shed(DependencyState::Unhealthy, now).is_none());
        let refusal = machine.shed(DependencyState::Degraded, now).unwrap();
        assert_eq!(refusal.reason, Reason::Shed);
        assert!(!refusal.retry_after.is_zero());
    }

    #[test]
    fn where_nobody_probes_one_call_a_cooldown_finds_out() {
        let now = Instant::now();
        let mut machine = degraded(now);
        let mut passes = |after| {
            machine
                .shed(DependencyState::Degraded, now + after)
                .is_none()
        };
        assert!(passes(Duration::ZERO), "the first one");
        assert!(!passes(SECOND / 2));
        assert!(passes(SECOND));
        assert!(!passes(SECOND * 3 / 2));
    }
}
