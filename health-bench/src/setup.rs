//! The state of the world that the cases run in.

use std::time::Duration;

use health_runtime::probe::from_fn;
use health_runtime::{
    Criticality, Dependency, GatePolicy, HealthGuard, HealthRegistry, InitError, Override, Profile,
};

/// Starts the runtime: `a` to `d` and `fresh` healthy, `down` forced open.
pub(crate) async fn start() -> Result<HealthGuard, InitError> {
    let mut builder = health_runtime::builder();
    for name in ["a", "b", "c", "d", "down"] {
        builder = builder.dependency(Dependency::new(name).criticality(Criticality::Low));
    }
    let fresh = Dependency::new("fresh").probe(from_fn(|| async { Ok::<(), String>(()) }));
    let rated = Dependency::new("rated")
        .criticality(Criticality::Low)
        .policy(Profile::Balanced.policy());
    // Long enough that no evidence grows old while the table is made.
    let gate = GatePolicy {
        max_evidence_age: Some(Duration::from_secs(600)),
        ..GatePolicy::default()
    };
    let health = builder
        .dependency(fresh)
        .dependency(rated)
        .gate(gate)
        .init()
        .await?;
    let registry = HealthRegistry::global();
    for name in ["a", "b", "c", "d", "fresh", "rated"] {
        registry.record_success(name);
    }
    let why = Override::new("bench", "measured while open", Override::MAX);
    registry
        .force_open("down", why)
        .expect("`down` is declared");
    Ok(health)
}
