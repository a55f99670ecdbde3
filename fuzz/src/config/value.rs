//! Any text as the value of a key of each kind.
//!
//! The first byte of an input says which key, the rest is the text.

use health_runtime::config::{Config, ConfigError};

/// A key of each kind: where it stands in the file, and as a variable.
const KEYS: &[(&str, &str)] = &[
    ("gate.settle", "HEALTH_RUNTIME__GATE__SETTLE"),
    (
        "gate.preflight_timeout",
        "HEALTH_RUNTIME__GATE__PREFLIGHT_TIMEOUT",
    ),
    ("gate.checkpoint", "HEALTH_RUNTIME__GATE__CHECKPOINT"),
    ("gate.mode", "HEALTH_RUNTIME__GATE__MODE"),
    (
        "deps.a.breaker.consecutive",
        "HEALTH_RUNTIME__DEPS__A__BREAKER__CONSECUTIVE",
    ),
    (
        "deps.a.breaker.success_threshold",
        "HEALTH_RUNTIME__DEPS__A__BREAKER__SUCCESS_THRESHOLD",
    ),
    (
        "deps.a.backpressure.max_inflight",
        "HEALTH_RUNTIME__DEPS__A__BACKPRESSURE__MAX_INFLIGHT",
    ),
    (
        "deps.a.breaker.failure_ratio",
        "HEALTH_RUNTIME__DEPS__A__BREAKER__FAILURE_RATIO",
    ),
    (
        "deps.a.breaker.multiplier",
        "HEALTH_RUNTIME__DEPS__A__BREAKER__MULTIPLIER",
    ),
    (
        "deps.a.breaker.window",
        "HEALTH_RUNTIME__DEPS__A__BREAKER__WINDOW",
    ),
    (
        "deps.a.call.backoff",
        "HEALTH_RUNTIME__DEPS__A__CALL__BACKOFF",
    ),
    (
        "deps.a.call.timeout",
        "HEALTH_RUNTIME__DEPS__A__CALL__TIMEOUT",
    ),
    ("profile", "HEALTH_RUNTIME__PROFILE"),
];

/// What a variable says, an override says, too; and whoever writes what a message tells to write is
/// not told off again for the same.
pub fn run(input: &[u8]) {
    let Some((which, text)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (path, name) = KEYS[usize::from(*which) % KEYS.len()];
    let beside = beside(path);
    let base = || match beside {
        Some((key, value)) => Config::env().override_value(key, value),
        None => Config::env(),
    };
    let by_override = |text: &str| read(&base().without_env().override_value(path, text), path);
    let by_variable = |text: &str| read(&base().vars([(name, text)]), path);
    let in_file = |written: &str| {
        let file = format!("version = 1\n{path} = {written}\n");
        let config = Config::toml("health.toml", file).without_env();
        let config = match beside {
            Some((key, value)) => config.override_value(key, value),
            None => config,
        };
        read(&config, path)
    };
    let read = by_variable(text);
    assert_eq!(
        read.as_ref().ok(),
        by_override(text).as_ref().ok(),
        "{path} = {text:?}"
    );
    let quoted = serde_json::Value::from(text).to_string();
    match (&read, &in_file(&quoted)) {
        // In a file, a number is not a text.
        (Ok(value), Err(error)) => {
            let told = format!("write {value} without quotes");
            assert!(
                messages(error).contains(&told),
                "{path} = {text:?}: {error}"
            );
            assert_eq!(
                in_file(value).as_ref().ok(),
                Some(value),
                "{path} = {text:?}"
            );
        }
        (Err(_), Ok(value)) => panic!("{path} = {text:?} is {value} in a file only"),
        (Ok(one), Ok(other)) => assert_eq!(one, other, "{path} = {text:?}"),
        (Err(_), Err(_)) => {}
    }
    // Of a range, a message may speak of one half.
    if path.ends_with("backoff") {
        return;
    }
    if let Err(error) = &read {
        for told in told(error) {
            assert!(
                by_variable(&told).is_ok(),
                "{path} = {text:?}: {error}\n{told:?} is wrong, too"
            );
        }
    }
    // As a number, or whatever else it is without quotes.
    if !text.contains(['\n', '\r', '#', ',', '"', '\'', '{', '[']) {
        if let Err(error) = in_file(text) {
            for told in told(&error).filter(|_| !messages(&error).contains("TOML")) {
                let written = serde_json::Value::from(&*told).to_string();
                let is_right = in_file(&told).is_ok() || in_file(&written).is_ok();
                assert!(is_right, "{path} = {text}: {error}\n{told:?} is wrong, too");
            }
        }
    }
}

/// What has to stand beside a key so that its value is judged by itself.
fn beside(path: &str) -> Option<(&'static str, &'static str)> {
    match path {
        // Of which it must not be longer.
        "gate.settle" => Some(("gate.settle_after_open", "3650d")),
        // Without a rate, a window is idle.
        "deps.a.breaker.window" => Some(("deps.a.breaker.failure_ratio", "0.5")),
        _ => None,
    }
}

/// The value in force of a key.
fn read(config: &Config, path: &str) -> Result<String, ConfigError> {
    let origins = config.origins()?;
    let found = origins.into_iter().find(|origin| origin.path == path);
    Ok(found.unwrap_or_else(|| panic!("{path} is gone")).value)
}

fn messages(error: &ConfigError) -> String {
    let messages: Vec<&str> = error
        .problems()
        .iter()
        .map(|problem| problem.message())
        .collect();
    messages.join("; ")
}

/// What the messages tell to write: ``write `30s` ``, ``did you mean `observe`?``.
fn told(error: &ConfigError) -> impl Iterator<Item = String> {
    let mut told = Vec::new();
    for problem in error.problems() {
        let message = problem.message();
        for (before, _) in message.match_indices('`') {
            let rest = &message[before + 1..];
            let is_told = message[..before].ends_with("write ")
                || message[..before].ends_with("did you mean ");
            if let (true, Some(end)) = (is_told, rest.find('`')) {
                told.push(rest[..end].to_owned());
            }
        }
    }
    told.into_iter()
}
