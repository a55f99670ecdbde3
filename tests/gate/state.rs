//! A dependency that is not healthy denies.

use std::time::Duration;

use health_runtime::{DenyAt, DependencyState, Evidence, GatePolicy, Override};

use crate::support::operations::drop_index;
use crate::support::{House, Mood, Plan, SECOND, pass};

fn by_alice() -> Override {
    Override::new("alice", "INC-42", Duration::from_secs(600))
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_denies_although_the_breaker_is_closed() {
    let house = House::healthy().await;
    house.fail("redis");
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn every_critical_dependency_is_asked_though_nobody_named_it() {
    let house = House::healthy().await;
    house.fail("api");
    house.purge().await.is_denied_for(&["degraded"]);
    house.fail("redis");
    house.purge().await.is_denied_for(&["degraded", "degraded"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_denies() {
    let house = House::healthy().await;
    house.trip("redis").await;
    let answer = house.purge().await;
    answer.is_denied_for(&["unhealthy"]);
    assert_eq!(
        answer.error.unwrap().health_state(),
        DependencyState::Unhealthy
    );
}

#[tokio::test(start_paused = true)]
async fn a_half_open_breaker_denies() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.trip("redis").await;
    pass(2 * SECOND).await;
    assert_eq!(
        house.registry.get_state("redis").unwrap(),
        DependencyState::Degraded
    );
    house.registry.record_success("api");
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_critical_is_asked_only_by_those_who_name_it() {
    let house = House::healthy().await;
    house.registry.record_success("search");
    house.ask(drop_index).await.is_allowed();
    house.fail("search");
    house.purge().await.is_allowed();
    house.ask(drop_index).await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn naming_one_dependency_does_not_excuse_the_critical_ones() {
    let house = House::healthy().await;
    house.registry.record_success("search");
    house.fail("api");
    house.ask(drop_index).await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_tolerate_degraded_but_never_unhealthy() {
    let mut plan = Plan::unprobed();
    plan.policy.deny_at = DenyAt::Unhealthy;
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    house.purge().await.is_allowed();
    for _ in 0..4 {
        house.fail("redis");
    }
    house.purge().await.is_denied_for(&["unhealthy"]);
}

#[tokio::test(start_paused = true)]
async fn tolerating_degraded_does_not_tolerate_half_open() {
    let mut plan = Plan::unprobed();
    plan.policy.deny_at = DenyAt::Unhealthy;
    plan.adapt = |dependency| {
        dependency.breaker(health_runtime::BreakerPolicy {
            success_threshold: 2,
            ..Default::default()
        })
    };
    let house = House::healthy_with(plan).await;
    house.trip("redis").await;
    pass(2 * SECOND).await;
    house.prove().await;
    let redis = house.registry.health("redis").unwrap();
    assert_eq!(redis.breaker, health_runtime::BreakerState::HalfOpen);
    assert!(redis.last_success.unwrap() < SECOND);
    house.purge().await.is_denied_for(&["settling"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_forces_is_never_proof() {
    for (state, codes) in [
        (DependencyState::Healthy, &["forced"]),
        (DependencyState::Degraded, &["degraded"]),
        (DependencyState::Unhealthy, &["unhealthy"]),
    ] {
        let house = House::healthy().await;
        house
            .registry
            .set_state("redis", state, by_alice())
            .unwrap();
        house.prove().await;
        let answer = house.purge().await;
        match state {
            DependencyState::Healthy => answer.is_indeterminate_for(codes),
            _ => answer.is_denied_for(codes),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_override_hides_the_state_also_where_the_state_is_all_that_counts() {
    let mut plan = Plan::unprobed();
    plan.adapt = |dependency| dependency.evidence(Evidence::State);
    let house = House::healthy_with(plan).await;
    house.trip("redis").await;
    house.registry.force_closed("redis", by_alice()).unwrap();
    house.purge().await.is_indeterminate_for(&["forced"]);
}

#[tokio::test(start_paused = true)]
async fn an_override_that_has_ended_leaves_nothing_proven_and_the_settle_time_to_run() {
    let house = House::healthy_with(Plan::unprobed()).await;
    house.registry.force_closed("redis", by_alice()).unwrap();
    pass(601 * SECOND).await;
    house.registry.record_success("api");
    house
        .purge()
        .await
        .is_denied_for(&["no_evidence", "settling"]);
}

#[tokio::test(start_paused = true)]
async fn a_reset_proves_nothing() {
    let house = House::healthy().await;
    house.trip("redis").await;
    house.probe.is_now(Mood::Hangs);
    house.registry.reset("redis", by_alice()).unwrap();
    house
        .purge()
        .await
        .is_denied_for(&["no_evidence", "settling"]);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_only_observes_denies_while_it_would_be_open() {
    let mut plan = Plan::unprobed();
    plan.adapt = |dependency| {
        dependency.breaker(health_runtime::BreakerPolicy {
            mode: health_runtime::BreakerMode::Observe,
            ..Default::default()
        })
    };
    let house = House::healthy_with(plan).await;
    for _ in 0..5 {
        house.fail("redis");
    }
    house.purge().await.is_denied_for(&["unhealthy"]);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_off_denies_after_a_failure_all_the_same() {
    let mut plan = Plan::unprobed();
    plan.adapt = |dependency| {
        dependency.breaker(health_runtime::BreakerPolicy {
            mode: health_runtime::BreakerMode::Off,
            ..Default::default()
        })
    };
    let house = House::healthy_with(plan).await;
    house.fail("redis");
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_nobody_is_blamed_for_denies() {
    use health_runtime::{DependencyUnhealthy, guarded};

    #[guarded(deps = ["redis", "api"])]
    async fn both() -> Result<(), Blameless> {
        Err(Blameless)
    }

    #[derive(Debug)]
    struct Blameless;

    impl From<DependencyUnhealthy> for Blameless {
        fn from(_: DependencyUnhealthy) -> Self {
            Self
        }
    }

    let house = House::healthy_with(Plan {
        policy: GatePolicy::default(),
        ..Plan::default()
    })
    .await;
    assert!(house.run(both()).await.is_err());
    house.purge().await.is_denied_for(&["degraded", "degraded"]);
}
