//! The gate: may this destructive call run now? Yes only on positive, fresh proof.
//!
//! - [`config`]: options, defaults, checks
//! - [`evidence`]: what it makes of what is known, pure
//! - [`verdict`]: its answer, and the reasons
//! - [`permit`]: the right to go on, while it lasts
//! - [`operation`]: one destructive function: budget, counters, last grant
//! - [`budget`], [`bypass`], [`audit`]: one idea each
//!
//! Every error arm in here denies. The gate is never itself behind a breaker, a cache or a retry;
//! the one thing it remembers is a grant, which any change of health of any dependency ends.

mod audit;
mod budget;
mod bypass;
mod config;
mod evidence;
mod operation;
mod permit;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tracing::{debug, info, warn};

pub use self::audit::{
    AuditError, AuditFuture, AuditOutcome, AuditRecord, AuditSink, Decision, EvidenceSeen,
};
use self::budget::Bucket;
pub use self::budget::Budget;
pub use self::bypass::{Bypass, BypassArgument};
pub use self::config::{
    BypassRule, Checkpoint, DenyAt, GateMode, GatePolicy, OperationPolicy, Preflight,
};
use self::evidence::Witness;
pub use self::operation::OperationCounts;
pub(crate) use self::operation::{Declared, Operation};
use self::operation::{Grant, OperationKey};
use self::permit::Waived;
pub use self::permit::{DestructivePermit, WatchDestructive};
pub use self::verdict::{Verdict, Veto};
use crate::breaker::Settle;
use crate::dependency::{Directory, Entry, Evidence};
use crate::error::{DependencyUnhealthy, Reason};
use crate::monitor::{self, CheckError};
use crate::state::DependencyState;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};

/// How long a sink may take to write a decision.
const AUDIT_PATIENCE: Duration = Duration::from_secs(1);

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
}

/// What is known at one moment of all that an operation relies on.
struct Look {
    version: u64,
    at: Instant,
    entries: Vec<Arc<Entry>>,
    witnesses: Vec<Witness>,
    /// What speaks against going ahead, but for the witnesses.
    others: Vec<Veto>,
}

impl Look {
    fn vetoes(&self, policy: &GatePolicy) -> Vec<Veto> {
        let of_witnesses = self
            .witnesses
            .iter()
            .flat_map(|witness| witness.vetoes(policy));
        self.others.iter().cloned().chain(of_witnesses).collect()
    }

    fn evidence(&self) -> Vec<EvidenceSeen> {
        let seen = |witness: &Witness| EvidenceSeen {
            dependency: witness.dependency,
            state: witness.vitals.state,
            epoch: witness.vitals.epoch,
            age: witness.vitals.proof_age,
        };
        self.witnesses.iter().map(seen).collect()
    }

