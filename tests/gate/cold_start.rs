//! A process that has just started, or was given another configuration, has proved nothing yet.

use health_runtime::{Dependency, GatePolicy, HealthRegistry, Reason};

use crate::support::operations::{load, purge};
use crate::support::{House, Mood, Plan, Ran, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn one_fresh_probe_of_each_dependency_ends_it_without_any_traffic() {
    let house = Plan::default().build().await;
    house.purge().await.is_allowed();
    assert_eq!(house.probe.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn until_the_probes_have_answered_nothing_runs() {
    let house = Plan {
        mood: Mood::Hangs,
        ..Plan::default()
    }
    .build()
    .await;
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn what_succeeded_before_the_start_proves_nothing() {
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dependency::new("redis"))
        .build()
        .unwrap();
    registry.record_success("redis");
    let builder = health_runtime::builder().registry(registry.clone());
    let _health = builder.init().await.unwrap();
    let ran = Ran::default();
    assert!(registry.scope(purge(&ran)).await.is_err());
    registry.record_success("redis");
    assert!(registry.scope(purge(&ran)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn another_configuration_has_everything_proven_anew() {
    let mut house = House::healthy_with(Plan::unprobed()).await;
    house.guard.take().unwrap().shutdown().await;
    let policy = GatePolicy {
        settle: 3 * SECOND,
        ..GatePolicy::default()
    };
    let builder = health_runtime::builder()
        .registry(house.registry.clone())
        .audit(house.trail.clone());
    let _health = builder.gate(policy).init().await.unwrap();
    house
        .purge()
        .await
        .is_indeterminate_for(&["no_evidence", "no_evidence"]);
    house.prove().await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_joins_late_has_to_be_proven_too() {
    let house = House::healthy().await;
    let joined = house.registry.call("ledger", async {
        Err::<(), _>(crate::support::Trouble::Down)
    });
    assert!(joined.await.is_err());
    house.purge().await.is_denied_for(&["degraded"]);
}

#[tokio::test(start_paused = true)]
async fn after_the_end_nothing_runs() {
    let mut house = House::healthy().await;
    drop(house.guard.take());
    let answer = house.purge().await;
    answer.is_refused_as(
        Reason::NotInitialised,
        &["not_initialised", "no_evidence", "no_evidence"],
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_end_nothing_is_probed() {
    let mut house = House::healthy().await;
    drop(house.guard.take());
    pass(SECOND).await;
    let before = house.probe.asked();
    house.fail("redis");
    pass(7200 * SECOND).await;
    assert_eq!(house.probe.asked(), before);
}

#[tokio::test(start_paused = true)]
async fn without_init_guarded_functions_work_and_destructive_ones_say_what_to_call() {
    let logs = crate::support::Logs::collect();
    let registry = HealthRegistry::new();
    let ran = Ran::default();
    registry
        .scope(async {
            assert_eq!(load(async { Ok(7) }).await, Ok(7));
            let denied = purge(&ran).await.unwrap_err();
            assert_eq!(denied.to_string(), "System unhealthy; retry in 1s");
        })
        .await;
    assert_eq!(ran.times(), 0);
    let warnings = logs.warnings();
    assert!(
        warnings[0].contains("call `health_runtime::init().await?` first"),
        "{warnings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_was_asked_under_the_old_configuration_answers_for_nobody() {
    let mut house = House::healthy().await;
    house.probe.is_now(Mood::Dawdles(SECOND / 2));
    pass(11 * SECOND).await;
    // The first probe of the old configuration is on its way when the new one comes.
    let asking = tokio::spawn(house.registry.scope(async {
        let ran = Ran::default();
        purge(&ran).await.is_ok()
    }));
    pass(SECOND / 10).await;
    house.guard.take().unwrap().shutdown().await;
    let builder = health_runtime::builder()
        .registry(house.registry.clone())
        .audit(house.trail.clone());
    let _health = builder.init().await.unwrap();
    house.probe.is_now(Mood::Hangs);
    pass(SECOND / 10).await;
    assert!(!asking.await.unwrap());
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}
