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

/// A registry in which the calls of `pool` have this policy.
fn with_pool(policy: Policy) -> HealthRegistry {
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("pool").policy(policy))
        .build()
        .unwrap()
}

/// One in which one call of `pool` may run, and the next one is refused.
fn one_at_a_time() -> HealthRegistry {
    with_pool(Policy {
        bulkhead: Some(BulkheadPolicy::new(1)),
        ..Policy::default()
    })
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
