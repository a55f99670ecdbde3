//! What is written and told of a decision, and of the end of what was permitted.

use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

use super::Gate;
use super::audit::{AuditOutcome, AuditRecord, Decision};
use super::budget::Bucket;
use super::bypass::Bypass;
use super::config::{BypassRule, GateMode};
use super::look::Look;
use super::operation::Operation;
use super::verdict::{Verdict, Veto};
use crate::sync::Ordering;

/// How long a sink may take to write a decision.
const AUDIT_PATIENCE: Duration = Duration::from_secs(1);

impl Gate {
    pub(super) fn record(
        &self,
        operation: &Operation,
        mode: GateMode,
        look: &Look,
        bypass: Option<Bypass>,
        now: Instant,
    ) -> AuditRecord {
        let declared = operation.declared;
        AuditRecord {
            operation: declared.name,
            module: declared.module,
            file: declared.file,
            line: declared.line,
            decision: Decision::Denied,
            verdict: Verdict::Allow,
            mode,
            evidence: look.evidence(),
            bypass,
            budget_left: operation.with_bucket(|bucket| bucket.left(now)),
            fence: None,
        }
    }

    /// Writes a decision to every sink.
    pub(super) async fn write(&self, record: &AuditRecord) -> Result<(), String> {
        let sinks = self.sinks.lock().clone();
        let mut failed = Ok(());
        for sink in sinks {
            let written = tokio::time::timeout(AUDIT_PATIENCE, sink.decided(record)).await;
            let error = match written {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {AUDIT_PATIENCE:?}"),
            };
            warn!(target: "health_runtime::audit", operation = record.operation, %error, "a decision could not be written");
            if sink.is_durable() {
                failed = Err(error);
            }
        }
        failed
    }

    pub(super) fn tell(&self, operation: &Operation, record: &AuditRecord) {
        let AuditRecord {
            operation: name,
            verdict,
            fence,
            ..
        } = record;
        let fence = *fence;
        match record.decision {
            Decision::Allowed => info!(
                target: "health_runtime::audit", operation = name, fence, budget_left = record.budget_left, "{name} allowed"
            ),
            Decision::Bypassed => {
                let bypass = record
                    .bypass
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                warn!(
                    target: "health_runtime::gate",
                    operation = name, fence, bypass, "{name} bypassed the gate ({bypass}), which says {verdict}"
                );
            }
            Decision::Observed => self.warn_or_count(operation, |suppressed| {
                warn!(
                    target: "health_runtime::gate",
                    operation = name, fence, suppressed, "{name} would be {verdict}"
                );
            }),
            Decision::Denied => {
                let on_bypass = on_bypass(operation, record);
                let warn = |suppressed: u64| {
                    warn!(
                        target: "health_runtime::gate",
                        operation = name,
                        reasons = ?verdict.vetoes().iter().map(Veto::code).collect::<Vec<_>>(),
                        suppressed,
                        "{name} {verdict}{on_bypass}"
                    );
                };
                match record.bypass {
                    // A person is waiting for the answer: each of these is told.
                    Some(_) => warn(0),
                    None => self.warn_or_count(operation, warn),
                }
            }
        }
    }

    pub(super) fn warn_or_count(&self, operation: &Operation, warn: impl FnOnce(u64)) {
        let now = self.directory.context().now();
        match operation.may_warn(now) {
            Some(suppressed) => warn(suppressed),
            None => {
                debug!(target: "health_runtime::gate", operation = operation.declared.name, "denied again")
            }
        }
    }

    /// Notes how a permitted call ended, and gives its place back.
    pub(super) fn ended(
        &self,
        operation: &Operation,
        fence: u64,
        outcome: AuditOutcome,
        is_budgeted: bool,
    ) {
        // The clock is read only where there is a budget, and not under its lock.
        if is_budgeted && !operation.with_bucket(Bucket::finish_unlimited) {
            let now = self.directory.context().now();
            operation.with_bucket(|bucket| bucket.finish(now));
        }
        self.tell_end(operation, fence, outcome);
    }

    pub(super) fn tell_end(&self, operation: &Operation, fence: u64, outcome: AuditOutcome) {
        let name = operation.declared.name;
        debug!(target: "health_runtime::audit", operation = name, fence, outcome = outcome.code(), "{name} {}", outcome.code());
        if self.has_sinks.load(Ordering::Acquire) {
            let sinks = self.sinks.lock().clone();
            for sink in sinks {
                sink.ended(name, fence, outcome);
            }
        }
    }
}

/// What there is to say about a bypass to whoever reads of a denial: only what would help.
fn on_bypass(operation: &Operation, record: &AuditRecord) -> String {
    let is_allowed = operation.policy().bypass == BypassRule::Allow;
    let would_help = record.verdict.vetoes().iter().all(Veto::is_about_health);
    match (&record.bypass, operation.bypass_parameter()) {
        (Some(bypass), _) if !is_allowed => {
            format!("; its configuration forbids the bypass ({bypass})")
        }
        (None, Some(parameter)) if is_allowed && would_help => format!("; `{parameter}` bypasses"),
        _ => String::new(),
    }
}
