//! The bounds of every value, as the published schema documents them.

use std::sync::LazyLock;

use health_runtime::config::Config;
use regex_lite::Regex;
use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&Config::json_schema()).expect("the schema is JSON"));

/// Panics if the schema does not allow a value of this key.
pub(super) fn check(path: &str, value: &str) {
    let key = key(path);
    assert!(allows(key, value), "{path} = {value} is beyond {key}");
}

/// Whether a file writes this value of the key without quotes.
pub(super) fn is_number(path: &str, value: &str) -> bool {
    let is = |key: &Value| matches!(key["type"].as_str(), Some("integer" | "number"));
    let key = key(path);
    let any = key["anyOf"].as_array().into_iter().flatten();
    any.chain([key]).any(|key| is(key) && allows(key, value))
}

/// What the schema says of the key that a path leads to.
fn key(path: &str) -> &'static Value {
    let schema: &Value = &SCHEMA;
    segments(path).iter().fold(schema, |at, segment| {
        let at = resolved(at);
        let named = at["properties"].get(segment);
        let next = named.or_else(|| at.get("additionalProperties"));
        next.unwrap_or_else(|| panic!("{segment} of {path} is not in the schema"))
    })
}

fn resolved(at: &'static Value) -> &'static Value {
    let name = at["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    name.map_or(at, |name| &SCHEMA["$defs"][name])
}

fn allows(key: &Value, value: &str) -> bool {
    let number = || value.parse::<f64>().ok();
    let least = key["minimum"].as_f64().unwrap_or(f64::MIN);
    let most = key["maximum"].as_f64().unwrap_or(f64::MAX);
    match (
        key["type"].as_str(),
        &key["enum"],
        &key["anyOf"],
        &key["const"],
    ) {
        (Some("integer"), ..) => value.parse::<u32>().is_ok_and(|n| f64::from(n) >= least),
        (Some("number"), ..) => number().is_some_and(|n| (least..=most).contains(&n)),
        (Some("string"), ..) => match key["pattern"].as_str() {
            Some(pattern) => Regex::new(pattern).expect("a pattern").is_match(value),
            None => true,
        },
        (_, Value::Array(words), ..) => words.iter().any(|word| word == value),
        (_, _, Value::Array(any), _) => any.iter().any(|key| allows(key, value)),
        (_, _, _, Value::String(word)) => word == value,
        _ => panic!("a kind of key that is not known here: {key}"),
    }
}

/// The names in `deps.http.keys."a.com".breaker.open_for`.
fn segments(path: &str) -> Vec<String> {
    let table = format!("{path} = 0");
    let mut names = Vec::new();
    let mut rest = &*table;
    // A name in quotes can hold dots, and quotes behind a backslash.
    loop {
        rest = rest.trim_start_matches('.');
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut is_escaped = false;
            let end = quoted.find(|c| {
                let is_end = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                is_end
            });
            let end = end.unwrap_or_else(|| panic!("no end of the quotes in {path}"));
            names.push(quoted[..end].to_owned());
            rest = &quoted[end + 1..];
        } else {
            let end = rest.find(['.', ' ']).unwrap_or(rest.len());
            names.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        if !rest.starts_with('.') {
            return names;
        }
    }
}
