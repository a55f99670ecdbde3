//! A circuit breaker for each dependency, and nothing is removed while one is open.

use std::convert::Infallible;
use std::time::Duration;

use health_runtime::probe::{Identity, ProbeError};
use health_runtime::{Dependency, DependencyState, HealthRegistry};

use super::Copy;
use crate::service::{self, Sources};

/// Reads through the breakers, and asks both of them before each removal.
///
/// Why people write it so: it is what every guide to circuit breakers shows, and the reads and a
/// probe four times a second feed it, so that it opens at the second failure. It is a good breaker.
/// But a breaker counts failures, and two things that destroy data are not counted: the first
/// failure, at which it is still closed, and a Redis that answers well and has forgotten everything.
pub async fn run(
    copy: &Copy,
    sources: &dyn Sources,
    dependencies: [Dependency; 2],
    every: Duration,
) -> Infallible {
    let registry = dependencies
        .into_iter()
        .fold(HealthRegistry::builder(), |all, one| all.dependency(one))
        .build()
        .expect("the dependencies of the service are sound");
    let (never, _, _) = tokio::join!(
        reap(&registry, copy, sources, every),
        probe(&registry, "redis", service::probe_redis, every),
        probe(&registry, "api", service::probe_api, every),
    );
    never
}

async fn reap(
    registry: &HealthRegistry,
    copy: &Copy,
    sources: &dyn Sources,
    every: Duration,
) -> Infallible {
    let is_closed = |name| registry.get_state(name) != Ok(DependencyState::Unhealthy);
    loop {
        for id in copy.ids() {
            let heartbeat = registry.call("redis", sources.has_heartbeat(&id));
            let is_alive = heartbeat.await.unwrap_or(false)
                && registry
                    .call("api", sources.is_known(&id))
                    .await
                    .unwrap_or(false);
            if !is_alive && is_closed("redis") && is_closed("api") {
                copy.remove(&id);
            }
        }
        tokio::time::sleep(every).await;
    }
}

async fn probe<F>(
    registry: &HealthRegistry,
    name: &str,
    check: impl Fn() -> F,
    every: Duration,
) -> Infallible
where
    F: Future<Output = Result<Option<Identity>, ProbeError>>,
{
    let patience = Duration::from_millis(300);
    loop {
        match tokio::time::timeout(patience, check()).await {
            Ok(Ok(_)) => registry.record_success(name),
            Ok(Err(error)) => registry.record_failure(name, &error.to_string()),
            Err(_) => registry.record_failure(name, "no answer"),
        }
        tokio::time::sleep(every).await;
    }
}
