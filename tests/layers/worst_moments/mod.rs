//! Calls that are queued, dropped, moved, nested and named twice at the worst moments: who is to blame, how
//! often does it count, and is everything given back?

mod attempts;
mod fallbacks;
mod keys;
mod panics;
mod parts;
mod queue;
mod time;
mod twice;

use std::time::Duration;

use health_runtime::{BulkheadPolicy, Dependency as Dep, HealthRegistry, Policy, guarded};

use crate::support::{Dependency, Error};

const SECOND: Duration = Duration::from_secs(1);

fn failures(name: &str) -> u32 {
    HealthRegistry::current()
        .health(name)
        .map_or(0, |health| health.consecutive_failures)
}

fn last(name: &str) -> Option<String> {
    HealthRegistry::current()
        .health(name)
        .ok()?
        .last_error
        .map(|error| format!("{:?} {}", error.kind, error.message))
}

fn queueing(name: &str) -> HealthRegistry {
    let bulkhead = BulkheadPolicy {
        queue: 4,
        queue_timeout: 60 * SECOND,
        ..BulkheadPolicy::new(1)
    };
    let policy = Policy {
        bulkhead: Some(bulkhead),
        timeout: None,
        ..Policy::default()
    };
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new(name.to_owned()).policy(policy))
        .build()
        .unwrap()
}

#[guarded(deps = ["pool"], timeout = "none")]
async fn inner_pool(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[guarded(deps = ["inner"], attempts = 3, backoff = "10s", timeout = "none")]
async fn inner_retries(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[guarded(deps = ["inner"], timeout = "none")]
async fn inner_hangs() -> Result<u32, Error> {
    std::future::pending().await
}

/// Asserts how many failures in a row each of these has.
#[track_caller]
fn assert_failures<const N: usize>(expected: [(&str, u32); N]) {
    let found = expected.map(|(name, _)| (name, failures(name)));
    let last = expected.map(|(name, _)| last(name));
    assert_eq!(found, expected, "{last:?}");
}
