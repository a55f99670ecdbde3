//! Seen in the field: a guard that could only be on or off was turned off. Here it can be watched
//! before it bites, operation by operation, and counts what it saved and what it would have.

use health_runtime::{BypassRule, GateMode, OperationPolicy};

use crate::support::operations::{close, evict};
use crate::support::{House, Plan};

#[tokio::test(start_paused = true)]
async fn one_operation_is_observed_while_the_others_are_enforced() {
    let mut plan = Plan::default();
    let observe = OperationPolicy {
        mode: Some(GateMode::Observe),
        ..OperationPolicy::default()
    };
    plan.operations = vec![("evict", observe)];
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    let evicted = house.ask(|ran| evict(ran, std::time::Duration::ZERO)).await;
    assert!(evicted.ran);
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn saves_would_saves_and_bypasses_are_counted_apart() {
    let mut plan = Plan::default();
    plan.operations = vec![(
        "evict",
        OperationPolicy {
            mode: Some(GateMode::Observe),
            bypass: BypassRule::Deny,
            budget: None,
        },
    )];
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    house.purge().await;
    house.purge().await;
    house.ask(|ran| evict(ran, std::time::Duration::ZERO)).await;
    house.ask(|ran| close(ran, true)).await;
    house.ask(|ran| close(ran, false)).await;
    let counts = house.registry.operations();
    let of = |name: &str| {
        let found = counts.iter().find(|counts| counts.operation == name);
        let of = *found.unwrap();
        (of.allowed, of.denied, of.observed, of.bypassed)
    };
    assert_eq!(of("purge"), (1, 2, 0, 0));
    assert_eq!(of("evict"), (0, 0, 1, 0));
    assert_eq!(of("close"), (0, 1, 0, 1));
}
