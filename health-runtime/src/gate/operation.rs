//! One destructive operation: its budget, its counters, and what was last granted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::audit::Decision;
use super::budget::{Bucket, Budget};
use super::config::OperationPolicy;
use super::verdict::Verdict;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// What an attribute says of the function it stands on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) module: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) deps: &'static [&'static str],
    pub(crate) options: &'static str,
    pub(crate) budget: Option<Budget>,
}

/// What tells one operation from another: module, name, file, line, dependencies and options.
pub(crate) type OperationKey = (
    &'static str,
    &'static str,
    &'static str,
    u32,
    &'static [&'static str],
    &'static str,
);

impl Declared {
    /// The name is not enough: methods of several types may share it in one module, even on one
    /// line of a macro, and must not stand in for each other.
    pub(crate) const fn key(&self) -> OperationKey {
        let Self {
            name,
            module,
            file,
            line,
            deps,
            options,
            ..
        } = *self;
        (module, name, file, line, deps, options)
    }
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) declared: Declared,
    policy: Mutex<OperationPolicy>,
    bucket: Mutex<Bucket>,
    grant: Mutex<Option<Grant>>,
    counts: Counts,
    warned: Mutex<Warned>,
}

/// Proof that was looked at, and how long it lasts if nothing changes.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The number of changes of health at that time.
    pub(crate) version: u64,
    /// When the first piece of evidence is too old. `None` if none grows old.
    pub(crate) until: Option<Instant>,
    pub(crate) epochs: Arc<[(&'static str, u64)]>,
}

#[derive(Debug, Default)]
struct Counts {
    allowed: AtomicU64,
    denied: AtomicU64,
    indeterminate: AtomicU64,
    observed: AtomicU64,
    bypassed: AtomicU64,
}

/// How often the gate decided what about one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OperationCounts {
    /// The destructive function.
    pub operation: &'static str,
    /// Calls that ran with every condition met.
    pub allowed: u64,
    /// Calls that did not run because a condition did not hold: the saves.
    pub denied: u64,
    /// Calls that did not run because something could not be checked.
    pub indeterminate: u64,
    /// Calls that ran although they would have been denied, because the mode only observes.
    pub observed: u64,
    /// Calls that ran on a bypass.
    pub bypassed: u64,
}

#[derive(Debug, Default)]
struct Warned {
    last: Option<Instant>,
    suppressed: u64,
}

impl Operation {
    const WARN_EVERY: Duration = Duration::from_secs(10);

    pub(crate) fn new(declared: Declared, policy: OperationPolicy, now: Instant) -> Self {
        Self {
            bucket: Mutex::new(Bucket::new(policy.budget.or(declared.budget), now)),
            declared,
            policy: Mutex::new(policy),
            grant: Mutex::new(None),
            counts: Counts::default(),
            warned: Mutex::default(),
        }
    }

    pub(crate) fn configure(&self, policy: OperationPolicy, now: Instant) {
        self.bucket
            .lock()
            .configure(policy.budget.or(self.declared.budget), now);
        *self.policy.lock() = policy;
        *self.grant.lock() = None;
    }

    pub(crate) fn policy(&self) -> OperationPolicy {
        *self.policy.lock()
    }

    pub(crate) fn with_bucket<T>(&self, act: impl FnOnce(&mut Bucket) -> T) -> T {
        act(&mut self.bucket.lock())
    }

    /// Returns the epochs of the last grant, if it still holds and the budget has a place, which
    /// is taken then.
    pub(crate) fn take_granted(
        &self,
        version: u64,
        now: Instant,
    ) -> Option<Arc<[(&'static str, u64)]>> {
        let epochs = {
            let grant = self.grant.lock();
            let grant = grant.as_ref()?;
            let holds = grant.version == version && grant.until.is_none_or(|until| now < until);
            holds.then(|| Arc::clone(&grant.epochs))?
        };
        self.bucket.lock().take(now).ok()?;
        self.counts.allowed.fetch_add(1, Ordering::Relaxed);
        Some(epochs)
    }

    /// Keeps what was granted under `rules`, unless an operator has replaced them meanwhile.
    pub(crate) fn remember(&self, rules: OperationPolicy, grant: Option<Grant>) {
        // Whoever replaces them does so before it forgets the grant, for which it needs this lock.
        let mut kept = self.grant.lock();
        *kept = grant.filter(|_| self.policy() == rules);
    }

    pub(crate) fn count(&self, decision: Decision, verdict: &Verdict) {
        let counter = match (decision, verdict) {
            (Decision::Allowed, _) => &self.counts.allowed,
            (Decision::Bypassed, _) => &self.counts.bypassed,
            (Decision::Observed, _) => &self.counts.observed,
            (Decision::Denied, Verdict::Indeterminate(_)) => &self.counts.indeterminate,
            (Decision::Denied, _) => &self.counts.denied,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> OperationCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        OperationCounts {
            operation: self.declared.name,
            allowed: read(&self.counts.allowed),
            denied: read(&self.counts.denied),
            indeterminate: read(&self.counts.indeterminate),
            observed: read(&self.counts.observed),
            bypassed: read(&self.counts.bypassed),
        }
    }

    /// Whether to warn of one more denial now: a loop that is denied must be seen, not heard all
    /// the time. Returns how many went unsaid since the last warning.
    pub(crate) fn may_warn(&self, now: Instant) -> Option<u64> {
        let mut warned = self.warned.lock();
        let due = warned
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= Self::WARN_EVERY);
        if !due {
            warned.suppressed += 1;
            return None;
        }
        let suppressed = std::mem::take(&mut warned.suppressed);
        warned.last = Some(now);
        Some(suppressed)
    }

    /// The parameter that bypasses, as the attribute names it.
    pub(crate) fn bypass_parameter(&self) -> Option<&'static str> {
        let after = self.declared.options.split("bypass = ").nth(1)?;
        after.split([',', ' ']).next()
    }
}
