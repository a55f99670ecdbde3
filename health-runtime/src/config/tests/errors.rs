//! Everything that is wrong is told at once, with its place and what would be right.

use std::fs;

use proptest::prelude::*;

use super::super::Config;
use super::super::read::Format;
use super::super::tree::Node;
use super::super::walk;
use super::start;

fn told(config: Config) -> String {
    config.check().unwrap_err().to_string()
}

#[test]
fn a_file_is_told_everything_that_is_wrong_with_it_from_top_to_bottom() {
    let text = r#"version = 1
profile = "agressive"

[defaults]
breaker = { open_for = 30, jitter = 0.2 }
call = { timeout = "2 s", attempts = "3" }

[deps.redis]
breakr = { window = "30s" }
open_for = "1s"
probe.failures = 2

[deps.redis.breaker]
window = 30
failure_ratio = 50
mode = "off"

[gate]
setle = "30s"
preflight = true

[fleet]
mode = "local"

[[degradation.levels]]
name = "search degraded"
"#;
    assert_eq!(
        told(Config::toml("health.toml", text).without_env()),
        r#"15 problems in the configuration:

health.toml:2:11: `profile`: expected one of `conservative`, `balanced`, `aggressive`, found `agressive`; did you mean `aggressive`?
  |
2 | profile = "agressive"
  |           ^^^^^^^^^^^

health.toml:5:24: `open_for`: expected a duration: write `30s`
  |
5 | breaker = { open_for = 30, jitter = 0.2 }
  |                        ^^

health.toml:5:37: `jitter`: expected one of `none`, `equal`, `full`, found the number 0.2
  |
5 | breaker = { open_for = 30, jitter = 0.2 }
  |                                     ^^^

health.toml:6:20: `timeout`: expected a duration, a number with a unit (ms, s, m, h, d) such as `30s`, found `2 s`; the other choice is `none`
  |
6 | call = { timeout = "2 s", attempts = "3" }
  |                    ^^^^^

health.toml:6:38: `attempts`: expected a whole number of at least 1, found a text; write 3 without quotes
  |
6 | call = { timeout = "2 s", attempts = "3" }
  |                                      ^^^

health.toml:9:1: unknown key `breakr` in `deps.redis`; did you mean `breaker`?
  |
9 | breakr = { window = "30s" }
  | ^^^^^^

health.toml:10:1: unknown key `open_for` in `deps.redis`; it belongs to `breaker`
   |
10 | open_for = "1s"
   | ^^^^^^^^

health.toml:11:7: `probe.failures` is not known to this version, health-runtime 0.1.0; take it out
   |
11 | probe.failures = 2
   |       ^^^^^^^^

health.toml:14:10: `window`: expected a window: write `30s` for a time or `30 calls` for a number of calls
   |
14 | window = 30
   |          ^^

health.toml:15:17: `failure_ratio`: expected a part of the whole, 0 to 1, found `50`
   |
15 | failure_ratio = 50
   |                 ^^

health.toml:16:8: `mode`: expected one of `enforce`, `observe`, `disabled`, found `off`; did you mean `disabled`?
   |
16 | mode = "off"
   |        ^^^^^

health.toml:19:1: unknown key `setle` in `gate`; did you mean `settle`?
   |
19 | setle = "30s"
   | ^^^^^

health.toml:20:13: `preflight`: expected one of `when_stale`, `always`, found true
   |
20 | preflight = true
   |             ^^^^

health.toml:22:2: `fleet` is not known to this version, health-runtime 0.1.0; take it out
   |
22 | [fleet]
   |  ^^^^^

health.toml:25:1: a level needs `when`
   |
25 | [[degradation.levels]]
   | ^^^^^^^^^^^^^^^^^^^^^^"#
    );
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_has_the_same_schema_and_the_same_messages() {
    let text = "version: 1\ngate:\n  setle: 30s\n  mode: off\ndeps:\n  redis: { breaker: { open_for: 3 } }\n  api: 5\n";
    assert_eq!(
        told(Config::yaml("health.yaml", text).without_env()),
        r#"4 problems in the configuration:

health.yaml:3:3: unknown key `setle` in `gate`; did you mean `settle`?
  |
3 |   setle: 30s
  |   ^^^^^

health.yaml:4:9: `mode`: expected one of `enforce`, `observe`, `disabled`, found `off`; did you mean `disabled`?
  |
4 |   mode: off
  |         ^^^

health.yaml:6:33: `open_for`: expected a duration: write `3s`
  |
6 |   redis: { breaker: { open_for: 3 } }
  |                                 ^

health.yaml:7:3: `deps` has a table for each dependency, which `api` is not: found a number
  |
7 |   api: 5
  |   ^^^"#
    );
}

#[cfg(feature = "yaml")]
#[test]
fn a_line_of_yaml_that_ends_in_a_carriage_return_is_a_line() {
    assert_eq!(
        told(Config::yaml("health.yaml", "version: 1\rgate:\r  setle: 30s\r").without_env()),
        "health.yaml:3:3: unknown key `setle` in `gate`; did you mean `settle`?\n  |\n3 |   setle: 30s\n  |   ^^^^^"
    );
}

#[cfg(feature = "yaml")]
#[test]
fn what_is_missing_at_the_end_of_a_yaml_file_is_shown_in_its_last_line() {
    assert_eq!(
        told(Config::yaml("health.yaml", "version: 1\ngate:\n  settle: 30s\n  m").without_env()),
        "health.yaml:4:4: simple key expected\n  |\n4 |   m\n  |    ^"
    );
}

#[test]
fn a_number_in_quotes_is_told_as_every_language_writes_it() {
    let told = |number| {
        let text = format!("version = 1\n[deps.a.breaker]\nmultiplier = \"{number}\"\n");
        told(Config::toml("health.toml", text).without_env())
    };
    for (number, written) in [
        ("1.", "1"),
        (".5e1", "5"),
        ("1_0", "10"),
        (" 2.5\\t", "2.5"),
    ] {
        let message = format!("found a text; write {written} without quotes\n");
        assert!(told(number).contains(&message), "{}", told(number));
    }
    assert!(!told("0.5").contains("without quotes"), "{}", told("0.5"));
}

#[test]
fn a_text_that_is_no_toml_is_shown_where_it_breaks() {
    assert_eq!(
        told(
            Config::toml(
                "health.toml",
                "version = 1\n[gate\nsettle = \"3s\"\n[gate]\nx = \n"
            )
            .without_env()
        ),
        r#"2 problems in the configuration:

health.toml:2:6: unclosed table, expected `]`
  |
2 | [gate
  |      ^

health.toml:5:5: string values must be quoted, expected literal string
  |
5 | x = 
  |     ^"#
    );
}

#[cfg(feature = "yaml")]
#[test]
fn a_text_that_is_no_yaml_is_shown_where_it_breaks() {
    assert_eq!(
        told(Config::yaml("health.yaml", "version: 1\ngate: { settle: 3s\ndeps:\n").without_env()),
        r#"health.yaml:3:5: while parsing a flow mapping, did not find expected ',' or '}'
  |
3 | deps:
  |     ^"#
    );
    assert_eq!(
        told(Config::yaml("health.yaml", "version: 1\nversion: 1\na: &x 1\nb: *x\n").without_env()),
        r#"2 problems in the configuration:

health.yaml:2:1: `version` stands in line 1 already
  |
2 | version: 1
  | ^^^^^^^

health.yaml:4:4: aliases are not known here; write the value out, or put it under `defaults`
  |
4 | b: *x
  |    ^^"#
    );
}

#[test]
fn the_environment_is_told_by_the_name_of_the_variable() {
    let config = Config::toml("health.toml", "version = 1\n[deps.redis]").vars([
        ("HEALTH_RUNTIME__GATE__SETLE", "30s"),
        ("HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FOR", "3"),
        ("HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FRO", "3s"),
        ("HEALTH_PORT", "tcp://10.0.0.1:80"),
    ]);
    assert_eq!(
        told(config),
        r#"3 problems in the configuration:

HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FOR=3: expected a duration: write `3s`

HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FRO=3s: there is no such key; did you mean `HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FOR`?

HEALTH_RUNTIME__GATE__SETLE=30s: there is no such key; did you mean `HEALTH_RUNTIME__GATE__SETTLE`?"#
    );
}

#[test]
fn words_of_other_systems_are_told_what_they_are_called_here() {
    for (word, meant) in [("audit", "observe"), ("off", "disabled"), ("on", "enforce")] {
        let told = told(
            Config::env()
                .without_env()
                .override_value("gate.mode", word),
        );
        let hint = format!("found `{word}`; did you mean `{meant}`?");
        assert!(told.ends_with(&hint), "{told}");
    }
}

#[test]
fn an_override_is_told_by_its_path() {
    let config = Config::env()
        .without_env()
        .override_value("gate.setle", "3s")
        .override_value("gate.settle", "3");
    assert_eq!(
        told(config),
        r#"2 problems in the configuration:

override gate.setle = 3s: there is no such key; did you mean `gate.settle`?

override gate.settle = 3: expected a duration: write `3s`"#
    );
}

#[test]
fn values_that_contradict_each_other_are_told_at_one_of_them_in_the_words_of_the_file() {
    let text = r#"version = 1
[deps.redis.breaker]
open_for = "5m"
consecutive = 0
[deps.redis.call]
retry_ratio = 0
retry_min_per_second = 0
[deps.redis.roles.bulk.breaker]
open_for_max = "2m"
[deps.redis.backpressure]
queue = 5
[gate]
settle = "2m"
"#;
    assert_eq!(
        told(Config::toml("health.toml", text).without_env()),
        r#"6 problems in the configuration:

health.toml:3:1: `deps.redis`: breaker.open_for_max (60s) must not be shorter than breaker.open_for (300s)
  |
3 | open_for = "5m"
  | ^^^^^^^^

health.toml:4:1: `deps.redis`: no trip rule is left: set `breaker.consecutive`, `breaker.failure_ratio` or `breaker.slow_ratio`, or `breaker.mode = "disabled"` to never trip
  |
4 | consecutive = 0
  | ^^^^^^^^^^^

health.toml:6:1: `deps.redis`: retry.budget allows no retry at all: raise `call.retry_ratio` or `call.retry_min_per_second`, or take `call.attempts` away
  |
6 | retry_ratio = 0
  | ^^^^^^^^^^^

health.toml:9:1: `deps.redis.roles.bulk`: breaker.open_for_max (120s) must not be shorter than breaker.open_for (300s)
  |
9 | open_for_max = "2m"
  | ^^^^^^^^^^^^

health.toml:11:1: `queue` has no effect without `max_inflight`
   |
11 | queue = 5
   | ^^^^^

health.toml:13:1: `gate`: settle_after_open (60s) must not be shorter than settle (120s)
   |
13 | settle = "2m"
   | ^^^^^^"#
    );
}

#[test]
fn what_the_defaults_get_wrong_is_told_once_and_not_for_every_dependency() {
    let text = "version = 1\n[defaults]\nbreaker.open_for = \"5m\"\n[deps.redis]\n[deps.api]\n";
    assert_eq!(
        told(Config::toml("health.toml", text).without_env()),
        r#"health.toml:3:9: `defaults`: breaker.open_for_max (60s) must not be shorter than breaker.open_for (300s)
  |
3 | breaker.open_for = "5m"
  |         ^^^^^^^^"#
    );
}

#[test]
fn a_key_in_the_wrong_table_is_told_where_it_belongs_and_a_missing_version_is_told() {
    let text = "[deps.redis]\ntimeout = \"3s\"\nbreaker.criticality = \"low\"\n";
    assert_eq!(
        told(Config::toml("health.toml", text).without_env()),
        r#"3 problems in the configuration:

health.toml:1:1: the version of the schema is missing; begin the file with `version = 1` (in YAML `version: 1`)
  |
1 | [deps.redis]
  | ^

health.toml:2:1: unknown key `timeout` in `deps.redis`; it belongs to `probe` or `call`
  |
2 | timeout = "3s"
  | ^^^^^^^

health.toml:3:9: unknown key `criticality` in `deps.redis.breaker`; it stands in `deps.redis` itself
  |
3 | breaker.criticality = "low"
  |         ^^^^^^^^^^^"#
    );
}

#[tokio::test(start_paused = true)]
async fn names_that_nobody_declares_are_told_with_the_nearest() {
    let text = r#"version = 1
[deps.rediss]
criticality = "low"
[[degradation.levels]]
name = "slow"
when = ["redis", "apy"]
"#;
    let error = start(
        Config::toml("health.toml", text).without_env(),
        &["redis", "api"],
    )
    .await
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"2 problems:
  - health.toml:2:7: there is no dependency `rediss`; did you mean `redis`?
      |
    2 | [deps.rediss]
      |       ^^^^^^
  - health.toml:6:8: level `slow`: there is no dependency `apy`; did you mean `api`?
      |
    6 | when = ["redis", "apy"]
      |        ^^^^^^^^^^^^^^^^"#
    );
}

#[tokio::test(start_paused = true)]
async fn two_dependencies_with_one_name_in_the_environment_are_refused() {
    let error = start(Config::env().without_env(), &["a-b", "a.b"])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the dependencies `a-b` and `a.b` are both `A_B` in the names of environment variables; rename one"#
    );
}

