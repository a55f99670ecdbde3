//! The right to destroy something now.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tracing::warn;

use super::Gate;
use super::audit::AuditOutcome;
use super::operation::Operation;
use crate::call::journal::{self, Mark};
use crate::error::{DependencyUnhealthy, Reason};
use crate::state::DependencyState;
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, Ordering};

/// The right to run one destructive call.
///
/// Only `#[destructive]` hands it out, borrowed, to the body of the function it stands on:
/// `#[destructive(permit = permit)]`. Let the primitives that cannot be undone take
/// `&DestructivePermit`, and calling one anywhere else does not compile.
///
/// A guarded call that fails, is refused or is dropped inside the body, or a destructive one that is
/// denied, *taints* the permit: from then on [`check`](Self::check) and [`checkpoint`](Self::checkpoint) refuse, so that an error met
/// half-way is never read as "absent, so delete it". Calls in tasks of their own (`tokio::spawn`)
/// are not seen; await their results and return their errors.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};
///
/// struct Topics;
///
/// impl Topics {
///     /// Cannot be undone, so it takes a permit.
///     async fn erase(&self, topic: u64, permit: &DestructivePermit) -> Result<(), DependencyUnhealthy> {
///         permit.check()?;
///         // ... WHERE topic = ? AND fence < ?
///         let _ = (topic, permit.fence());
///         Ok(())
///     }
///
///     #[destructive(permit = permit)]
///     async fn delete_topics(&self, topics: &[u64]) -> Result<(), DependencyUnhealthy> {
///         for topic in topics {
///             permit.checkpoint().await?;
///             self.erase(*topic, permit).await?;
///         }
///         Ok(())
///     }
/// }
/// # let _ = Topics::delete_topics;
/// ```
#[must_use = "dropped at once, the destructive call counts as cancelled"]
pub struct DestructivePermit {
    gate: Arc<Gate>,
    operation: Arc<Operation>,
    epochs: Arc<[(&'static str, u64)]>,
    fence: u64,
    /// The number of changes of health when the gate last looked.
    version: AtomicU64,
    /// Health does not matter: bypassed, or only observed.
    waived: Waived,
    /// Whether the budget counts this call.
    is_budgeted: bool,
    tainted: AtomicBool,
    /// The thread that polls the body, 0 while none does, and its journal when it began to.
    polled_by: AtomicUsize,
    polled_from: Mutex<Mark>,
    ended: AtomicBool,
}

/// Whether the checks of a running call only inform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waived {
    No,
    ByBypass,
    ByMode,
}

impl DestructivePermit {
    /// Not called `new`: the compiler would offer it to whoever tries to forge one.
    pub(super) fn granted(
        gate: Arc<Gate>,
        operation: Arc<Operation>,
        epochs: Arc<[(&'static str, u64)]>,
        fence: u64,
        version: u64,
        waived: Waived,
        is_budgeted: bool,
    ) -> Self {
        Self {
            gate,
            operation,
            epochs,
            fence,
            version: AtomicU64::new(version),
            waived,
            is_budgeted,
            tainted: AtomicBool::new(false),
            polled_by: AtomicUsize::new(0),
            polled_from: Mutex::new(Mark::here()),
            ended: AtomicBool::new(false),
        }
    }

    /// Returns the name of the destructive function.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation.declared.name
    }

    /// Returns a number that is greater than that of every permit before, also those of earlier
    /// runs of this process as long as the wall clock is not set back. It fits an `i64`.
    ///
    /// Hand it to the effect itself (`WHERE fence < ?`), so that a late, superseded call does
    /// nothing.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.fence
    }

