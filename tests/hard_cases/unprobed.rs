//! A probe has the first right to be the trial. One that nobody runs must not keep it: callers would
//! be refused for a lease after each cooldown, waiting for nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::probe::{Probe, ProbeFuture};
use health_runtime::{Dependency, DependencyUnhealthy, HealthRegistry, builder};

use crate::subject::SECOND;

#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn runs(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Probe for Counted {
    fn check(&self) -> ProbeFuture<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(None) })
    }
}

async fn succeed(registry: &HealthRegistry) -> Result<(), DependencyUnhealthy> {
    registry.call("unprobed", async { Ok(()) }).await
}

/// Trips the breaker and lets its first cooldown, of a second at most, pass.
async fn outlast_an_outage(registry: &HealthRegistry) {
    for _ in 0..5 {
        registry.record_failure("unprobed", "connection refused");
    }
    tokio::time::sleep(2 * SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn a_probe_of_a_registry_that_was_never_started() {
    let dependency = Dependency::new("unprobed").probe(Counted::default());
    let registry = HealthRegistry::builder().dependency(dependency);
    let registry = registry.build().unwrap();
    outlast_an_outage(&registry).await;
    assert!(succeed(&registry).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_probe_after_the_shutdown() {
    let dependency = Dependency::new("unprobed").probe(Counted::default());
    let registry = HealthRegistry::builder().dependency(dependency);
    let registry = registry.build().unwrap();
    let guard = builder().registry(registry.clone()).init().await.unwrap();
    tokio::time::sleep(SECOND).await;
    guard.shutdown().await;
    outlast_an_outage(&registry).await;
    assert!(succeed(&registry).await.is_ok());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

async fn succeed_with(
    probe: &Counted,
    registry: &HealthRegistry,
) -> Result<(), DependencyUnhealthy> {
    let call = registry.call_with_probe("unprobed", async { Ok(()) }, probe.clone());
    call.await
}

#[test]
fn a_probe_whose_runtime_is_gone() {
    let (registry, probe) = (HealthRegistry::new(), Counted::default());
    runtime().block_on(async {
        assert!(succeed_with(&probe, &registry).await.is_ok());
        tokio::time::sleep(SECOND).await;
    });
    runtime().block_on(async {
        outlast_an_outage(&registry).await;
        assert!(succeed(&registry).await.is_ok());
    });
}

#[test]
fn a_call_in_another_runtime_starts_its_probe_anew() {
    let (registry, probe) = (HealthRegistry::new(), Counted::default());
    runtime().block_on(async {
        assert!(succeed_with(&probe, &registry).await.is_ok());
        tokio::time::sleep(SECOND).await;
    });
    let before = probe.runs();
    assert!(before > 0);
    runtime().block_on(async {
        assert!(succeed_with(&probe, &registry).await.is_ok());
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    assert!(probe.runs() > before);
}
