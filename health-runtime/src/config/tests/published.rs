//! The files that are generated from the schema, and the examples.
//!
//! `BLESS=1 cargo test` writes the generated ones.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::super::{Config, Needs};
use super::{policy, start};
use crate::policy::{Policy, Profile};
use crate::state::{Criticality, DependencyState};

fn path(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(of)
}

fn assert_published(file: &str, generated: &str) {
    let path = path(file);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, generated).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == generated,
        "{file} is not what the schema says; run this test with BLESS=1"
    );
}

#[test]
fn the_json_schema_is_that_of_the_table() {
    assert_published(
        "health-runtime/schema/health.schema.json",
        &Config::json_schema(),
    );
}

#[test]
fn the_reference_is_that_of_the_table() {
    assert_published("docs/configuration.md", &Config::reference());
}

#[test]
fn the_example_is_that_of_the_table() {
    assert_published("examples/health.toml", &Config::example());
}

/// The example with every comment taken off that is a key or a section.
fn uncommented() -> String {
    let lines = Config::example();
    let lines = lines.lines().map(|line| match line.strip_prefix('#') {
        Some(code) if !code.starts_with(' ') => code,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn the_example_changes_nothing_and_its_comments_say_the_defaults() {
    let as_it_is = Config::file(path("examples/health.toml")).without_env();
    let guard = start(as_it_is, &["redis"]).await.unwrap();
    assert_eq!(policy(&guard, "redis", None, None), Policy::default());

    let text = uncommented().replace("profile = \"balanced\"", "");
    // It tunes a role, which somebody must name.
    let code = crate::Dependency::new("redis").role("metadata", crate::PolicyPatch::new());
    let guard = super::start_with(Config::toml("health.toml", text).without_env(), [code])
        .await
        .unwrap();
    let with_all = policy(&guard, "redis", None, None);
    // What wins over the annotations is set, as it would be without them.
    let overrides = with_all.overrides.clone();
    let without = Policy {
        overrides: Policy::default().overrides,
        ..with_all
    };
    assert_eq!(without, Policy::default());
    assert_eq!(overrides.timeout, Some(Policy::default().timeout));
    assert_eq!(overrides.backoff, Some(Policy::default().retry.backoff));
    assert_eq!(
        *guard.registry().gate().policy(),
        crate::GatePolicy::default()
    );
}

#[tokio::test(start_paused = true)]
async fn the_profiles_of_the_file_are_those_of_the_code() {
    for profile in Profile::ALL {
        let text = format!("version = 1\nprofile = \"{}\"", profile.name());
        let guard = start(Config::toml("health.toml", text).without_env(), &["redis"])
            .await
            .unwrap();
        assert_eq!(policy(&guard, "redis", None, None), profile.policy());
        assert_eq!(*guard.registry().gate().policy(), profile.gate());
    }
}

const MATRIX: [(&str, u32, u64, u32, Criticality); 6] = [
    ("claude_api", 3, 60, 3, Criticality::Critical),
    ("firebase", 5, 60, 2, Criticality::High),
    ("qdrant", 5, 60, 2, Criticality::High),
    ("exa_api", 3, 30, 2, Criticality::Medium),
    ("tavily_api", 3, 30, 2, Criticality::Medium),
    ("telegram_api", 5, 30, 2, Criticality::Critical),
];

#[tokio::test(start_paused = true)]
async fn the_strategy_matrix_can_be_said_in_both_languages() {
    let names = MATRIX.map(|(name, ..)| name);
    let mut told = Vec::new();
    let files = [
        "examples/strategy_matrix.toml",
        "examples/strategy_matrix.yaml",
    ];
    // The second needs a feature of its own.
    let readable = if cfg!(feature = "yaml") { 2 } else { 1 };
    for file in &files[..readable] {
        let config = Config::file(path(file)).without_env();
        let guard = start(config, &names).await.unwrap();
        for (name, consecutive, cooldown_s, attempts, criticality) in MATRIX {
            let policy = policy(&guard, name, None, None);
            assert_eq!(
                policy.breaker.consecutive,
                Some(consecutive),
                "{file}: {name}"
            );
            assert_eq!(
                policy.breaker.backoff.initial,
                Duration::from_secs(cooldown_s),
                "{file}: {name}"
            );
            assert_eq!(policy.overrides.attempts, Some(attempts), "{file}: {name}");
            let settings = guard.registry().directory().get(name).unwrap().settings();
            assert_eq!(settings.criticality, criticality, "{file}: {name}");
        }
        let status = guard.registry().config_status().unwrap();
        told.push(status.levels);
    }
    assert!(told.iter().all(|levels| *levels == told[0]));
    let levels: Vec<(&str, Vec<&str>)> = told[0]
        .iter()
        .map(|level| {
            assert_eq!(
                (level.state, level.needs),
                (DependencyState::Unhealthy, Needs::All)
            );
            (
                &*level.name,
                level.when.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(
        levels,
        [
            ("search degraded", vec!["exa_api", "tavily_api"]),
            ("memory degraded", vec!["qdrant"]),
            ("state degraded", vec!["firebase"]),
            ("critical", vec!["claude_api"]),
        ]
    );
}
