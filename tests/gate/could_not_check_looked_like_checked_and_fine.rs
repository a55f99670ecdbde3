//! Seen in the field: "could not check" and "checked, fine" were the same value. Here the former is
//! a verdict of its own in the error, the counters, the audit and the log.

use health_runtime::{Decision, Reason, Verdict};

use crate::support::{House, Logs, Manner, Mood, Plan, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn the_error_the_counters_the_audit_and_the_log_tell_it_from_a_denial() {
    let logs = Logs::collect();
    let house = Plan::unprobed().build().await;
    let unsure = house.purge().await;
    unsure.is_indeterminate_for(&["no_evidence", "no_evidence"]);
    assert_eq!(unsure.error.unwrap().reason().code(), "gate_indeterminate");
    let record = house.trail.last();
    assert_eq!(record.verdict.code(), "indeterminate");
    assert_eq!(record.decision, Decision::Denied);
    assert!(matches!(record.verdict, Verdict::Indeterminate(_)));
    let warnings = logs.warnings();
    assert!(
        warnings
            .iter()
            .any(|line| line.starts_with("purge indeterminate: ")),
        "{warnings:?}"
    );

    house.fail("redis");
    let denied = house.purge().await;
    denied.is_denied_for(&["no_evidence", "degraded"]);
    assert_eq!(denied.error.unwrap().reason(), Reason::GateDenied);

    let counts = house.registry.operations();
    let purge = counts.iter().find(|of| of.operation == "purge").unwrap();
    assert_eq!(
        (purge.allowed, purge.denied, purge.indeterminate),
        (0, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn every_way_not_to_know_is_indeterminate() {
    let house = House::healthy().await;
    house.trail.behaves(Manner::Fails);
    house
        .purge()
        .await
        .is_indeterminate_for(&["audit_unavailable"]);

    let mut plan = Plan::default();
    plan.policy.preflight_timeout = SECOND / 10;
    let house = House::healthy_with(plan).await;
    pass(11 * SECOND).await;
    house.probe.is_now(Mood::Hangs);
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
}