fn read(format: Format, text: &str) {
    let root: Result<Node, _> = format.read(text);
    if let Ok(root) = root {
        drop(walk::walk(&root));
    }
    let config = Config::text("x", text.to_owned(), format);
    if let Err(error) = config.without_env().check() {
        assert!(!error.to_string().is_empty());
    }
}

/// Pieces from which texts are made that come further than noise.
const PIECES: &[&str] = &[
    "version = 1\n",
    "version: 1\n",
    "[deps.a]\n",
    "deps:\n",
    "  a:\n",
    "[gate]\n",
    "gate:\n",
    "settle = ",
    "  settle: ",
    "\"30s\"",
    "30s",
    "\n",
    "{",
    "}",
    "[",
    "]",
    "breaker",
    " = ",
    ": ",
    ",",
    "- ",
    "open_for",
    "consecutive",
    "0",
    "-1",
    "1e999",
    "nan",
    "'",
    "\"\"\"",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "!!",
    "\t",
    "é",
    "[[degradation.levels]]\n",
    "when = []\n",
    "#",
    "keys.\"x\".roles.y",
    "99999999999999999999",
    "..",
    "\u{0}",
    "\r",
    "true",
    "~",
    "1979-05-27",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        read(Format::Toml, &text);
        read(Format::Yaml, &text);
    }

    #[test]
    fn no_text_that_looks_like_a_configuration_makes_the_parsers_panic(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
    ) {
        let text = pieces.concat();
        read(Format::Toml, &text);
        read(Format::Yaml, &text);
    }
}

