//! What is going to be destroyed is on record before it is, and what came of it after.

use std::time::Duration;

use health_runtime::{
    AuditError, AuditFuture, AuditOutcome, AuditRecord, AuditSink, Bypass, Decision,
    DependencyUnhealthy, GateMode, destructive,
};
use tokio::time::Instant;

use crate::support::operations::{close, close_as, evict, with_permit};
use crate::support::{House, Manner, Plan, SECOND, Trail, Trouble};

#[tokio::test(start_paused = true)]
async fn the_intent_is_on_record_when_the_body_starts_and_the_outcome_when_it_has_ended() {
    let house = House::healthy().await;
    let trail = house.trail.clone();
    let begun = trail.records().len();
    let ended = trail.outcomes().len();
    let result = house
        .run(with_permit::<_, Trouble>(async |permit| {
            let record = trail.last();
            assert_eq!(trail.records().len(), begun + 1);
            assert_eq!(record.operation, "with_permit");
            assert_eq!(record.fence, Some(permit.fence()));
            assert_eq!(trail.outcomes().len(), ended);
            Ok(())
        }))
        .await;
    assert_eq!(result, Ok(()));
    let (operation, fence, outcome) = *trail.ends().last().unwrap();
    assert_eq!(operation, "with_permit");
    assert_eq!(Some(fence), trail.last().fence);
    assert_eq!(outcome, AuditOutcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_record_says_where_what_why_and_on_which_evidence() {
    let house = House::healthy().await;
    house
        .ask(|ran| evict(ran, Duration::ZERO))
        .await
        .is_allowed();
    let record = house.trail.last();
    assert_eq!(record.operation, "evict");
    assert!(record.module.ends_with("support::operations"), "{record:?}");
    assert!(record.file.ends_with("operations.rs") && record.line > 0);
    assert_eq!(record.decision, Decision::Allowed);
    assert!(record.verdict.is_allow());
    assert_eq!(record.budget_left, Some(2));
    assert_eq!(record.bypass, None);
    let names: Vec<_> = record.evidence.iter().map(|seen| seen.dependency).collect();
    assert_eq!(names, ["api", "redis"]);
    assert!(
        record
            .evidence
            .iter()
            .all(|seen| seen.age.unwrap() < SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn a_durable_sink_that_fails_denies() {
    let house = House::healthy().await;
    house.trail.behaves(Manner::Fails);
    house
        .purge()
        .await
        .is_indeterminate_for(&["audit_unavailable"]);
    let text = house.trail.last().verdict.to_string();
    assert!(text.contains("disk full"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_durable_sink_that_hangs_denies_after_a_second() {
    let house = House::healthy().await;
    house.trail.behaves(Manner::Hangs);
    let began = Instant::now();
    let answer = house.purge().await;
    answer.is_indeterminate_for(&["audit_unavailable"]);
    assert!(began.elapsed() <= 2 * SECOND, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_not_durable_may_fail_or_hang() {
    let mut plan = Plan::default();
    plan.trail = Trail::new().not_durable();
    let house = House::healthy_with(plan).await;
    house.trail.behaves(Manner::Fails);
    house.purge().await.is_allowed();
    house.trail.behaves(Manner::Hangs);
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn one_durable_sink_that_fails_is_enough_whatever_the_others_say() {
    for fails_first in [true, false] {
        let (good, bad) = (Trail::new(), Trail::new());
        bad.behaves(Manner::Fails);
        let (one, other) = if fails_first {
            (&bad, &good)
        } else {
            (&good, &bad)
        };
        let plan = Plan {
            trail: one.clone(),
            ..Plan::default()
        };
        let house = plan.build_with_sinks(vec![other.clone()]).await;
        house.prove().await;
        let answer = house.purge().await;
        assert!(!answer.ran, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bypass_does_not_skip_the_trail() {
    let house = House::healthy().await;
    house.trip("redis").await;
    house.trail.behaves(Manner::Fails);
    let answer = house.ask(|ran| close(ran, true)).await;
    assert!(!answer.ran);
    assert!(answer.codes.contains(&"audit_unavailable"), "{answer:?}");
    house.trail.behaves(Manner::Writes);
    let bypass = Bypass::new("alice", "INC-42");
    let by = bypass.clone();
    house.ask(|ran| close_as(ran, by)).await;
    let record = house.trail.last();
    assert_eq!(record.bypass, Some(bypass));
    assert_eq!(record.decision, Decision::Bypassed);
    assert_eq!(record.verdict.code(), "denied");
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_on_record_and_has_no_fence_and_no_outcome() {
    let house = House::healthy().await;
    house.fail("redis");
    let ended = house.trail.outcomes().len();
    house.purge().await;
    let record = house.trail.last();
    assert_eq!(record.decision, Decision::Denied);
    assert_eq!(record.fence, None);
    assert_eq!(house.trail.outcomes().len(), ended);
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_at_the_last_moment_is_recorded_twice_and_the_second_time_as_denied() {
    let house = House::healthy().await;
    let before = house.trail.records().len();
    let registry = house.registry.clone();
    house
        .trail
        .meanwhile(move || registry.record_failure("api", "connection refused"));
    let ends = house.trail.ends().len();
    house.purge().await.is_denied_for(&["degraded"]);
    let decisions = &house.trail.decisions()[before..];
    assert_eq!(decisions, [Decision::Allowed, Decision::Denied]);
    assert!(house.trail.records()[before].fence.is_some());
    assert_eq!(house.trail.last().fence, None);
    assert_eq!(house.trail.ends().len(), ends, "nothing ran that could end");
}

/// The fence that is on record is that of the permit, whatever else was learned while it was written.
#[tokio::test(start_paused = true)]
async fn what_runs_in_spite_of_the_last_moment_keeps_its_fence() {
    let mut plan = Plan::default();
    plan.policy.mode = GateMode::Observe;
    let house = House::healthy_with(plan).await;
    let registry = house.registry.clone();
    house
        .trail
        .meanwhile(move || registry.record_failure("api", "connection refused"));
    let fence = house
        .run(with_permit::<_, Trouble>(async |permit| Ok(permit.fence())))
        .await
        .unwrap();
    let record = house.trail.last();
    assert_eq!(record.decision, Decision::Observed);
    assert_eq!(record.fence, Some(fence));
    let (_, ended, _) = *house.trail.ends().last().unwrap();
    assert_eq!(ended, fence);
}

/// A sink that says nothing of itself.
struct Broken;

impl AuditSink for Broken {
    fn decided<'a>(&'a self, _: &'a AuditRecord) -> AuditFuture<'a> {
        Box::pin(std::future::ready(Err(AuditError::new("disk full"))))
    }

    fn ended(&self, _: &'static str, _: u64, _: AuditOutcome) {}
}

#[tokio::test(start_paused = true)]
async fn a_sink_is_durable_if_it_does_not_say_otherwise() {
    assert!(Broken.is_durable());
}

#[destructive]
async fn panics() -> Result<(), DependencyUnhealthy> {
    panic!("the body of a test panics")
}

#[tokio::test(start_paused = true)]
async fn every_outcome_reaches_the_sink() {
    let house = House::healthy().await;
    let ended = house.trail.outcomes().len();
    let fails = house.run(with_permit(async |_| Err::<(), _>(Trouble::Down)));
    assert_eq!(fails.await, Err(Trouble::Down));
    let hangs = house.run(with_permit::<(), Trouble>(async |_| {
        std::future::pending().await
    }));
    assert!(tokio::time::timeout(SECOND, hangs).await.is_err());
    let panicked = tokio::spawn(house.registry.scope(panics())).await;
    assert!(panicked.unwrap_err().is_panic());
    house.purge().await.is_allowed();
    assert_eq!(
        house.trail.outcomes()[ended..],
        [
            AuditOutcome::Failed,
            AuditOutcome::Cancelled,
            AuditOutcome::Panicked,
            AuditOutcome::Completed
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_was_given_up_while_it_was_written_ends_as_cancelled() {
    let house = House::healthy().await;
    let ended = house.trail.ends().len();
    house.trail.behaves(Manner::Hangs);
    let given_up = tokio::time::timeout(SECOND / 2, house.purge()).await;
    assert!(given_up.is_err());
    let fence = house.trail.last().fence;
    let ends = &house.trail.ends()[ended..];
    let [(operation, ended, outcome)] = ends else {
        panic!("{ends:?}");
    };
    assert_eq!((*operation, Some(*ended)), ("purge", fence));
    assert_eq!(*outcome, AuditOutcome::Cancelled);
}
