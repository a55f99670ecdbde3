//! What a configuration can name: dependencies, their roles, levels of degradation.

use super::super::input::Input;
use super::super::resolve::{Code, Names};
use super::super::{Config, ConfigStatus};
use super::start_with;
use crate::annotate::{SiteInfo, SiteKind, SiteOptions};
use crate::dependency::Dependency;
use crate::policy::{Policy, PolicyPatch};

/// A program with one dependency, whose attributes name the role `metadata` and the level `slow`.
fn code() -> Code {
    let site = SiteInfo::new(
        SiteKind::Guarded,
        "fetch",
        "app",
        ("src/app.rs", 3),
        &["http"],
    );
    let site = site.with(const { &SiteOptions::said("").role("metadata").level("slow") });
    let http = Dependency::new("http").role("artifact", PolicyPatch::new());
    Code {
        gate: crate::GatePolicy::default(),
        dependencies: vec![http],
        names: Names::Known,
        sites: vec![Box::leak(Box::new(site))],
        levels: vec!["slow".to_owned()],
        unknown_levels: crate::init::unknown_levels,
    }
}

/// Resolves a file and variables; the policy of a role then, or what is wrong.
fn resolved(text: &str, vars: &[(&str, &str)], role: &str) -> Result<Policy, String> {
    let config = Config::toml("health.toml", format!("version = 1\n{text}"));
    let config = config.vars(vars.iter().copied());
    let code = code();
    let resolved = Input::read(&config, None).resolve(&config, &code);
    let resolved = resolved.map_err(|error| error.to_string())?;
    let mut policies = code.dependencies[0].policies.clone();
    policies.operator = resolved.dependencies["http"].operator.clone();
    Ok(policies.resolve(None, Some(role)))
}

#[test]
fn a_role_that_nobody_names_is_refused_with_the_nearest() {
    let of = |role| format!("[deps.http.roles.{role}.breaker]\nconsecutive = 3\n");
    for role in ["metadata", "artifact"] {
        let policy = resolved(&of(role), &[], role).unwrap();
        assert_eq!(policy.breaker.consecutive, Some(3), "{role}");
    }
    let told = resolved(&of("metdata"), &[], "metadata").unwrap_err();
    assert_eq!(
        told.lines().next().unwrap(),
        "health.toml:2:18: `http` has no role `metdata`; did you mean `metadata`?"
    );
}

#[test]
fn a_role_of_an_attribute_can_be_set_in_the_environment() {
    let name = "HEALTH_RUNTIME__DEPS__HTTP__ROLES__METADATA__BREAKER__CONSECUTIVE";
    let policy = resolved("", &[(name, "3")], "metadata").unwrap();
    assert_eq!(policy.breaker.consecutive, Some(3));
    let name = "HEALTH_RUNTIME__DEPS__HTTP__KEYS__A_COM__ROLES__METADATA__BREAKER__CONSECUTIVE";
    let of_key = "[deps.http.keys.\"a.com\"]\n";
    assert!(resolved(of_key, &[(name, "3")], "metadata").is_ok());
}

#[test]
fn a_level_that_calls_are_shed_from_cannot_be_taken_away() {
    let level =
        |name: &str| format!("[[degradation.levels]]\nname = \"{name}\"\nwhen = [\"http\"]\n");
    assert!(resolved("", &[], "metadata").is_ok());
    assert!(resolved(&level("slow"), &[], "metadata").is_ok());
    for text in [&*level("slower"), "[degradation]\nlevels = []\n"] {
        let told = resolved(text, &[], "metadata").unwrap_err();
        let expected =
            "src/app.rs:3: `fetch` is shed from the level `slow` on, which does not exist";
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn what_is_wrong_with_a_level_is_told_at_its_line() {
    let level =
        |name: &str| format!("[[degradation.levels]]\nname = \"{name}\"\nwhen = [\"http\"]\n");
    let text = level("slow") + &level("normal") + &level("slow");
    let told = resolved(&text, &[], "metadata").unwrap_err();
    for line in [
        "health.toml:5:1: degradation level `normal`: this is the name of level 0",
        "health.toml:8:1: degradation level `slow`: there are two of this name",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_levels_switches_those_of_the_code_off() {
    for (text, there) in [("", 1), ("[degradation]\nlevels = []\n", 0)] {
        let registry = crate::HealthRegistry::builder().seed(7).build().unwrap();
        let levels = crate::Levels::new().level("slow", crate::Rule::any(["http"]));
        let config = Config::toml("health.toml", format!("version = 1\n{text}")).without_env();
        let mut builder = crate::init::builder()
            .registry(registry.clone())
            .degradation(levels)
            .dependency(Dependency::new("http"))
            .config(config);
        for name in crate::inventory::call_sites()
            .iter()
            .flat_map(|site| site.deps)
        {
            builder = builder.dependency(Dependency::new(*name));
        }
        let guard = builder.init().await.unwrap();
        assert_eq!(guard.registry().levels().levels().names().len(), there);
        let status: ConfigStatus = registry.config_status().unwrap();
        assert!(status.levels.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_init_accepts_a_look_at_the_configuration_by_itself_accepts_too() {
    let name = "HEALTH_RUNTIME__DEPS__HTTP__BREAKER__CONSECUTIVE";
    let of_role = "HEALTH_RUNTIME__DEPS__HTTP__ROLES__BULK__BREAKER__CONSECUTIVE";
    let config = Config::env()
        .vars([(name, "3"), (of_role, "4")])
        .override_value("deps.http.call.attempts", "2");
    let code = Dependency::new("http").role("bulk", PolicyPatch::new());
    let _guard = start_with(config.clone(), [code]).await.unwrap();
    let told: Vec<String> = config
        .origins()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    for line in [
        format!("deps.http.breaker.consecutive = 3  # env {name}"),
        format!("deps.http.roles.bulk.breaker.consecutive = 4  # env {of_role}"),
        "deps.http.call.attempts = 2  # override".to_owned(),
    ] {
        assert!(told.contains(&line), "{line}: {told:#?}");
    }
    let typo = Config::env().vars([("HEALTH_RUNTIME__DEPS__HTTP__BREAKER__CONSECUTVE", "3")]);
    let told = typo.check().unwrap_err().to_string();
    assert!(
        told.ends_with("did you mean `HEALTH_RUNTIME__DEPS__HTTP__BREAKER__CONSECUTIVE`?"),
        "{told}"
    );
}