#[test]
fn a_deep_nest_is_an_error_and_no_overflow() {
    for text in [
        "[".repeat(10_000),
        format!("a: {}", "{a: ".repeat(10_000)),
        "- ".repeat(10_000),
    ] {
        read(Format::Toml, &text);
        read(Format::Yaml, &text);
    }
}

#[test]
fn what_is_no_text_is_told_with_its_line() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("health.toml");
    fs::write(&path, b"version = 1\n# \xff\n").unwrap();
    let told = told(Config::file(&path).without_env());
    let expected = format!("{}: line 2 is not valid UTF-8", path.display());
    assert_eq!(told, expected);
}

#[test]
fn the_file_is_that_of_the_variable_or_the_one_in_the_directory() {
    let directory = tempfile::TempDir::new().unwrap();
    let at = |name: &str| directory.path().join(name);
    let discover = || Config::new(super::super::File::Discover(directory.path().to_owned()));
    let settle = |config: Config| {
        let origins = config.origins().unwrap();
        let found = origins.iter().find(|origin| origin.path == "gate.settle");
        found.unwrap().value.clone()
    };
    let text = |seconds| format!("version = 1\n[gate]\nsettle = \"{seconds}s\"\n");
    assert_eq!(settle(discover().without_env()), "10s", "no file is fine");
    fs::write(at("health.toml"), text(11)).unwrap();
    assert_eq!(settle(discover().without_env()), "11s");
    fs::write(at("other.toml"), text(12)).unwrap();
    let other = at("other.toml").display().to_string();
    let named = |path: &str| discover().vars([("HEALTH_RUNTIME_CONFIG", path)]);
    assert_eq!(settle(named(&other)), "12s");
    assert_eq!(settle(named("")), "11s");
    fs::write(at("health.yml"), "version: 1").unwrap();
    assert_eq!(
        told(discover().without_env()),
        "both `health.toml` and `health.yml` are in this directory; remove one, or name one in HEALTH_RUNTIME_CONFIG"
    );
    assert_eq!(settle(named(&other)), "12s");
    let missing = told(named("no/such.toml"));
    assert!(
        missing.starts_with("no/such.toml: the configuration file cannot be read: "),
        "{missing}"
    );
    let missing = told(Config::file("no/such.toml"));
    assert!(
        missing.starts_with("no/such.toml: the configuration file cannot be read: "),
        "{missing}"
    );
}
