//! The gate: may this destructive call run now? Yes only on positive, fresh proof.
//!
//! - [`config`]: options, defaults, checks
//! - [`look`]: what is known, and how more is found out
//! - [`evidence`]: what the gate makes of it, pure
//! - [`verdict`]: its answer, and the reasons
//! - [`ask`]: the question, from the first look to the permit
//! - [`permit`]: the right to go on, while it lasts
//! - [`checkpoint`]: the question asked again, by a call that is running
//! - [`trail`]: what is written and told of it
//! - [`operation`]: one destructive function: budget, counters, last grant
//! - [`budget`], [`bypass`], [`audit`]: one idea each
//!
//! Every error arm in here denies. The gate is never itself behind a breaker, a cache or a retry;
//! the one thing it remembers is a grant, which any change of health of any dependency ends.

mod ask;
mod audit;
mod budget;
mod bypass;
mod checkpoint;
mod config;
mod evidence;
mod look;
mod operation;
mod permit;
#[cfg(test)]
mod tests;
mod trail;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing::debug;

pub use self::audit::{
    AuditError, AuditFuture, AuditOutcome, AuditRecord, AuditSink, Decision, EvidenceSeen,
};
pub use self::budget::Budget;
pub use self::bypass::{Bypass, BypassArgument};
pub use self::config::{
    BypassRule, Checkpoint, DenyAt, GateMode, GatePolicy, OperationPolicy, Preflight,
};
pub use self::operation::OperationCounts;
use self::operation::OperationKey;
pub(crate) use self::operation::{Declared, Operation};
use self::permit::Waived;
pub use self::permit::{DestructivePermit, WatchDestructive};
pub use self::verdict::{Verdict, Veto};
use crate::breaker::Settle;
use crate::dependency::Directory;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};

/// How often a paused checkpoint looks again, at least.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(crate) struct Gate {
    directory: Arc<Directory>,
    policy: Mutex<Arc<GatePolicy>>,
    operations: Mutex<BTreeMap<OperationKey, Arc<Operation>>>,
    operation_policies: Mutex<BTreeMap<String, OperationPolicy>>,
    sinks: Mutex<Vec<Arc<dyn AuditSink>>>,
    has_sinks: AtomicBool,
    fence: AtomicU64,
    started: AtomicBool,
    claimed: AtomicBool,
}

/// The right to start a gate, given back on drop unless it is [kept](Self::keep).
pub(crate) struct Claim<'a>(&'a Gate);

impl Claim<'_> {
    pub(crate) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.unclaim();
    }
}

impl Gate {
    pub(crate) fn new(directory: Arc<Directory>) -> Self {
        // Milliseconds in the upper bits, a counter below: a million grants per millisecond before
        // it runs ahead of the wall clock, and it fits an `i64` until the year 2248.
        let since_1970 = directory
            .context()
            .clock()
            .wall_now()
            .duration_since(SystemTime::UNIX_EPOCH);
        let millis = u64::try_from(since_1970.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        Self {
            directory,
            policy: Mutex::default(),
            operations: Mutex::default(),
            operation_policies: Mutex::default(),
            sinks: Mutex::default(),
            has_sinks: AtomicBool::new(false),
            fence: AtomicU64::new(millis << 20),
            started: AtomicBool::new(false),
            claimed: AtomicBool::new(false),
        }
    }

    pub(crate) fn policy(&self) -> Arc<GatePolicy> {
        Arc::clone(&self.policy.lock())
    }

    /// Changes the policy. What was proof under the one before has to be had anew.
    pub(crate) fn set_policy(&self, policy: GatePolicy) {
        let settle = Settle {
            after_failure: policy.settle,
            after_open: policy.settle_after_open,
        };
        self.directory.context().set_settle(settle);
        for entry in self.directory.all() {
            entry.set_settle(settle);
        }
        *self.policy.lock() = Arc::new(policy);
        self.directory.void_all();
    }

    /// Sets what differs for single operations, by name. What was set before is forgotten.
    pub(crate) fn set_operation_policies(&self, policies: BTreeMap<String, OperationPolicy>) {
        let now = self.directory.context().now();
        let operations = self.operations.lock();
        for operation in operations.values() {
            let policy = policies.get(operation.declared.name);
            operation.configure(policy.copied().unwrap_or_default(), now);
        }
        // Still under the lock: an operation that is asked for first now finds the new policies.
        *self.operation_policies.lock() = policies;
    }

    /// Sets where decisions are kept. The sinks of before get no more.
    pub(crate) fn set_sinks(&self, sinks: Vec<Arc<dyn AuditSink>>) {
        let has_sinks = !sinks.is_empty();
        *self.sinks.lock() = sinks;
        self.has_sinks.store(has_sinks, Ordering::Release);
    }

    /// Claims the right to start, which one `init()` has at a time.
    pub(crate) fn claim(&self) -> Option<Claim<'_>> {
        let was_claimed = self.claimed.swap(true, Ordering::AcqRel);
        (!was_claimed).then_some(Claim(self))
    }

    pub(crate) fn unclaim(&self) {
        self.claimed.store(false, Ordering::Release);
    }

    /// Says whether `init()` has run: before, nothing is allowed.
    pub(crate) fn set_started(&self, started: bool) {
        self.started.store(started, Ordering::Release);
        self.directory.void_all();
    }

    pub(crate) fn is_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    pub(crate) fn counts(&self) -> Vec<OperationCounts> {
        self.operations
            .lock()
            .values()
            .map(|operation| operation.counts())
            .collect()
    }

    pub(crate) fn version(&self) -> u64 {
        self.directory.context().version()
    }

    /// Returns what is kept of an operation in this registry.
    pub(crate) fn operation(&self, declared: Declared) -> Arc<Operation> {
        let mut operations = self.operations.lock();
        let operation = operations.entry(declared.key()).or_insert_with(|| {
            let policies = self.operation_policies.lock();
            let policy = policies.get(declared.name).copied().unwrap_or_default();
            Arc::new(Operation::new(
                declared,
                policy,
                self.directory.context().now(),
            ))
        });
        Arc::clone(operation)
    }

    /// Grants without waiting, I/O or allocation, when nothing has changed since the last grant
    /// and its evidence is still fresh.
    pub(crate) fn grant_again(
        self: &Arc<Self>,
        operation: &Arc<Operation>,
    ) -> Option<DestructivePermit> {
        if self.has_sinks.load(Ordering::Acquire) {
            return None;
        }
        let context = self.directory.context();
        let version = context.version();
        let now = context.now();
        if self.stall_at(now).is_some() {
            return None;
        }
        let epochs = operation.take_granted(version, now)?;
        let permit = self.permit(operation, epochs, version, Waived::No, true);
        debug!(target: "health_runtime::audit", operation = permit.operation(), fence = permit.fence(), "allowed");
        Some(permit)
    }

    fn permit(
        self: &Arc<Self>,
        operation: &Arc<Operation>,
        epochs: Arc<[(&'static str, u64)]>,
        version: u64,
        waived: Waived,
        is_budgeted: bool,
    ) -> DestructivePermit {
        let (gate, operation) = (Arc::clone(self), Arc::clone(operation));
        let fence = self.next_fence();
        DestructivePermit::granted(gate, operation, epochs, fence, version, waived, is_budgeted)
    }

    fn next_fence(&self) -> u64 {
        // Never 0, also where the wall clock has not been set: that is a column's default.
        self.fence.fetch_add(1, Ordering::Relaxed) + 1
    }
}
