//! `shed`: calls that can be skipped are skipped while a dependency is not well.

use std::time::Duration;

use health_runtime::{
    DependencyState, HealthRegistry, Levels, Override, Reason, Rule, guarded, testing,
};

use crate::support::{Dependency, Error};

#[guarded(deps = ["store"], shed = "degraded")]
async fn heavy(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[guarded(deps = ["store"], shed = "unhealthy")]
async fn lighter(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[guarded(deps = ["store"])]
async fn light(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

async fn degrade() {
    let failing = Dependency::failing(&Error::Down);
    assert!(light(&failing).await.is_err());
}

#[health_runtime::test]
async fn a_healthy_dependency_sheds_nothing() {
    assert_eq!(heavy(&Dependency::default()).await, Ok(7));
}

#[health_runtime::test]
async fn a_degraded_one_sheds_what_asked_for_it_and_nothing_else() {
    degrade().await;
    let dependency = Dependency::default();
    // The first one finds out whether it is really so bad: nobody probes here.
    degrade_by(&dependency).await;
    let error = heavy(&dependency).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Shed));
    assert_eq!(lighter(&dependency).await, Ok(7));
}

/// Lets the one call pass that is let through now and then, and has it fail.
async fn degrade_by(dependency: &Dependency) {
    let failing = Dependency::failing(&Error::Down);
    assert_eq!(heavy(&failing).await, Err(Error::Down));
    assert_eq!(dependency.times_asked(), 0);
}

#[health_runtime::test]
async fn an_open_one_sheds_both() {
    testing::trip("store");
    let dependency = Dependency::default();
    for call in [heavy(&dependency).await, lighter(&dependency).await] {
        assert_eq!(call.unwrap_err().reason(), Some(Reason::Shed));
    }
    let error = light(&dependency).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::CircuitOpen));
}

#[health_runtime::test]
async fn a_service_whose_calls_are_all_shed_finds_out_that_all_is_well_again() {
    degrade().await;
    let dependency = Dependency::default();
    // Nobody calls `light` any more, and nobody probes.
    for _ in 0..3 {
        if heavy(&dependency).await.is_ok() {
            break;
        }
        testing::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(heavy(&dependency).await, Ok(7));
    let state = HealthRegistry::current().get_state("store").unwrap();
    assert_eq!(state, DependencyState::Healthy);
}

#[health_runtime::test]
async fn what_an_operator_has_degraded_is_shed() {
    let why = Override::new("ops", "lower the load", Duration::from_secs(60));
    let registry = HealthRegistry::current();
    registry
        .set_state("store", DependencyState::Unhealthy, why)
        .unwrap();
    let error = heavy(&Dependency::default()).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Shed));
}

#[guarded(deps = ["store"], level = "search degraded")]
async fn luxury() -> Result<u32, Error> {
    Ok(7)
}

#[health_runtime::test]
async fn from_a_level_of_degradation_on_a_call_is_shed() {
    let levels = Levels::new()
        .level("slow", Rule::any(["cdn"]))
        .level("search degraded", Rule::any(["exa"]))
        .level("critical", Rule::any(["claude"]));
    let registry = HealthRegistry::builder()
        .degradation(levels)
        .build()
        .unwrap();
    registry
        .scope(async {
            assert_eq!(luxury().await, Ok(7));
            testing::trip("cdn");
            assert_eq!(luxury().await, Ok(7), "a lighter level");
            for graver in ["exa", "claude"] {
                testing::trip(graver);
                let error = luxury().await.unwrap_err();
                assert_eq!(error.reason(), Some(Reason::Shed));
                testing::heal(graver);
            }
            assert_eq!(luxury().await, Ok(7));
        })
        .await;
}

#[guarded(deps = ["exa"], level = "search degraded")]
async fn search(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}

#[health_runtime::test]
async fn a_service_whose_calls_are_all_shed_by_their_level_finds_out_that_all_is_well_again() {
    let levels = Levels::new().level("search degraded", Rule::any(["exa"]));
    let registry = HealthRegistry::builder()
        .degradation(levels)
        .build()
        .unwrap();
    registry
        .scope(async {
            testing::trip("exa");
            let dependency = Dependency::default();
            let error = search(&dependency).await.unwrap_err();
            assert_eq!(error.reason(), Some(Reason::Shed));
            let cooldown = registry.health("exa").unwrap().retry_after;
            testing::advance(cooldown).await;
            assert!(!registry.degradation().is_normal(), "nobody has tried");
            assert_eq!(search(&dependency).await, Ok(7), "the trial");
            assert!(registry.degradation().is_normal());
        })
        .await;
}

#[tokio::test]
async fn a_level_that_does_not_exist_keeps_the_service_from_starting() {
    let registry = HealthRegistry::new();
    let levels = Levels::new().level("search degrade", Rule::any(["exa"]));
    let started = health_runtime::builder()
        .registry(registry)
        .degradation(levels)
        .init()
        .await;
    let message = started.unwrap_err().to_string();
    let says = "`luxury` is shed from the level `search degraded` on, which does not exist; did you mean `search degrade`?";
    assert!(message.contains(says), "{message}");
}
