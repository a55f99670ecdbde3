//! Nothing is destroyed without a real success, young enough and of the present epoch.

use std::time::Duration;

use health_runtime::Evidence;

use crate::support::operations::drop_index;
use crate::support::{House, Mood, Plan, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn a_closed_breaker_without_traffic_is_no_evidence() {
    let house = Plan::unprobed().build().await;
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
}

#[tokio::test(start_paused = true)]
async fn each_dependency_has_to_be_proven_by_itself() {
    let house = Plan::unprobed().build().await;
    house.registry.record_success("redis");
    house.purge().await.is_indeterminate_for(&["no_evidence"]);
}

#[tokio::test(start_paused = true)]
async fn a_success_is_evidence_until_it_is_too_old() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.prove().await;
    pass(Duration::from_millis(9_990)).await;
    house.purge().await.is_allowed();
    pass(Duration::from_millis(10)).await;
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
}

#[tokio::test(start_paused = true)]
async fn by_default_evidence_lasts_two_probe_intervals_and_30s_at_most() {
    for (every, age) in [(1, 2), (5, 10), (15, 30), (3600, 30)] {
        let mut plan = Plan::unprobed();
        plan.policy.max_evidence_age = None;
        plan.adapt = match every {
            1 => |dependency| dependency.probe_every(SECOND),
            5 => |dependency| dependency.probe_every(5 * SECOND),
            15 => |dependency| dependency.probe_every(15 * SECOND),
            _ => |dependency| dependency,
        };
        let house = House::healthy_with(plan).await;
        house.registry.record_success("redis");
        house.registry.record_success("api");
        pass(age * SECOND - Duration::from_millis(10)).await;
        // Stamped once a second at most, so that it may be a little older than it is.
        house.prove().await;
        pass(age * SECOND - Duration::from_millis(10)).await;
        house.purge().await.is_allowed();
        pass(Duration::from_millis(10)).await;
        house
            .purge()
            .await
            .is_indeterminate_for(&["no_evidence", "no_evidence"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_succeeds_while_an_operator_overrides_is_no_evidence_afterwards() {
    let house = House::healthy_with(Plan::unprobed()).await;
    let why = health_runtime::Override::new("alice", "INC-42", 5 * SECOND);
    house.registry.force_closed("redis", why).unwrap();
    pass(4 * SECOND).await;
    house.prove().await;
    pass(2 * SECOND).await;
    let answer = house.purge().await;
    assert!(answer.codes.contains(&"no_evidence"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn traffic_is_no_evidence_once_a_dependency_says_who_it_is() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    pass(11 * SECOND).await;
    house.prove().await;
    house.probe.is_now(Mood::Hangs);
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_stops_saying_who_answers_proves_nothing() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    pass(11 * SECOND).await;
    house.probe.is_now(Mood::Answers);
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
    let text = house.trail.last().verdict.to_string();
    assert!(text.contains("did not say who answers"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_dependency_may_be_judged_by_its_state_alone() {
    let mut plan = Plan::unprobed();
    plan.adapt = |dependency| dependency.evidence(Evidence::State);
    let house = plan.build().await;
    house.purge().await.is_allowed();
    house.fail("redis");
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn a_named_dependency_needs_evidence_too() {
    let house = House::healthy().await;
    house
        .ask(drop_index)
        .await
        .is_indeterminate_for(&["no_evidence"]);
    house.registry.record_success("search");
    house.ask(drop_index).await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_the_registry_does_not_know_is_never_proven() {
    let house = House::healthy_with(Plan {
        others: Vec::new(),
        ..Plan::default()
    })
    .await;
    house
        .ask(drop_index)
        .await
        .is_indeterminate_for(&["unknown_dependency"]);
}

#[tokio::test(start_paused = true)]
async fn with_nobody_to_ask_nothing_is_proven() {
    let registry = health_runtime::testing::registry();
    let ran = crate::support::Ran::default();
    let denied = registry
        .scope(crate::support::operations::purge(&ran))
        .await;
    assert_eq!(
        denied.unwrap_err().reason(),
        health_runtime::Reason::GateIndeterminate
    );
    assert_eq!(ran.times(), 0);
}
