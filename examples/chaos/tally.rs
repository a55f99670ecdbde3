//! The decisions of the gate, counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use health_runtime::{AuditFuture, AuditOutcome, AuditRecord, AuditSink};

/// Hears of every decision.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<Counted>>);

#[derive(Default, Clone)]
pub struct Counted {
    /// By what was decided.
    pub decisions: BTreeMap<&'static str, u64>,
    /// Those that were denied, by every reason there was.
    pub reasons: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub fn counted(&self) -> Counted {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditSink for Tally {
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
        let mut counted = self.lock();
        *counted.decisions.entry(record.decision.code()).or_default() += 1;
        for veto in record.verdict.vetoes() {
            *counted.reasons.entry(veto.code()).or_default() += 1;
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, _operation: &'static str, _fence: u64, _outcome: AuditOutcome) {}
}
