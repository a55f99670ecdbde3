//! Destructive functions. They destroy nothing; they note that their body ran.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::{Bypass, DependencyUnhealthy, DestructivePermit, destructive, guarded, probe};

/// Counts the bodies that ran.
#[derive(Debug, Default)]
pub(crate) struct Ran(AtomicUsize);

impl Ran {
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("connection refused")]
    Down,
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

#[destructive]
pub(crate) async fn purge(ran: &Ran) -> Result<(), DependencyUnhealthy> {
    ran.note();
    Ok(())
}

/// Needs what is not critical as well.
#[destructive(deps = ["search"])]
pub(crate) async fn drop_index(ran: &Ran) -> Result<(), DependencyUnhealthy> {
    ran.note();
    Ok(())
}

#[destructive(budget = "3/1m")]
pub(crate) async fn evict(ran: &Ran, work: Duration) -> Result<(), DependencyUnhealthy> {
    ran.note();
    tokio::time::sleep(work).await;
    Ok(())
}

#[destructive(bypass = "user_confirmed", budget = "3/1m")]
pub(crate) async fn close(ran: &Ran, user_confirmed: bool) -> Result<(), DependencyUnhealthy> {
    ran.note();
    Ok(())
}

#[destructive(bypass = "bypass")]
pub(crate) async fn close_as(ran: &Ran, bypass: Bypass) -> Result<(), DependencyUnhealthy> {
    ran.note();
    Ok(())
}

#[destructive(bypass = "bypass")]
pub(crate) async fn close_perhaps_as(
    ran: &Ran,
    bypass: Option<Bypass>,
) -> Result<(), DependencyUnhealthy> {
    ran.note();
    Ok(())
}

/// Runs any body with the permit.
#[destructive(permit = permit)]
pub(crate) async fn with_permit<T, E>(
    body: impl AsyncFnOnce(&DestructivePermit) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<DependencyUnhealthy>,
{
    body(permit).await
}

#[destructive(permit = permit, bypass = "bypass")]
pub(crate) async fn with_bypassed_permit<T, E>(
    bypass: Option<Bypass>,
    body: impl AsyncFnOnce(&DestructivePermit) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<DependencyUnhealthy>,
{
    body(permit).await
}

/// A guarded call on what is not critical: its failure changes no condition of the gate.
#[guarded(deps = ["search"])]
pub(crate) async fn search(
    answer: impl Future<Output = Result<u32, Trouble>>,
) -> Result<u32, Trouble> {
    answer.await
}

#[guarded(deps = ["redis"])]
pub(crate) async fn load(
    answer: impl Future<Output = Result<u32, Trouble>>,
) -> Result<u32, Trouble> {
    answer.await
}

/// Two functions of one name in one module, as methods of two types may be.
pub(crate) struct OnIndex;
pub(crate) struct OnCache;

impl OnIndex {
    #[destructive(deps = ["search"], budget = "1/1h")]
    pub(crate) async fn wipe(&self, ran: &Ran) -> Result<(), DependencyUnhealthy> {
        ran.note();
        Ok(())
    }
}

impl OnCache {
    #[destructive]
    pub(crate) async fn wipe(&self, ran: &Ran) -> Result<(), DependencyUnhealthy> {
        ran.note();
        Ok(())
    }
}

#[probe(dep = "metrics", every = "1h")]
async fn metrics_answer() -> Result<(), String> {
    Ok(())
}