    /// Returns the dependencies that were asked, with their epochs when the permit was granted.
    #[must_use]
    pub fn epochs(&self) -> &[(&'static str, u64)] {
        &self.epochs
    }

    /// Checks, without waiting or I/O, that nothing has happened since the permit was granted.
    ///
    /// For the primitives: call it right before what cannot be undone.
    ///
    /// # Errors
    ///
    /// When a guarded call inside the body has failed, when a dependency is not healthy any more,
    /// or when this process slept half-way and nothing is proven since.
    /// A permit that was granted on a bypass is not refused.
    pub fn check(&self) -> Result<(), DependencyUnhealthy> {
        self.check_taint()?;
        let seen = self.version.load(Ordering::Relaxed);
        if self.waived != Waived::No || !self.gate.may_differ_from(seen) {
            return Ok(());
        }
        self.gate.reconsider_now(&self.operation, &self.version)
    }

    /// Asks the gate again, between two units of a batch.
    ///
    /// A batch that began healthy must not go on destroying through an outage. While the gate would
    /// deny, this waits, for as long as [`GatePolicy::checkpoint`](crate::GatePolicy) says.
    ///
    /// Put it before the reads of a unit, not between them and the removal: what was read before a
    /// pause may no longer be true after it.
    ///
    /// # Errors
    ///
    /// When a guarded call inside the body has failed; when the wait was too long, or the policy
    /// is to stop at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and nothing else.
    pub async fn checkpoint(&self) -> Result<(), DependencyUnhealthy> {
        self.check_taint()?;
        if self.waived == Waived::ByBypass {
            return Ok(());
        }
        Box::pin(self.gate.reconsider(&self.operation, &self.version)).await?;
        self.check_taint()
    }

    fn check_taint(&self) -> Result<(), DependencyUnhealthy> {
        if !self.is_tainted() || self.waived == Waived::ByBypass {
            return Ok(());
        }
        let operation = self.operation();
        if self.waived == Waived::ByMode {
            warn!(target: "health_runtime::gate", operation, "{operation} would be stopped: a guarded call in it has failed");
            return Ok(());
        }
        warn!(
            target: "health_runtime::gate",
            operation,
            fence = self.fence,
            "{operation} stopped: a guarded call in it has failed, so what it has read proves nothing",
        );
        let state = DependencyState::Degraded;
        Err(DependencyUnhealthy::of_system(
            state,
            Reason::GateDenied,
            Duration::from_secs(1),
        ))
    }

    fn is_tainted(&self) -> bool {
        if self.tainted.load(Ordering::Relaxed) {
            return true;
        }
        // Failures of the present poll are in the journal of the thread that polls. Another thread
        // cannot read it, and what cannot be checked is not fine.
        let here = self.polled_by.load(Ordering::Relaxed) == journal::thread_number();
        let failed = !here || Mark::here().has_failed_since(*self.polled_from.lock());
        if failed && here {
            self.tainted.store(true, Ordering::Relaxed);
        }
        failed
    }

    pub(crate) fn end(&self, outcome: AuditOutcome) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            self.gate
                .ended(&self.operation, self.fence, outcome, self.is_budgeted);
        }
    }
}

impl Drop for DestructivePermit {
    fn drop(&mut self) {
        let is_polled = self.polled_by.load(Ordering::Relaxed) != 0;
        self.end(if is_polled {
            AuditOutcome::Panicked
        } else {
            AuditOutcome::Cancelled
        });
    }
}

impl fmt::Debug for DestructivePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DestructivePermit")
            .field("operation", &self.operation())
            .field("fence", &self.fence)
            .field("epochs", &self.epochs)
            .finish_non_exhaustive()
    }
}

/// The body of a destructive call while it runs.
#[must_use = "futures do nothing unless awaited"]
pub struct WatchDestructive<'a, F> {
    permit: &'a DestructivePermit,
    body: Pin<&'a mut F>,
}

impl<'a, F> WatchDestructive<'a, F> {
    pub(crate) const fn new(permit: &'a DestructivePermit, body: Pin<&'a mut F>) -> Self {
        Self { permit, body }
    }
}

impl<F> fmt::Debug for WatchDestructive<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchDestructive")
            .field("permit", self.permit)
            .finish_non_exhaustive()
    }
}

impl<F: Future> Future for WatchDestructive<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let from = Mark::here();
        *this.permit.polled_from.lock() = from;
        this.permit
            .polled_by
            .store(journal::thread_number(), Ordering::Relaxed);
        let polled = this.body.as_mut().poll(cx);
        this.permit.polled_by.store(0, Ordering::Relaxed);
        if Mark::here().has_failed_since(from) {
            this.permit.tainted.store(true, Ordering::Relaxed);
        }
        polled
    }
}
