//! The question asked again, by a call that is running.

use tracing::{info, warn};

use super::config::{Checkpoint, GateMode};
use super::operation::Operation;
use super::verdict::{Verdict, Veto};
use super::{Gate, LOOK_AGAIN};
use crate::error::DependencyUnhealthy;
use crate::sync::{AtomicU64, Ordering};

impl Gate {
    /// The checkpoint: asks again, and waits while the answer is no.
    pub(super) async fn reconsider(
        &self,
        operation: &Operation,
        seen: &AtomicU64,
    ) -> Result<(), DependencyUnhealthy> {
        let policy = self.policy();
        let mode = operation.policy().mode.unwrap_or(policy.mode);
        if mode == GateMode::Off {
            return Ok(());
        }
        let began = self.directory.context().now();
        let mut is_told = false;
        loop {
            let version = self.version();
            let verdict = self.preview(operation).await;
            let name = operation.declared.name;
            let Some(refusal) = verdict.refusal() else {
                if is_told {
                    info!(target: "health_runtime::gate", operation = name, "{name} goes on");
                }
                seen.store(version, Ordering::Relaxed);
                return Ok(());
            };
            if mode != GateMode::Enforce {
                self.warn_or_count(operation, |suppressed| {
                    warn!(target: "health_runtime::gate", operation = name, suppressed, "{name} would pause: {verdict}");
                });
                return Ok(());
            }
            let Checkpoint::Pause(limit) = policy.checkpoint else {
                return Err(refusal);
            };
            let waited = self
                .directory
                .context()
                .now()
                .saturating_duration_since(began);
            let left = limit.saturating_sub(waited);
            if left.is_zero() {
                warn!(target: "health_runtime::gate", operation = name, "{name} gives up after its pause: {verdict}");
                return Err(refusal);
            }
            if !is_told {
                warn!(target: "health_runtime::gate", operation = name, "{name} pauses: {verdict}");
                is_told = true;
            }
            let wait = verdict.retry_after().clamp(LOOK_AGAIN / 10, LOOK_AGAIN);
            tokio::time::sleep(wait.min(left)).await;
        }
    }

    /// The check of a running call: has anything gone bad since it was granted? Without I/O.
    pub(super) fn reconsider_now(
        &self,
        operation: &Operation,
        seen: &AtomicU64,
    ) -> Result<(), DependencyUnhealthy> {
        let policy = self.policy();
        let look = self.look(operation, &policy);
        let mut vetoes = look.vetoes(&policy);
        // Evidence was fresh when the call was granted; that it has aged since is for a checkpoint.
        // Evidence that is gone is another matter: the process slept, or is configured anew.
        vetoes.retain(|veto| !matches!(veto, Veto::Stale { age: Some(_), .. }));
        let verdict = Verdict::of(vetoes);
        match verdict.refusal() {
            None => {
                seen.store(look.version, Ordering::Relaxed);
                Ok(())
            }
            Some(_) if operation.policy().mode.unwrap_or(policy.mode) != GateMode::Enforce => {
                Ok(())
            }
            Some(refusal) => {
                let name = operation.declared.name;
                warn!(target: "health_runtime::gate", operation = name, "{name} stopped: {verdict}");
                Err(refusal)
            }
        }
    }
}
