//! Off, observe, enforce: for a staged roll-out.

use std::time::Duration;

use health_runtime::{Decision, GateMode, OperationPolicy};

use crate::support::operations::{evict, with_permit};
use crate::support::{House, Logs, Manner, Mood, Plan, SECOND, Trouble, pass};

fn in_mode(mode: GateMode, plan: Plan) -> Plan {
    let mut plan = plan;
    plan.policy.mode = mode;
    plan
}

/// What goes wrong in the cases below.
#[derive(Debug, Clone, Copy)]
enum Case {
    AllWell,
    Degraded,
    Unhealthy,
    Stale,
    StaleAndDead,
    Settling,
    OutOfBudget,
    NoTrail,
    LateFailure,
}

const CASES: [Case; 9] = [
    Case::AllWell,
    Case::Degraded,
    Case::Unhealthy,
    Case::Stale,
    Case::StaleAndDead,
    Case::Settling,
    Case::OutOfBudget,
    Case::NoTrail,
    Case::LateFailure,
];

/// Acts a case out, and returns what the gate said, whether the body ran, and how often the
/// dependencies were probed.
async fn act_out(case: Case, mode: GateMode) -> (Vec<&'static str>, bool, usize) {
    let house = House::healthy_with(in_mode(mode, Plan::default())).await;
    match case {
        Case::AllWell => {}
        Case::Degraded => house.fail("redis"),
        Case::Unhealthy => house.trip("redis").await,
        Case::Stale => pass(11 * SECOND).await,
        Case::StaleAndDead => {
            pass(11 * SECOND).await;
            house.probe.is_now(Mood::Fails);
        }
        Case::Settling => {
            house.fail("redis");
            house.registry.record_success("redis");
        }
        Case::OutOfBudget => {
            for _ in 0..3 {
                house
                    .ask(|ran| evict(ran, Duration::ZERO))
                    .await
                    .is_allowed();
            }
        }
        Case::NoTrail => house.trail.behaves(Manner::Fails),
        Case::LateFailure => {
            let registry = house.registry.clone();
            house
                .trail
                .meanwhile(move || registry.record_failure("redis", "connection refused"));
        }
    }
    let before = house.probe.asked();
    let answer = house.ask(|ran| evict(ran, Duration::ZERO)).await;
    (answer.codes, answer.ran, house.probe.asked() - before)
}

#[tokio::test(start_paused = true)]
async fn observing_and_enforcing_differ_in_nothing_but_whether_the_body_runs() {
    for case in CASES {
        let (observed, ran, probed) = act_out(case, GateMode::Observe).await;
        let (enforced, allowed, probed_too) = act_out(case, GateMode::Enforce).await;
        assert_eq!(observed, enforced, "{case:?}");
        assert_eq!(probed, probed_too, "{case:?}");
        assert!(ran, "{case:?}: observing lets everything through");
        assert_eq!(allowed, enforced.is_empty(), "{case:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn observing_says_what_would_be_denied_and_counts_it() {
    let logs = Logs::collect();
    let house = House::healthy_with(in_mode(GateMode::Observe, Plan::default())).await;
    house.fail("redis");
    assert!(house.purge().await.ran);
    let warnings = logs.warnings();
    assert!(
        warnings[0].starts_with("purge would be denied: redis is degraded"),
        "{warnings:?}"
    );
    assert_eq!(house.trail.last().decision, Decision::Observed);
    assert_eq!(house.trail.last().verdict.code(), "denied");
    let counts = house.registry.operations();
    let purge = counts.iter().find(|of| of.operation == "purge").unwrap();
    assert_eq!((purge.allowed, purge.observed, purge.denied), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn observing_lets_a_running_body_go_on_and_says_that_it_would_be_stopped() {
    let logs = Logs::collect();
    let house = House::healthy_with(in_mode(GateMode::Observe, Plan::default())).await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            house.fail("redis");
            permit.check()?;
            permit.checkpoint().await?;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
    let warnings = logs.warnings();
    assert!(
        warnings
            .iter()
            .any(|line| line.starts_with("with_permit would ")),
        "{warnings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn off_asks_nothing_and_is_audited_all_the_same() {
    let mut plan = in_mode(GateMode::Off, Plan::default());
    plan.mood = Mood::Hangs;
    let house = plan.build().await;
    house.trip("redis").await;
    let began = tokio::time::Instant::now();
    for _ in 0..5 {
        let answer = house.ask(|ran| evict(ran, Duration::ZERO)).await;
        answer.is_allowed();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(house.trail.last().mode, GateMode::Off);
    assert_eq!(house.trail.records().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_long_batch_that_is_only_observed_says_so_once_and_not_at_every_checkpoint() {
    let logs = Logs::collect();
    let house = House::healthy_with(in_mode(GateMode::Observe, Plan::default())).await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            house.fail("redis");
            for _ in 0..20 {
                permit.checkpoint().await?;
            }
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
    let warnings = logs.warnings();
    let pauses = warnings
        .iter()
        .filter(|line| line.starts_with("with_permit would pause"));
    assert_eq!(pauses.count(), 1, "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn off_asks_nothing_at_a_checkpoint_either() {
    let logs = Logs::collect();
    let house = House::healthy_with(in_mode(GateMode::Off, Plan::default())).await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            pass(60 * SECOND).await;
            house.fail("redis");
            let asked = house.probe.asked();
            permit.checkpoint().await?;
            assert_eq!(house.probe.asked(), asked);
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
    let warnings = logs.warnings();
    assert!(
        !warnings.iter().any(|line| line.contains("would pause")),
        "{warnings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn neither_off_nor_observe_runs_anything_before_init() {
    for mode in [GateMode::Off, GateMode::Observe] {
        let mut house = House::healthy_with(in_mode(mode, Plan::default())).await;
        drop(house.guard.take());
        let answer = house.purge().await;
        assert!(!answer.ran, "{mode:?}: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_an_operation_goes_before_that_of_the_gate() {
    let enforce = OperationPolicy {
        mode: Some(GateMode::Enforce),
        ..OperationPolicy::default()
    };
    let mut plan = in_mode(GateMode::Off, Plan::default());
    plan.operations = vec![("purge", enforce)];
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    house.purge().await.is_denied_for(&["degraded"]);
    let evicted = house.ask(|ran| evict(ran, Duration::ZERO)).await;
    evicted.is_allowed();
}
