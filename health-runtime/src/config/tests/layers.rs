//! Who wins, and who is said to have won.

use std::time::Duration;

use super::super::Config;
use super::{policy, start, start_with};
use crate::breaker::{BreakerPolicy, FailureRate, SlowCallRate, Window};
use crate::bulkhead::BulkheadPolicy;
use crate::dependency::Dependency;
use crate::gate::{Checkpoint, GateMode, GatePolicy};
use crate::init::HealthGuard;
use crate::policy::{Policy, PolicyPatch};
use crate::state::Criticality;

fn origin(guard: &HealthGuard, path: &str) -> String {
    let status = guard.registry().config_status().unwrap();
    let origin = status.origins.iter().find(|origin| origin.path == path);
    origin
        .unwrap_or_else(|| panic!("no origin of {path}"))
        .to_string()
}

/// Every layer, with the origin that is shown when it is the strongest.
#[tokio::test(start_paused = true)]
async fn each_layer_wins_over_those_below_it_and_they_are_shown_as_hidden() {
    const PATH: &str = "deps.redis.breaker.consecutive";
    const VAR: &str = "HEALTH_RUNTIME__DEPS__REDIS__BREAKER__CONSECUTIVE";
    let in_code = || {
        Dependency::new("redis").breaker(BreakerPolicy {
            consecutive: Some(7),
            ..BreakerPolicy::default()
        })
    };
    let root_profile = "version = 1\nprofile = \"aggressive\"\n";
    let defaults = format!("{root_profile}[defaults.breaker]\nconsecutive = 8\n");
    let own_profile = format!("{defaults}[deps.redis]\nprofile = \"conservative\"\n");
    let own = format!("{own_profile}breaker.consecutive = 9\n");
    let file = |text: &str| Config::toml("health.toml", text).without_env();
    let cases = [
        (
            file("version = 1"),
            Dependency::new("redis"),
            5,
            "= 5  # built-in",
        ),
        (file("version = 1"), in_code(), 7, "= 7  # code"),
        (
            file(root_profile),
            in_code(),
            3,
            "= 3  # profile aggressive (code = 7)",
        ),
        (
            file(&defaults),
            in_code(),
            8,
            "= 8  # file health.toml:4 (profile aggressive = 3, code = 7)",
        ),
        (
            file(&own_profile),
            in_code(),
            10,
            "= 10  # profile conservative (file health.toml:4 = 8, profile aggressive = 3, code = 7)",
        ),
        (
            file(&own),
            in_code(),
            9,
            "= 9  # file health.toml:7 (profile conservative = 10, file health.toml:4 = 8, profile aggressive = 3, code = 7)",
        ),
        (
            file(&own).vars([(VAR, "11")]),
            Dependency::new("redis"),
            11,
            "= 11  # env HEALTH_RUNTIME__DEPS__REDIS__BREAKER__CONSECUTIVE (file health.toml:7 = 9, profile conservative = 10, file health.toml:4 = 8, profile aggressive = 3)",
        ),
        (
            file("version = 1")
                .vars([(VAR, "11")])
                .override_value(PATH, "12"),
            in_code(),
            12,
            "= 12  # override (env HEALTH_RUNTIME__DEPS__REDIS__BREAKER__CONSECUTIVE = 11, code = 7)",
        ),
    ];
    for (config, dependency, expected, shown) in cases {
        let guard = start_with(config, [dependency]).await.unwrap();
        let breaker = policy(&guard, "redis", None, None).breaker;
        assert_eq!(breaker.consecutive, Some(expected), "{shown}");
        assert_eq!(origin(&guard, PATH), format!("{PATH} {shown}"));
        // What calls go by, not only what is stored.
        let entry = guard.registry().directory().get("redis").unwrap();
        assert_eq!(entry.lock().policy().consecutive, Some(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn the_gate_has_the_same_layers_and_the_line_of_the_design() {
    let text = "version = 1\nprofile = \"aggressive\"\n[gate]\nsettle = \"20s\"\ncheckpoint = \"stop\"\nmode = \"observe\"\n";
    let config = Config::toml("health.toml", text).vars([("HEALTH_RUNTIME__GATE__SETTLE", "10s")]);
    let guard = start(config, &["redis"]).await.unwrap();
    let gate = guard.registry().gate().policy();
    let expected = GatePolicy {
        mode: GateMode::Observe,
        settle: Duration::from_secs(10),
        settle_after_open: Duration::from_secs(120),
        checkpoint: Checkpoint::Stop,
        ..GatePolicy::default()
    };
    assert_eq!(*gate, expected);
    assert_eq!(
        origin(&guard, "gate.settle"),
        "gate.settle = 10s  # env HEALTH_RUNTIME__GATE__SETTLE (file health.toml:4 = 20s, profile aggressive = 30s)"
    );
    assert_eq!(
        origin(&guard, "gate.max_evidence_age"),
        "gate.max_evidence_age = auto  # built-in"
    );
    assert_eq!(
        origin(&guard, "profile"),
        "profile = aggressive  # file health.toml:2"
    );
}

#[tokio::test(start_paused = true)]
async fn keys_roles_and_roles_of_keys_inherit_field_by_field() {
    let text = r#"version = 1
[deps.http.breaker]
window = "1m"
min_calls = 40
consecutive = 4
[deps.http.keys."a.com".breaker]
failure_ratio = 0.3
[deps.http.roles.bulk]
call.timeout = "none"
[deps.http.keys."a.com".roles.bulk.breaker]
min_calls = 80
"#;
    let code = Dependency::new("http").role("bulk", PolicyPatch::new().consecutive(9));
    // A window without a rate has no effect: it is inherited by the key, so the dependency has one.
    let text = text.replace("consecutive = 4", "consecutive = 4\nfailure_ratio = 0");
    let guard = start_with(Config::toml("health.toml", text).without_env(), [code])
        .await
        .unwrap();
    let rate = |min_calls| {
        Some(FailureRate {
            rate: 0.3,
            window: Window::Time(Duration::from_secs(60)),
            min_calls,
        })
    };
    let whole = policy(&guard, "http", None, None);
    assert_eq!(
        (whole.breaker.consecutive, whole.breaker.failure_rate),
        (Some(4), None)
    );
    assert_eq!(whole.overrides.timeout, None);
    let key = policy(&guard, "http", Some("a.com"), None);
    assert_eq!(
        (key.breaker.consecutive, key.breaker.failure_rate),
        (Some(4), rate(40))
    );
    // The role is set in code: a special place wins over a general one, whoever speaks there.
    let role = policy(&guard, "http", Some("b.com"), Some("bulk"));
    assert_eq!(
        (role.breaker.consecutive, role.overrides.timeout),
        (Some(9), Some(None))
    );
    let both = policy(&guard, "http", Some("a.com"), Some("bulk"));
    assert_eq!(
        (both.breaker.failure_rate, both.overrides.timeout),
        (rate(80), Some(None))
    );
    assert_eq!(
        origin(&guard, "deps.http.keys.\"a.com\".breaker.failure_ratio"),
        "deps.http.keys.\"a.com\".breaker.failure_ratio = 0.3  # file health.toml:8"
    );
}

#[tokio::test(start_paused = true)]
async fn keys_are_laid_over_the_values_of_the_code_that_belong_together() {
    let own = Policy {
        breaker: BreakerPolicy {
            slow_call_rate: Some(SlowCallRate {
                slower_than: Duration::from_secs(1),
                rate: 0.5,
                window: Window::Calls(50),
                min_calls: 10,
            }),
            ..BreakerPolicy::default()
        },
        bulkhead: Some(BulkheadPolicy {
            queue: 4,
            ..BulkheadPolicy::new(64)
        }),
        ..Policy::default()
    };
    let text = "version = 1\n[deps.api]\nbreaker.slow_ratio = 0.9\nbackpressure.max_inflight = 8\ncall.retry_ratio = 0.1\n";
    let code = Dependency::new("api").policy(own.clone());
    let guard = start_with(Config::toml("health.toml", text).without_env(), [code])
        .await
        .unwrap();
    let policy = policy(&guard, "api", None, None);
    let slow = policy.breaker.slow_call_rate.unwrap();
    assert_eq!(
        (slow.rate, slow.window, slow.slower_than),
        (0.9, Window::Calls(50), Duration::from_secs(1))
    );
    let bulkhead = policy.bulkhead.unwrap();
    assert_eq!((bulkhead.max_in_flight, bulkhead.queue), (8, 4));
    let budget = policy.retry.budget.unwrap();
    assert_eq!((budget.ratio, budget.min_per_second), (0.1, 3));
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_a_dependency_are_laid_over_those_of_the_code() {
    let text =
        "version = 1\n[defaults.probe]\ninterval = \"2s\"\n[deps.api]\ncriticality = \"low\"\n";
    let code = Dependency::new("api").probe_timeout(Duration::from_millis(300));
    let config =
        Config::toml("health.toml", text).vars([("HEALTH_RUNTIME__DEPS__API__EVIDENCE", "state")]);
    let guard = start_with(config, [code]).await.unwrap();
    let settings = guard.registry().directory().get("api").unwrap().settings();
    assert_eq!(settings.criticality, Criticality::Low);
    assert_eq!(settings.probe_every, Duration::from_secs(2));
    assert_eq!(settings.probe_timeout, Duration::from_millis(300));
    assert_eq!(
        origin(&guard, "deps.api.evidence"),
        "deps.api.evidence = state  # env HEALTH_RUNTIME__DEPS__API__EVIDENCE"
    );
    assert_eq!(
        origin(&guard, "deps.api.probe.timeout"),
        "deps.api.probe.timeout = 300ms  # code"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_is_made_later_has_the_defaults_of_the_file() {
    let config = Config::toml(
        "health.toml",
        "version = 1\n[defaults.breaker]\nconsecutive = 2",
    )
    .without_env();
    let guard = start(config, &["redis"]).await.unwrap();
    guard.registry().record_failure("later", "refused");
    assert_eq!(
        policy(&guard, "later", None, None).breaker.consecutive,
        Some(2)
    );
}

#[tokio::test(start_paused = true)]
async fn names_lose_what_the_environment_cannot_say() {
    let config = Config::env().vars([("HEALTH_RUNTIME__DEPS__SEARCH_API_V2__CALL__ATTEMPTS", "4")]);
    let guard = start(config, &["search-api.v2"]).await.unwrap();
    assert_eq!(
        policy(&guard, "search-api.v2", None, None)
            .overrides
            .attempts,
        Some(4)
    );
}

#[tokio::test(start_paused = true)]
async fn a_start_without_a_configuration_forgets_that_of_the_start_before() {
    let config = Config::toml(
        "health.toml",
        "version = 1\n[deps.redis]\ncriticality = \"low\"\nbreaker.consecutive = 2",
    )
    .without_env();
    let guard = start(config, &["redis"]).await.unwrap();
    let registry = guard.registry().clone();
    guard.shutdown().await;
    registry.config().withdraw();
    let entry = registry.directory().get("redis").unwrap();
    assert_eq!(entry.settings().criticality, Criticality::Critical);
    assert_eq!(entry.lock().policy().consecutive, Some(5));
    assert!(registry.config_status().is_none());
}
