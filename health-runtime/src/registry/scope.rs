//! Which registry is the present one: that of the task's scope, else the global one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use once_cell::sync::OnceCell;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;

use super::HealthRegistry;
use crate::sync::{AtomicUsize, Ordering, statics};

tokio::task_local! {
    static CURRENT: HealthRegistry;
}

statics! {
    static GLOBAL: OnceCell<HealthRegistry> = OnceCell::new();

    /// How many scopes there are in the process. While there is none, which is always outside of
    /// tests, a call does not have to look for its own.
    static SCOPES: AtomicUsize = AtomicUsize::new(0);
}

pub(super) fn global() -> &'static HealthRegistry {
    GLOBAL.get_or_init(HealthRegistry::new)
}

/// Whether a call may belong to a scope. One relaxed load: a scope is entered by the task that
/// calls, which sees its own write.
#[inline(always)]
pub(crate) fn is_any_active() -> bool {
    SCOPES.load(Ordering::Relaxed) != 0
}

/// The registry of the task's scope, if it has one.
#[cold]
pub(crate) fn scoped() -> Option<HealthRegistry> {
    CURRENT.try_with(HealthRegistry::clone).ok()
}

#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}

pin_project! {
    /// A future that runs with its own registry as the present one.
    ///
    /// Made by [`HealthRegistry::scope`] and [`InCurrentRegistry::in_current_registry`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Scope<F> {
        #[pin]
        inner: Inner<F>,
        counted: Option<Counted>,
    }
}

pin_project! {
    #[project = InnerProjection]
    enum Inner<F> {
        Scoped { #[pin] future: TaskLocalFuture<HealthRegistry, F> },
        Global { #[pin] future: F },
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("is_scoped", &self.counted.is_some())
            .finish_non_exhaustive()
    }
}

impl<F: Future> Scope<F> {
    pub(super) fn new(registry: HealthRegistry, future: F) -> Self {
        let future = CURRENT.scope(registry, future);
        Self {
            inner: Inner::Scoped { future },
            counted: Some(Counted::new()),
        }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().inner.project() {
            InnerProjection::Scoped { future } => future.poll(cx),
            InnerProjection::Global { future } => future.poll(cx),
        }
    }
}

/// Carries the present registry into a task of its own.
pub trait InCurrentRegistry: Future + Sized {
    /// Wraps the future so that it sees the registry of the present scope wherever it runs.
    ///
    /// A task-local scope does not follow `tokio::spawn`; this does. Outside of any scope it
    /// changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, InCurrentRegistry};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::new();
    /// registry
    ///     .scope(async {
    ///         let background = async { HealthRegistry::current().record_success("redis") };
    ///         tokio::spawn(background.in_current_registry()).await.unwrap();
    ///     })
    ///     .await;
    /// assert!(registry.health("redis").is_ok());
    /// # }
    /// ```
    fn in_current_registry(self) -> Scope<Self> {
        match scoped() {
            Some(registry) => Scope::new(registry, self),
            None => Scope {
                inner: Inner::Global { future: self },
                counted: None,
            },
        }
    }
}

impl<F: Future> InCurrentRegistry for F {}
