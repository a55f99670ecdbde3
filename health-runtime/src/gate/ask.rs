//! The question, from the first look to the permit.

use std::sync::Arc;
use std::time::Instant;

use super::audit::{AuditOutcome, Decision};
use super::bypass::Bypass;
use super::config::{BypassRule, GateMode, Preflight};
use super::operation::Operation;
use super::permit::{DestructivePermit, Waived};
use super::verdict::{Verdict, Veto};
use super::{Gate, LOOK_AGAIN};
use crate::error::{DependencyUnhealthy, Reason};
use crate::state::DependencyState;

impl Gate {
    /// Asks all there is to ask, and records the decision before it is acted upon.
    pub(crate) async fn ask(
        self: Arc<Self>,
        operation: Arc<Operation>,
        bypass: Option<Bypass>,
    ) -> Result<DestructivePermit, DependencyUnhealthy> {
        let policy = self.policy();
        let rules = operation.policy();
        let mode = rules.mode.unwrap_or(policy.mode);
        let honoured = bypass.is_some() && rules.bypass == BypassRule::Allow;

        let mut look = self.look(&operation, &policy);
        // Nobody who has confirmed waits for a probe.
        if mode != GateMode::Off && !honoured {
            look = self.preflight(&operation, &policy, look).await;
        }
        let mut vetoes = look.vetoes(&policy);
        if mode == GateMode::Off {
            vetoes.retain(|veto| matches!(veto, Veto::NotInitialised));
        }
        let now = self.directory.context().now();
        let mut intent = Intent::new(&self, &operation);
        intent.is_budgeted = self.take_budget(&operation, mode, honoured, &mut vetoes, now);
        let mut verdict = Verdict::of(vetoes);
        let mut decision = decide(&verdict, mode, honoured);
        let mut record = self.record(&operation, mode, &look, bypass, now);
        intent.fence = (decision != Decision::Denied).then(|| self.next_fence());

        record.set(decision, &verdict, intent.fence);
        let written = self.write(&record).await;
        if decision != Decision::Denied && mode != GateMode::Off {
            let mut late = Vec::new();
            late.extend(written.err().map(|error| Veto::AuditUnavailable { error }));
            // The probes and the sinks took time. What has happened meanwhile counts.
            if decision == Decision::Allowed {
                look = self.look(&operation, &policy);
                late.extend(look.vetoes(&policy));
            } else if !self.is_started() {
                late.push(Veto::NotInitialised);
            }
            if !late.is_empty() {
                late.splice(0..0, verdict.vetoes().iter().cloned());
                verdict = Verdict::of(late);
                decision = decide(&verdict, mode, honoured);
                if decision == Decision::Denied {
                    intent.fence = None;
                }
                record.set(decision, &verdict, intent.fence);
                self.write(&record).await.ok();
            }
        }
        operation.count(decision, &verdict);
        self.tell(&operation, &record);
        if decision == Decision::Denied {
            return Err(verdict.refusal().unwrap_or_else(|| {
                // Nothing but `Allow` is without a refusal, and `Allow` is never a denial. If it
                // ever is, the answer is still no.
                let state = DependencyState::Degraded;
                DependencyUnhealthy::of_system(state, Reason::GateIndeterminate, LOOK_AGAIN)
            }));
        }
        let waived = if honoured {
            // A confirmed call is not stopped half-way by what was confirmed to be skipped.
            Waived::ByBypass
        } else if mode != GateMode::Enforce {
            Waived::ByMode
        } else {
            Waived::No
        };
        let can_repeat = decision == Decision::Allowed
            && waived == Waived::No
            && policy.preflight == Preflight::WhenStale
            // Granted under a policy that was replaced meanwhile: this once, and not again.
            && Arc::ptr_eq(&policy, &self.policy());
        operation.remember(rules, can_repeat.then(|| look.grant()));
        let (fence, is_budgeted) = intent.begin();
        Ok(DestructivePermit::granted(
            Arc::clone(&self),
            Arc::clone(&operation),
            look.epochs(),
            fence,
            look.version,
            waived,
            is_budgeted,
        ))
    }

    /// Takes a place from the budget, if the call may run otherwise. Returns whether it was taken.
    fn take_budget(
        &self,
        operation: &Operation,
        mode: GateMode,
        honoured: bool,
        vetoes: &mut Vec<Veto>,
        now: Instant,
    ) -> bool {
        let runs = mode != GateMode::Enforce
            || vetoes.iter().all(|veto| honoured && veto.is_about_health());
        if !runs || mode == GateMode::Off {
            return false;
        }
        operation.with_bucket(|bucket| match bucket.take(now) {
            Ok(()) => true,
            Err(retry_after) => {
                let budget = bucket.budget();
                vetoes.extend(budget.map(|budget| Veto::BudgetExhausted {
                    budget,
                    retry_after,
                }));
                false
            }
        })
    }
}

/// A call whose body is about to start. Dropped before it does, as when its caller gives up while the
/// decision is written, it gives its place in the budget back, and the trail is told.
struct Intent<'a> {
    gate: &'a Gate,
    operation: &'a Operation,
    /// Whether it holds a place in the budget.
    is_budgeted: bool,
    /// The fence number that is on record, if one is.
    fence: Option<u64>,
}

impl<'a> Intent<'a> {
    const fn new(gate: &'a Gate, operation: &'a Operation) -> Self {
        Self {
            gate,
            operation,
            is_budgeted: false,
            fence: None,
        }
    }

    /// Hands over what it holds to the permit of the body.
    fn begin(mut self) -> (u64, bool) {
        let fence = self.fence.take();
        (
            fence.unwrap_or_else(|| self.gate.next_fence()),
            std::mem::take(&mut self.is_budgeted),
        )
    }
}

impl Drop for Intent<'_> {
    fn drop(&mut self) {
        if self.is_budgeted {
            let now = self.gate.directory.context().now();
            self.operation.with_bucket(|bucket| bucket.refund(now));
        }
        if let Some(fence) = self.fence {
            self.gate
                .tell_end(self.operation, fence, AuditOutcome::Cancelled);
        }
    }
}

pub(super) fn decide(verdict: &Verdict, mode: GateMode, honoured: bool) -> Decision {
    if verdict.is_allow() {
        return Decision::Allowed;
    }
    let not_started = verdict.vetoes().contains(&Veto::NotInitialised);
    if mode != GateMode::Enforce && !not_started {
        return Decision::Observed;
    }
    // A bypass skips conditions of health, and nothing else.
    if honoured && verdict.vetoes().iter().all(Veto::is_about_health) {
        return Decision::Bypassed;
    }
    Decision::Denied
}
