//! Stale evidence is renewed by a probe, of which there is one however many ask.

use std::time::Duration;

use health_runtime::{Dependency, FailureKind, Preflight};
use tokio::time::Instant;

use crate::support::operations::purge;
use crate::support::{House, Mood, MoodyProbe, Plan, Ran, SECOND, pass};

const TENTH: Duration = Duration::from_millis(100);

/// Proven once, and too long ago.
async fn stale_with(plan: Plan) -> House {
    let house = House::healthy_with(plan).await;
    pass(11 * SECOND).await;
    house
}

async fn stale() -> House {
    stale_with(Plan::default()).await
}

#[tokio::test(start_paused = true)]
async fn fresh_evidence_costs_no_probe() {
    let house = House::healthy().await;
    let before = house.probe.asked();
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before);
}

#[tokio::test(start_paused = true)]
async fn stale_evidence_is_renewed_by_one_probe_of_each_dependency() {
    let house = stale().await;
    let before = house.probe.asked();
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2);
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_stale_is_probed() {
    let house = stale().await;
    house.registry.record_success("redis");
    let before = house.probe.asked();
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_share_one_probe_of_each_dependency() {
    let house = stale().await;
    house.probe.is_now(Mood::Dawdles(3 * TENTH));
    let before = house.probe.asked();
    let ran: &'static Ran = Box::leak(Box::default());
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..100 {
        let call = house.registry.scope(async move {
            // Some come while the probe is on its way.
            pass(Duration::from_millis(number)).await;
            purge(ran).await
        });
        callers.spawn(call);
    }
    for answer in callers.join_all().await {
        answer.unwrap();
    }
    assert_eq!(ran.times(), 100);
    assert_eq!(house.probe.asked(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_share_one_failure_as_well() {
    let house = stale().await;
    house.probe.is_now(Mood::Hangs);
    let before = house.probe.asked();
    let ran: &'static Ran = Box::leak(Box::default());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        callers.spawn(house.registry.scope(purge(ran)));
    }
    assert!(callers.join_all().await.iter().all(Result::is_err));
    assert_eq!(ran.times(), 0);
    // One for the callers; the loops may have begun with theirs, now that something is wrong.
    assert!(house.probe.asked() <= before + 4);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_does_not_take_the_probe_with_him() {
    let house = stale().await;
    house.probe.is_now(Mood::Dawdles(5 * TENTH));
    let before = house.probe.asked();
    let given_up = tokio::time::timeout(TENTH, house.purge()).await;
    assert!(given_up.is_err());
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn the_dependencies_are_probed_at_the_same_time() {
    let house = stale().await;
    house.probe.is_now(Mood::Dawdles(6 * TENTH));
    let began = Instant::now();
    house.purge().await.is_allowed();
    assert_eq!(began.elapsed(), 6 * TENTH);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_denies() {
    let house = stale().await;
    house.probe.is_now(Mood::Fails);
    house.purge().await.is_denied_for(&["degraded", "degraded"]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_panics_denies() {
    let house = stale().await;
    house.probe.is_now(Mood::Panics);
    house.purge().await.is_denied_for(&["degraded", "degraded"]);
    let redis = house.registry.health("redis").unwrap();
    assert_eq!(redis.last_error.unwrap().kind, FailureKind::Panic);
}

#[tokio::test(start_paused = true)]
async fn a_probe_past_its_deadline_denies() {
    let mut plan = Plan::default();
    plan.adapt = |dependency| dependency.probe_timeout(5 * TENTH);
    let house = stale_with(plan).await;
    house.probe.is_now(Mood::Hangs);
    let began = Instant::now();
    house.purge().await.is_denied_for(&["degraded", "degraded"]);
    assert_eq!(began.elapsed(), 5 * TENTH);
    pass(Duration::from_millis(1)).await;
    let redis = house.registry.health("redis").unwrap();
    assert_eq!(redis.last_error.unwrap().kind, FailureKind::Timeout);
    assert_eq!(redis.consecutive_failures, 1, "one timeout is one failure");
}

#[tokio::test(start_paused = true)]
async fn a_probe_slower_than_the_patience_of_the_gate_leaves_it_unsure() {
    let mut plan = Plan::default();
    plan.policy.preflight_timeout = 3 * TENTH;
    let house = stale_with(plan).await;
    house.probe.is_now(Mood::Dawdles(5 * TENTH));
    let began = Instant::now();
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
    assert_eq!(began.elapsed(), 3 * TENTH);
    let text = house.trail.last().verdict.to_string();
    assert!(
        text.contains("its probe did not answer within 300ms"),
        "{text}"
    );
    // What was known before is still told.
    assert!(text.contains("last success 11s ago"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn of_many_probes_the_one_that_did_not_answer_is_told() {
    for preflight in [Preflight::WhenStale, Preflight::Always] {
        let queue = MoodyProbe::new(Mood::Answers);
        let mut plan = Plan::default();
        plan.policy.preflight = preflight;
        plan.others = vec![
            Dependency::new("queue")
                .probe(queue.clone())
                .probe_every(Duration::from_secs(3600)),
        ];
        let house = stale_with(plan).await;
        queue.is_now(Mood::Hangs);
        house.purge().await.is_indeterminate_for(&["no_evidence"]);
        let text = house.trail.last().verdict.to_string();
        assert!(text.contains(": queue is not proven healthy"), "{text}");
        assert!(text.contains("its probe did not answer"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_anyway_is_not_probed_for() {
    let house = stale().await;
    house.fail("redis");
    let before = house.probe.asked();
    house
        .purge()
        .await
        .is_denied_for(&["no_evidence", "degraded"]);
    assert_eq!(house.probe.asked(), before);
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_ask_for_a_probe_before_every_call() {
    let mut plan = Plan::default();
    plan.policy.preflight = Preflight::Always;
    let house = House::healthy_with(plan).await;
    let before = house.probe.asked();
    house.purge().await.is_allowed();
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), before + 4);
    house.probe.is_now(Mood::Hangs);
    house.prove().await;
    let answer = house.purge().await;
    assert!(!answer.ran, "fresh traffic is no substitute: {answer:?}");
}

/// A reaper reads that a session is gone, and asks. The probe that is on its way was answered before
/// the server was killed and came back empty; the read was answered after it.
#[tokio::test(start_paused = true)]
async fn before_every_call_means_a_probe_that_has_begun_after_the_question() {
    let mut plan = Plan::default();
    plan.policy.preflight = Preflight::Always;
    plan.mood = Mood::AnswersAs(1);
    let house = House::healthy_with(plan).await;
    house.probe.is_now(Mood::AnswersLateAs(1, 5 * TENTH));
    let asked_before = tokio::spawn(house.registry.scope(purge(Box::leak(Box::default()))));
    pass(TENTH).await;
    house.probe.is_now(Mood::AnswersAs(2));
    house
        .purge()
        .await
        .is_denied_for(&["new_identity", "new_identity"]);
    // What that one had read before it asked was told by the server of before, too.
    asked_before.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_who_ask_while_a_probe_is_on_its_way_share_the_next_one() {
    let mut plan = Plan::default();
    plan.policy.preflight = Preflight::Always;
    let house = House::healthy_with(plan).await;
    house.probe.is_now(Mood::Dawdles(3 * TENTH));
    let before = house.probe.asked();
    let ran: &'static Ran = Box::leak(Box::default());
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..100 {
        let call = house.registry.scope(async move {
            pass(Duration::from_millis(number)).await;
            purge(ran).await
        });
        callers.spawn(call);
    }
    for answer in callers.join_all().await {
        answer.unwrap();
    }
    assert_eq!(ran.times(), 100);
    assert_eq!(house.probe.asked(), before + 4);
}
