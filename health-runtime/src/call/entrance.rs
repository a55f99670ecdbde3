//! Between the admission of a call and its body: bulkheads, injected faults, and what may turn it away
//! yet.

use std::task;
use std::time::Duration;

use super::bulkheads::Owner;
use super::{Call, Care, Ending, Places, Stage, watch};
use crate::breaker::{Asker, BreakerMode, Phase, Refusal};
use crate::error::{DependencyUnhealthy, Reason};
use crate::fault::Met;
use crate::state::DependencyState;

/// What is to be done before the body is polled.
pub(super) enum Before {
    Run,
    Wait,
    Refused(DependencyUnhealthy),
    /// The error that a test wants this attempt to meet.
    Injected(DependencyUnhealthy),
}

impl<P: Places> Call<P> {
    /// Whether nothing has changed since the call was admitted that would refuse it now.
    pub(super) fn is_still_admitted(&self) -> bool {
        let mut still = true;
        self.show(&mut |places| {
            still = places.iter().all(|(circuit, word)| {
                word.phase() == Phase::Aside
                    || circuit.word().epoch() == word.epoch()
                    // It would not refuse the call now, whatever it thinks of it.
                    || circuit.mode() != BreakerMode::Enforce
            });
        });
        still
    }

    /// Why the call would be refused now, if a breaker has changed since it was admitted and is not
    /// closed again. (If it is, the call goes on, and its outcome is that of an older epoch.)
    pub(super) fn shut_out(&self) -> Option<Reason> {
        let mut reason = None;
        self.show(&mut |places| {
            reason = places.iter().find_map(|(circuit, word)| {
                let present = circuit.word();
                let is_same = present.epoch() == word.epoch() || word.phase() == Phase::Aside;
                if is_same || present.is_closed() || circuit.mode() != BreakerMode::Enforce {
                    return None;
                }
                let now = circuit.context().now();
                let refusal = circuit.lock().check(now, Asker::Call).err();
                Some(refusal.map_or(Reason::TrialInFlight, |refusal| refusal.reason))
            });
        });
        reason
    }

    /// Turns the call away after it was admitted, and gives its places back. `full` says whose
    /// bulkhead has no place, if that is why.
    #[cold]
    pub(super) fn refuse(&mut self, reason: Reason, full: Option<Owner>) -> DependencyUnhealthy {
        let mut refused = None;
        self.show(&mut |places| {
            // The one that is the reason, as far as that can be told: it has changed since.
            let reason_for = places.iter().find(|(circuit, word)| match full {
                Some(owner) => owner.is(circuit),
                None => circuit.word().epoch() != word.epoch(),
            });
            let Some((circuit, _)) = reason_for.or(places.first()) else {
                return;
            };
            let now = circuit.context().now();
            let (retry_after, state) = {
                let machine = circuit.lock();
                let refusal = machine.check(now, Asker::Call).err();
                let wait = refusal.map_or(Duration::ZERO, |refusal| refusal.retry_after);
                (wait, machine.dependency_state(now))
            };
            let refusal = Refusal {
                reason,
                retry_after,
            };
            refused = Some(circuit.refused(refusal, state));
        });
        self.stage = Stage::Outside;
        self.end(Ending::Refused);
        refused.unwrap_or_else(|| {
            DependencyUnhealthy::of_system(DependencyState::Healthy, reason, Duration::ZERO)
        })
    }

    /// Whether the call waits for a place in a bulkhead.
    pub(super) fn is_queued(&self) -> bool {
        self.rare().is_some_and(|rare| rare.bulkheads.is_queued())
    }

    /// Goes through the bulkheads, and meets the fault that is waiting.
    pub(super) fn before(&mut self, cx: &mut task::Context<'_>) -> Before {
        match self.poll_bulkheads(cx) {
            task::Poll::Pending => return Before::Wait,
            task::Poll::Ready(Err(refusal)) => return Before::Refused(refusal),
            task::Poll::Ready(Ok(())) => {}
        }
        self.begin();
        // By the fields, as the fault and the stage are borrowed together.
        let Some(extra) = self.extra.as_mut() else {
            return Before::Run;
        };
        let rare = extra.as_mut().project().rare.as_deref_mut();
        let Some(fault) = rare.and_then(|rare| rare.fault.as_mut()) else {
            return Before::Run;
        };
        let unwinding = watch::Unwinding::new(&mut self.stage);
        let met = fault.poll(cx);
        std::mem::forget(unwinding);
        match met {
            Met::Nothing => Before::Run,
            Met::Wait => Before::Wait,
            Met::Error(refusal) => {
                self.care = Care::Injected;
                Before::Injected(refusal)
            }
        }
    }
}