    fn epochs(&self) -> Arc<[(&'static str, u64)]> {
        self.witnesses
            .iter()
            .map(|witness| (witness.dependency, witness.vitals.epoch))
            .collect()
    }

    /// What can be granted again without another look, until something changes.
    fn grant(&self) -> Grant {
        let ends = self
            .witnesses
            .iter()
            .filter(|witness| witness.evidence == Evidence::Proof)
            .map(|witness| {
                let age = witness.vitals.proof_age.unwrap_or(witness.max_age);
                self.at + witness.max_age.saturating_sub(age)
            })
            .min();
        Grant {
            version: self.version,
            until: ends,
            epochs: self.epochs(),
        }
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
        let waived = match decision {
            Decision::Bypassed => Waived::ByBypass,
            // A confirmed call is not stopped half-way by what was confirmed to be skipped.
            _ if honoured => Waived::ByBypass,
            Decision::Observed => Waived::ByMode,
            _ if mode != GateMode::Enforce => Waived::ByMode,
            _ => Waived::No,
        };
        let can_repeat = decision == Decision::Allowed
            && waived == Waived::No
            && policy.preflight == Preflight::WhenStale
            // Granted under a policy that was replaced meanwhile: this once, and not again.
            && Arc::ptr_eq(&policy, &self.policy());
        operation.remember(can_repeat.then(|| look.grant()));
        let (fence, is_budgeted) = intent.begin();
        Ok(DestructivePermit::new(
            Arc::clone(&self),
            Arc::clone(&operation),
            look.epochs(),
            fence,
            look.version,
            waived,
            is_budgeted,
        ))
    }

    /// Asks without a permit, a budget or a record: what would the gate say now?
    pub(crate) async fn preview(&self, operation: &Operation) -> Verdict {
        let policy = self.policy();
        let look = self.look(operation, &policy);
        let look = self.preflight(operation, &policy, look).await;
        Verdict::of(look.vetoes(&policy))
    }

    /// The checkpoint: asks again, and waits while the answer is no.
    async fn reconsider(
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
    fn reconsider_now(
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

    /// How long this process did not run, if it was too long.
    fn stall_at(&self, now: Instant) -> Option<Duration> {
        let silence = self.directory.context().silence_at(now)?;
        (silence > monitor::STALL).then_some(silence)
    }

    /// Whether anything may be different from what it was at `version`.
    fn may_differ_from(&self, version: u64) -> bool {
        self.version() != version || self.stall_at(self.directory.context().now()).is_some()
    }

    fn look(&self, operation: &Operation, policy: &GatePolicy) -> Look {
        // Before anything is read: a change that is missed below makes the version differ later.
        let version = self.version();
        let context = self.directory.context();
        let mut others = Vec::new();
        if !self.is_started() {
            others.push(Veto::NotInitialised);
        }
        let mut entries = self.directory.critical();
        for name in operation.declared.deps {
            match self.directory.get(name) {
                Some(entry) if entries.iter().any(|known| known.id() == entry.id()) => {}
                Some(entry) => entries.push(entry),
                // With no declarations, every name that is mentioned exists.
                None if !self.directory.is_declared() => {
                    entries.push(self.directory.get_or_create(name));
                }
                None => others.push(Veto::Unknown {
                    dependency: (*name).to_owned(),
                }),
            }
        }
        if entries.is_empty() && others.is_empty() {
            others.push(Veto::NoWitness);
        }
        let bad_ages: Vec<_> = self
            .directory
            .all()
            .iter()
            .map(|entry| entry.vitals().went_bad_age)
            .collect();
        others.extend(evidence::suspects_observer(&bad_ages, policy));
        let at = context.now();
        if let Some(silent) = self.stall_at(at) {
            others.push(Veto::ObserverStalled { silent });
        }
        let witnesses = entries.iter().map(|entry| witness(entry, policy)).collect();
        Look {
            version,
            at,
            entries,
            witnesses,
            others,
        }
    }

    /// Runs the probes that could turn a no for want of evidence into a yes, all at once, and looks
    /// again.
    async fn preflight(&self, operation: &Operation, policy: &GatePolicy, look: Look) -> Look {
        let always = policy.preflight == Preflight::Always;
        let is_hopeless = !look.others.is_empty()
            || look.witnesses.iter().any(|witness| {
                !witness.vetoes(policy).is_empty() && !witness.lacks_only_freshness(policy)
            });
        let wanted: Vec<usize> = (0..look.witnesses.len())
            .filter(|&index| always || look.witnesses[index].lacks_only_freshness(policy))
            .collect();
        if is_hopeless || wanted.is_empty() {
            return look;
        }
        let checks = wanted.iter().map(|&index| {
            let entry = Arc::clone(&look.entries[index]);
            let patience = policy.preflight_timeout;
            boxed(async move { monitor::check_now(&entry, patience).await })
        });
        let answers = join_all(checks.collect()).await;
        let mut again = self.look(operation, policy);
        for (&index, answer) in wanted.iter().zip(answers) {
            let Err(error) = answer else { continue };
            let name = look.witnesses[index].dependency;
            let Some(witness) = again.witnesses.iter_mut().find(|w| w.dependency == name) else {
                continue;
            };
            if always && !matches!(error, CheckError::NoProbe) {
                // Asked for and not had: whatever was known before does not count.
                witness.vitals.proof_age = None;
            }
            if !matches!(error, CheckError::NoProbe) {
                witness.probe = Some(error.to_string());
            }
        }
        again
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

    fn record(
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
    async fn write(&self, record: &AuditRecord) -> Result<(), String> {
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

    fn tell(&self, operation: &Operation, record: &AuditRecord) {
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

    fn warn_or_count(&self, operation: &Operation, warn: impl FnOnce(u64)) {
        let now = self.directory.context().now();
        match operation.may_warn(now) {
            Some(suppressed) => warn(suppressed),
            None => {
                debug!(target: "health_runtime::gate", operation = operation.declared.name, "denied again")
            }
        }
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
        DestructivePermit::new(gate, operation, epochs, fence, version, waived, is_budgeted)
    }

    fn next_fence(&self) -> u64 {
        self.fence.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Notes how a permitted call ended, and gives its place back.
    fn ended(&self, operation: &Operation, fence: u64, outcome: AuditOutcome, is_budgeted: bool) {
        // The clock is read only where there is a budget, and not under its lock.
        if is_budgeted && !operation.with_bucket(Bucket::finish_unlimited) {
            let now = self.directory.context().now();
            operation.with_bucket(|bucket| bucket.finish(now));
        }
        self.tell_end(operation, fence, outcome);
    }

    fn tell_end(&self, operation: &Operation, fence: u64, outcome: AuditOutcome) {
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

fn decide(verdict: &Verdict, mode: GateMode, honoured: bool) -> Decision {
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

fn witness(entry: &Entry, policy: &GatePolicy) -> Witness {
    let settings = entry.settings();
    let name = entry.name().as_str();
    let advice = settings
        .probe
        .is_none()
        .then(|| format!("it has no probe: add `#[probe(dep = \"{name}\")]`"));
    Witness {
        dependency: name,
        vitals: entry.vitals(),
        evidence: settings.evidence,
        max_age: policy.evidence_age(settings.probe_every),
        probe: advice,
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
    Box::pin(future)
}

/// Waits for all of them at the same time.
async fn join_all<T>(mut futures: Vec<Boxed<T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |cx| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}
