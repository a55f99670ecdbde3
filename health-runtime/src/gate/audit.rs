//! What was decided, on which evidence, and what came of it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::bypass::Bypass;
use super::config::GateMode;
use super::verdict::Verdict;
use crate::state::DependencyState;

/// One decision of the gate.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditRecord {
    /// The destructive function.
    pub operation: &'static str,
    /// The module it is in.
    pub module: &'static str,
    /// The file of its attribute.
    pub file: &'static str,
    /// The line of its attribute.
    pub line: u32,
    /// What was done.
    pub decision: Decision,
    /// What the checks said, whatever was done.
    pub verdict: Verdict,
    /// The mode of the operation.
    pub mode: GateMode,
    /// What was known of each dependency.
    pub evidence: Vec<EvidenceSeen>,
    /// The bypass that was asked for, honoured or not.
    pub bypass: Option<Bypass>,
    /// How many calls the budget leaves after this one; `None` without a budget.
    pub budget_left: Option<u32>,
    /// The fence number of the permit; `None` if there is none.
    pub fence: Option<u64>,
}

impl AuditRecord {
    pub(super) fn set(&mut self, decision: Decision, verdict: &Verdict, fence: Option<u64>) {
        self.decision = decision;
        self.verdict = verdict.clone();
        self.fence = fence;
    }
}

/// What the gate did with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// Every condition held: the body runs.
    Allowed,
    /// The body does not run.
    Denied,
    /// A bypass skipped conditions that did not hold: the body runs.
    Bypassed,
    /// Conditions did not hold, and the mode only observes: the body runs.
    Observed,
}

impl Decision {
    /// Returns the decision as one word, for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Bypassed => "bypassed",
            Self::Observed => "observed",
        }
    }
}

/// What was known of one dependency when the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidenceSeen {
    /// Its name.
    pub dependency: &'static str,
    /// Its state.
    pub state: DependencyState,
    /// Its epoch.
    pub epoch: u64,
    /// How old the last success of that epoch was.
    pub age: Option<Duration>,
}

/// How a permitted call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It returned `Ok`.
    Completed,
    /// It returned an error.
    Failed,
    /// Its caller dropped it.
    Cancelled,
    /// It panicked.
    Panicked,
}

impl AuditOutcome {
    /// Returns the outcome as one word, for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Panicked => "panicked",
        }
    }
}

/// A decision could not be written.
#[derive(Debug)]
pub struct AuditError(Box<dyn Error + Send + Sync>);

impl AuditError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for AuditError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The future of [`AuditSink::decided`].
pub type AuditFuture<'a> = Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + 'a>>;

/// Where decisions are kept, beside `tracing`, which always gets them.
///
/// # Examples
///
/// ```
/// use std::sync::Mutex;
/// use health_runtime::{AuditFuture, AuditOutcome, AuditRecord, AuditSink};
///
/// #[derive(Default)]
/// struct InMemory(Mutex<Vec<String>>);
///
/// impl AuditSink for InMemory {
///     fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
///         let line = format!("{} {}", record.operation, record.verdict);
///         self.0.lock().unwrap().push(line);
///         Box::pin(std::future::ready(Ok(())))
///     }
///
///     fn ended(&self, operation: &'static str, fence: u64, outcome: AuditOutcome) {
///         self.0.lock().unwrap().push(format!("{operation} {fence} {}", outcome.code()));
///     }
/// }
///
/// let builder = health_runtime::builder().audit(InMemory::default());
/// # let _ = builder;
/// ```
pub trait AuditSink: Send + Sync + 'static {
    /// Writes a decision. A permitted call starts after this has returned, so that what it does is
    /// on record before it is done.
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a>;

    /// Notes how a permitted call ended. Must not block: it is called on drop too.
    fn ended(&self, operation: &'static str, fence: u64, outcome: AuditOutcome);

    /// Whether a call is denied when its decision cannot be written. Default: it is.
    fn is_durable(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn decisions_and_outcomes_have_their_words_for_logs_and_metrics() {
        let decisions = [
            Decision::Allowed,
            Decision::Denied,
            Decision::Bypassed,
            Decision::Observed,
        ];
        assert_eq!(
            decisions.map(Decision::code),
            ["allowed", "denied", "bypassed", "observed"]
        );
        let outcomes = [
            AuditOutcome::Completed,
            AuditOutcome::Failed,
            AuditOutcome::Cancelled,
            AuditOutcome::Panicked,
        ];
        assert_eq!(
            outcomes.map(AuditOutcome::code),
            ["completed", "failed", "cancelled", "panicked"]
        );
    }

    #[derive(Debug)]
    struct Unwritten(io::Error);

    impl fmt::Display for Unwritten {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the decision was not written")
        }
    }

    impl Error for Unwritten {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_audit_error_reads_as_what_it_wraps_and_has_its_causes() {
        let error = AuditError::new(Unwritten(io::Error::other("disk full")));
        assert_eq!(error.to_string(), "the decision was not written");
        assert_eq!(error.source().unwrap().to_string(), "disk full");
    }
}
