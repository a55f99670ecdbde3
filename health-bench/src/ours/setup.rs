//! The dependencies that the functions name, and their health.

use std::time::Duration;

use health_runtime::probe::from_fn;
use health_runtime::{
    Backoff, BreakerPolicy, Criticality, Dependency, GatePolicy, HealthGuard, HealthRegistry,
    InitError, Jitter, Policy, Profile,
};

use super::breaker::bring_down;

/// Starts the runtime: `a` to `d`, `rated` and `fresh` healthy, `down` open, `flapping` one that is
/// open for a nanosecond after each failure.
///
/// # Errors
///
/// What is wrong with what is declared here, or annotated.
pub(crate) async fn start() -> Result<HealthGuard, InitError> {
    let declare = |name: &str| Dependency::new(name).criticality(Criticality::Low);
    let mut builder = health_runtime::builder();
    for name in ["a", "b", "c", "d"] {
        builder = builder.dependency(declare(name));
    }
    // Long enough that no evidence grows old while the tables are made.
    let gate = GatePolicy {
        max_evidence_age: Some(Duration::from_secs(600)),
        ..GatePolicy::default()
    };
    let fresh = Dependency::new("fresh").probe(from_fn(|| async { Ok::<(), String>(()) }));
    let health = builder
        .dependency(fresh)
        .dependency(declare("rated").policy(rated()))
        .dependency(declare("down").breaker(open_for(Duration::from_secs(3_600), 5)))
        .dependency(declare("flapping").breaker(open_for(Duration::from_nanos(1), 1)))
        .gate(gate)
        .init()
        .await?;
    let registry = HealthRegistry::global();
    for name in ["a", "b", "c", "d", "fresh", "rated"] {
        registry.record_success(name);
    }
    bring_down().await;
    Ok(health)
}

/// A policy with a failure rate.
pub(super) fn rated() -> Policy {
    Profile::Balanced.policy()
}

/// So many failures trip it, and it is open for so long.
fn open_for(cooldown: Duration, failures: u32) -> BreakerPolicy {
    BreakerPolicy {
        consecutive: Some(failures),
        backoff: Backoff {
            initial: cooldown,
            max: cooldown,
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    }
}
