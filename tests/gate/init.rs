//! What is wrong with the declarations is found at the start, all at once.

use std::time::Duration;

use health_runtime::probe::from_fn;
use health_runtime::{
    BreakerPolicy, Criticality, Dependency, GatePolicy, HealthRegistry, OperationPolicy,
};

use crate::support::{House, Logs, SECOND, pass};

fn names_that_are_mentioned() -> [&'static str; 4] {
    ["redis", "api", "search", "metrics"]
}

#[tokio::test(start_paused = true)]
async fn names_that_nobody_declared_are_reported_with_their_place_and_the_nearest() {
    let error = health_runtime::builder()
        .registry(HealthRegistry::new())
        .dependency(Dependency::new("rediss"))
        .dependency(Dependency::new("api"))
        .init()
        .await
        .unwrap_err();
    let problems = error.problems();
    let about = |function: &str| {
        let found = problems.iter().find(|problem| problem.contains(function));
        found.unwrap_or_else(|| panic!("{problems:#?}"))
    };
    let of_load = about("`load`");
    assert!(
        of_load.contains("tests/gate/support/operations.rs:"),
        "{of_load}"
    );
    assert!(
        of_load
            .ends_with("`load` depends on `redis`, which is not declared; did you mean `rediss`?"),
        "{of_load}"
    );
    let of_index = about("`drop_index`");
    assert!(
        of_index.ends_with("add `.dependency(Dependency::new(\"search\"))` to the builder"),
        "{of_index}"
    );
    let of_probe = about("`metrics_answer`");
    assert!(of_probe.contains("`metrics`"), "{of_probe}");
}

#[tokio::test(start_paused = true)]
async fn all_problems_are_reported_at_once_and_nothing_is_started() {
    let registry = HealthRegistry::new();
    let mut builder = health_runtime::builder().registry(registry.clone());
    for name in names_that_are_mentioned() {
        builder = builder.dependency(Dependency::new(name));
    }
    let metrics = from_fn(|| async { Ok::<(), String>(()) });
    let error = builder
        .dependency(Dependency::new("metrics").probe(metrics))
        .dependency(Dependency::new("kafka").breaker(BreakerPolicy {
            consecutive: Some(0),
            ..BreakerPolicy::default()
        }))
        .gate(GatePolicy {
            settle: 60 * SECOND,
            settle_after_open: SECOND,
            preflight_timeout: Duration::ZERO,
            max_evidence_age: Some(Duration::ZERO),
            ..GatePolicy::default()
        })
        .operation("pruge", OperationPolicy::default())
        .init()
        .await
        .unwrap_err();
    let text = error.to_string();
    for problem in [
        "7 problems:",
        "dependency `metrics`: declared twice",
        "dependency `kafka`: consecutive must be at least 1, got 0",
        "gate: settle_after_open (1s) must not be shorter than settle (60s)",
        "gate: preflight_timeout must be longer than zero",
        "gate: max_evidence_age must be longer than zero",
        "`metrics_answer` probes `metrics`, which already has a probe in the builder; remove one",
        "there is no #[destructive] function `pruge`; did you mean `purge`?",
    ] {
        assert!(text.contains(problem), "expected `{problem}` in {text}");
    }
    assert!(registry.snapshot().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_second_init_of_a_running_registry_is_an_error_and_does_not_stop_the_first() {
    let house = House::healthy().await;
    let again = health_runtime::builder().registry(house.registry.clone());
    let error = again.init().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this registry runs already: `init()` is called once, and its guard kept"
    );
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn a_registry_can_be_started_again_and_keeps_nothing_that_weakens_it() {
    let mut house = House::healthy_with(crate::support::Plan {
        operations: vec![(
            "purge",
            OperationPolicy {
                mode: Some(health_runtime::GateMode::Off),
                ..OperationPolicy::default()
            },
        )],
        ..crate::support::Plan::unprobed()
    })
    .await;
    house.fail("redis");
    house.purge().await.is_allowed();
    house.guard.take().unwrap().shutdown().await;
    let trail = crate::support::Trail::new();
    let again = health_runtime::builder()
        .registry(house.registry.clone())
        .audit(trail.clone());
    let _health = again.init().await.unwrap();
    let before = house.trail.records().len();
    assert!(!house.purge().await.ran);
    assert_eq!(trail.records().len(), 1);
    assert_eq!(house.trail.records().len(), before, "the old sink is gone");
}

#[test]
fn without_a_runtime_it_says_what_is_missing() {
    let mut init = std::pin::pin!(
        health_runtime::builder()
            .registry(HealthRegistry::new())
            .init()
    );
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(result) = init.as_mut().poll(&mut cx) else {
        panic!("it waits for nothing");
    };
    let error = result.unwrap_err();
    assert!(error.to_string().contains("there is no tokio runtime here"));
}

#[tokio::test(start_paused = true)]
async fn a_critical_dependency_without_a_probe_is_warned_of_with_those_who_rely_on_it() {
    let logs = Logs::collect();
    let mut builder = health_runtime::builder().registry(HealthRegistry::new());
    for name in names_that_are_mentioned() {
        builder = builder.dependency(Dependency::new(name).criticality(match name {
            "redis" | "metrics" => Criticality::Critical,
            _ => Criticality::Low,
        }));
    }
    let _health = builder.init().await.unwrap();
    let warnings = logs.at(tracing::Level::WARN, "health_runtime::gate");
    let of = |name: &str| {
        let start = format!("{name} has no probe: ");
        warnings
            .iter()
            .filter(|line| line.starts_with(&start))
            .count()
    };
    // `search` is not critical, but named. `metrics` has a `#[probe]`.
    assert_eq!(
        (of("redis"), of("search"), of("api"), of("metrics")),
        (1, 1, 0, 0)
    );
    let redis = warnings
        .iter()
        .find(|line| line.starts_with("redis"))
        .unwrap();
    assert!(
        redis.contains("\"purge\"") && redis.contains("\"evict\""),
        "{redis}"
    );
    assert!(
        redis.ends_with("add `#[probe(dep = \"redis\")]`"),
        "{redis}"
    );
}

#[tokio::test(start_paused = true)]
async fn dependencies_that_the_registry_was_made_with_are_probed_too() {
    let probe = crate::support::MoodyProbe::new(crate::support::Mood::Answers);
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dependency::new("redis").probe(probe.clone()))
        .dependency(Dependency::new("metrics"))
        .build()
        .unwrap();
    let builder = health_runtime::builder().registry(registry.clone());
    let _health = builder.init().await.unwrap();
    pass(30 * SECOND).await;
    assert!(probe.asked() >= 5, "{}", probe.asked());
    let metrics = registry.health("metrics").unwrap();
    assert!(metrics.last_success.is_some(), "its #[probe] is silent");
}
