//! What a client reads and what an operator reads.

use std::time::Duration;

use crate::support::operations::close;
use crate::support::{House, Logs, Mood, Plan, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn a_client_reads_one_line_of_one_form_whatever_the_reason() {
    let house = House::healthy().await;
    house.fail("redis");
    let denied = house.purge().await.error.unwrap();
    assert_eq!(denied.to_string(), "System unhealthy; retry in 10s");
    assert_eq!(denied.dependency(), None);

    let house = Plan::unprobed().build().await;
    let unsure = house.purge().await.error.unwrap();
    assert_eq!(unsure.to_string(), "System unhealthy; retry in 1s");
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_rounded_up_and_never_nothing() {
    let mut plan = Plan::unprobed();
    plan.policy.settle = Duration::from_millis(11_200);
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    house.registry.record_success("redis");
    let denied = house.purge().await.error.unwrap();
    assert_eq!(denied.to_string(), "System unhealthy; retry in 12s");
    pass(Duration::from_millis(11_199)).await;
    house.prove().await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_reads_what_is_needed_what_was_had_and_when_to_come_back() {
    let logs = Logs::collect();
    let mut plan = Plan::default();
    plan.policy.settle = Duration::from_millis(2_600);
    plan.adapt = |dependency| dependency.probe_timeout(SECOND);
    let house = House::healthy_with(plan).await;
    pass(30 * SECOND).await;
    house.probe.is_now(Mood::Hangs);
    // The probe of the gate times out; it is the first failure.
    let _unsure = house.purge().await;
    pass(Duration::from_millis(1)).await;
    house.registry.record_success("api");
    pass(Duration::from_millis(400)).await;
    let answer = house.purge().await;
    answer.is_denied_for(&["settling", "degraded"]);
    let text = house.trail.last().verdict.to_string();
    assert!(
        text.contains("redis is degraded (1 timeout 0.4s ago; last success 31s ago, needs < 10s)"),
        "{text}"
    );
    assert!(text.ends_with("; retry in 3s"), "{text}");
    let warnings = logs.warnings();
    assert!(warnings[0].starts_with("purge "), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn an_operator_reads_how_to_bypass_when_that_would_help() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    house.trip("redis").await;
    house.ask(|ran| close(ran, false)).await;
    let warnings = logs.warnings();
    assert!(
        warnings[0].ends_with("; `user_confirmed` bypasses"),
        "{warnings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_operator_is_not_told_to_bypass_what_no_bypass_skips() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    for _ in 0..4 {
        house.ask(|ran| close(ran, false)).await;
    }
    let warnings = logs.warnings();
    assert!(
        warnings[0].starts_with("close denied: its budget of 3/60s is used up"),
        "{warnings:?}"
    );
    assert!(!warnings[0].contains("bypasses"), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn whose_bypass_was_honoured_is_not_told_that_it_was_forbidden() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    for _ in 0..4 {
        house.ask(|ran| close(ran, true)).await;
    }
    let warnings = logs.warnings();
    assert!(
        warnings[0].starts_with("close denied: its budget of 3/60s is used up"),
        "{warnings:?}"
    );
    assert!(!warnings[0].contains("forbids"), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lack_of_evidence_says_which_line_to_add() {
    let house = Plan::unprobed().build().await;
    house.registry.record_success("api");
    house.purge().await;
    let text = house.trail.last().verdict.to_string();
    assert_eq!(
        text,
        "indeterminate: redis is not proven healthy (no success yet, needs < 10s; it has no \
         probe: add `#[probe(dep = \"redis\")]`); retry in 1s"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_was_not_probed_because_of_another_leaves_no_gap_in_the_text() {
    let house = Plan::default().build().await;
    house.fail("redis");
    house
        .purge()
        .await
        .is_denied_for(&["no_evidence", "degraded"]);
    let text = house.trail.last().verdict.to_string();
    assert!(
        text.contains("api is not proven healthy (no success yet, needs < 10s);"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_identity_says_that_the_data_may_be_gone() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    house.probe.is_now(Mood::AnswersAs(2));
    pass(11 * SECOND).await;
    house.purge().await;
    let text = house.trail.last().verdict.to_string();
    assert!(
        text.contains(
            "redis healthy for 0s of 60s since somebody else answers there (its data may be gone)"
        ),
        "{text}"
    );
    assert!(text.ends_with("; retry in 60s"), "{text}");
}
