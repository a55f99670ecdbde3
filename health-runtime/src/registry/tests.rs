//! What a wrong name does, and does not do; what a registry shows of itself.

mod told;

use std::time::Duration;

use super::HealthRegistry;
use crate::breaker::Override;
use crate::clock::ManualClock;
use crate::dependency::Dependency;
use crate::error::DependencyUnhealthy;
use crate::gate::{Declared, Operation, OperationPolicy, Verdict, Veto};
use crate::policy::Policy;
use crate::pressure::{Pressure, interval};
use crate::state::Criticality;

type Answer = Result<(), DependencyUnhealthy>;

/// Redis is declared, and has just answered.
fn declared() -> HealthRegistry {
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dependency::new("redis"))
        .build()
        .unwrap();
    registry.gate().set_started(true);
    registry.record_success("redis");
    registry
}

/// What the gate says to a destructive function.
async fn verdict(registry: &HealthRegistry, deps: &'static [&'static str]) -> Verdict {
    let declared = Declared {
        name: "purge",
        module: "app",
        file: "src/app.rs",
        line: 7,
        deps,
        options: "",
        budget: None,
    };
    let now = registry.directory().context().now();
    let operation = Operation::new(declared, OperationPolicy::default(), now);
    registry.gate().preview(&operation).await
}

fn names(registry: &HealthRegistry) -> Vec<&'static str> {
    registry.directory().names()
}

#[tokio::test(start_paused = true)]
async fn a_question_with_a_wrong_name_makes_no_dependency_that_the_gate_waits_for() {
    let registry = declared();
    let pressure = registry.pressure(["reids"]);
    assert_eq!(pressure.current(), Pressure::Normal);
    assert_eq!(pressure.pause().await, Pressure::Normal);
    registry.wait_until_healthy(["reids"]).await;
    let mut ticks = interval(["reids"], Duration::from_secs(10)).registry(registry.clone());
    assert_eq!(ticks.tick().await, Pressure::Normal);
    assert_eq!(names(&registry), ["redis"]);
    assert_eq!(verdict(&registry, &["redis"]).await, Verdict::Allow);
}

#[tokio::test(start_paused = true)]
async fn a_question_makes_no_dependency_where_nothing_is_declared_either() {
    let registry = HealthRegistry::new();
    let pressure = registry.pressure(["redis"]);
    assert_eq!(pressure.current(), Pressure::Normal);
    assert!(names(&registry).is_empty());
    registry.record_failure("redis", "down");
    assert_eq!(pressure.current(), Pressure::Reduced, "now there is one");
}

#[tokio::test(start_paused = true)]
async fn a_call_by_a_wrong_name_is_made_and_its_failure_denies_as_any_other() {
    let registry = declared();
    let answer: Answer = registry.call("reids", async { Ok(()) }).await;
    answer.unwrap();
    assert_eq!(verdict(&registry, &["redis"]).await, Verdict::Allow);
    registry.record_failure("reids", "down");
    assert_ne!(verdict(&registry, &["redis"]).await, Verdict::Allow);
}

#[tokio::test(start_paused = true)]
async fn a_call_by_a_wrong_name_makes_it_no_better_known_to_the_gate() {
    let registry = declared();
    let before = verdict(&registry, &["reids"]).await;
    assert_ne!(before, Verdict::Allow);
    registry.record_success("reids");
    assert_eq!(verdict(&registry, &["reids"]).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_stray_becomes_what_it_is_declared_as() {
    let registry = declared();
    registry.record_success("api");
    registry.declare(Dependency::new("api"));
    assert_eq!(
        registry.health("api").unwrap().criticality,
        Criticality::Critical
    );
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_declared_every_name_that_a_function_mentions_exists_and_is_not_proven() {
    let registry = HealthRegistry::new();
    registry.gate().set_started(true);
    let verdict = verdict(&registry, &["redis"]).await;
    let codes: Vec<_> = verdict.vetoes().iter().map(Veto::code).collect();
    assert_eq!(codes, ["no_evidence"]);
    assert_eq!(names(&registry), ["redis"]);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_declared_every_name_that_is_called_is_critical() {
    let registry = HealthRegistry::new();
    registry.gate().set_started(true);
    registry.record_success("redis");
    assert_eq!(verdict(&registry, &["redis"]).await, Verdict::Allow);
    registry.record_failure("api", "down");
    assert_eq!(
        registry.health("api").unwrap().criticality,
        Criticality::Critical
    );
    assert_ne!(verdict(&registry, &["redis"]).await, Verdict::Allow);
}

#[tokio::test(start_paused = true)]
async fn an_operator_cannot_override_what_nobody_has_declared() {
    let why = || Override::new("alice", "INC-42", Duration::from_secs(60));
    let registry = declared();
    for overridden in [
        registry.force_open("reids", why()),
        registry.force_closed("reids", why()),
        registry.reset("reids", why()),
    ] {
        let unknown = overridden.unwrap_err();
        assert_eq!(unknown.name(), "reids");
        assert_eq!(
            unknown.to_string(),
            "unknown dependency `reids`; did you mean `redis`?"
        );
    }
    assert_eq!(names(&registry), ["redis"]);
    // Where nothing is declared, it may be the first to name it.
    let registry = HealthRegistry::new();
    registry.force_open("redis", why()).unwrap();
    assert_eq!(names(&registry), ["redis"]);
}

#[test]
fn a_builder_keeps_what_it_was_told_in_any_order() {
    let registry = HealthRegistry::builder()
        .dependency(Dependency::new("redis"))
        .seed(7)
        .clock(ManualClock::new())
        .build()
        .unwrap();
    assert_eq!(names(&registry), ["redis"]);
}

#[test]
fn what_is_shown_of_a_registry_is_its_dependencies() {
    let builder = HealthRegistry::builder()
        .seed(7)
        .dependency(Dependency::new("redis"));
    let shown = format!("{builder:?}");
    assert!(
        shown.contains("Some(7)") && shown.contains("redis"),
        "{shown}"
    );
    let registry = builder.build().unwrap();
    let shown = format!("{registry:?}");
    assert!(shown.contains("dependencies: [\"redis\"]"), "{shown}");
    let scope = format!("{:?}", registry.scope(std::future::ready(())));
    assert!(scope.contains("is_scoped: true"), "{scope}");
}

#[tokio::test(start_paused = true)]
async fn the_budget_of_retries_is_shown_where_there_is_one() {
    let registry = declared();
    let left = registry.retry_budget("redis").unwrap().unwrap();
    assert_eq!(left.refused, 0);
    assert!(left.tokens > 0.0, "{left:?}");
    let mut unlimited = Policy::default();
    unlimited.retry.budget = None;
    let change = registry.update_policy("redis", unlimited).unwrap();
    assert!(change.to_string().starts_with("redis: "), "{change}");
    assert_eq!(registry.retry_budget("redis").unwrap(), None);
    assert!(registry.retry_budget("reids").is_err());
}

#[test]
fn an_update_that_is_refused_says_whose_it_was_and_why() {
    let registry = declared();
    let mut policy = Policy::default();
    policy.breaker.consecutive = Some(0);
    let error = registry.update_policy("redis", policy.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "policy of `redis` stays as it was: consecutive must be at least 1, got 0"
    );
    let error = registry.update_policy("reids", policy).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown dependency `reids`; did you mean `redis`?"
    );
}
