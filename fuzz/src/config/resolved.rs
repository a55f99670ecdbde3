//! What holds for every configuration, whatever it is made of.

use std::collections::BTreeMap;

use health_runtime::config::{Config, ConfigError, Origin, Source};

use super::bounds;

/// Looks at a configuration by itself, and checks what can be told of any:
///
/// - the same twice;
/// - either problems, each of which says something, at a place that is inside the text;
/// - or values in the bounds that the published schema documents, shown in a form that is read as the
///   same value, be it as an override or in a file.
pub(super) fn check(config: &Config, file: Option<&str>) {
    let origins = config.origins();
    assert_eq!(origins, config.origins(), "not the same twice");
    assert_eq!(config.check().err().as_ref(), origins.as_ref().err());
    match origins {
        Err(error) => problems(&error, file),
        Ok(origins) => values(&origins),
    }
}

fn problems(error: &ConfigError, file: Option<&str>) {
    assert!(!error.problems().is_empty(), "an error without a problem");
    for problem in error.problems() {
        let shown = problem.to_string();
        assert!(!problem.message().trim().is_empty(), "{shown:?}");
        let Some(line) = problem.line() else {
            continue;
        };
        let text = file.expect("only a file has lines");
        let column = place(&shown, line);
        let lines = lines(text, shown.starts_with("health.yaml"));
        assert!(
            (1..=lines.len()).contains(&line),
            "line {line} of {}: {shown:?}",
            lines.len()
        );
        let written = &lines[line - 1];
        let length = written.chars().count();
        // One past the end is where something is missing.
        assert!(
            (1..=length + 1).contains(&column),
            "column {column} of {length}: {shown:?}"
        );
        let marked = shown.rsplit('\n').next().unwrap_or_default();
        let carets = marked.chars().filter(|c| *c == '^').count();
        assert!(
            carets >= 1 && (carets == 1 || column + carets - 1 <= length),
            "{carets} carets from {column} of {length}: {shown:?}"
        );
        let number = line.to_string();
        let quoted = format!("\n{number} | {written}\n");
        assert!(shown.contains(&quoted), "another line is quoted: {shown:?}");
    }
}

/// The lines of a text, the empty one behind the last end included.
fn lines(text: &str, is_yaml: bool) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let is_end = |c| c == '\n' || (is_yaml && c == '\r');
    text.split(is_end).map(str::to_owned).collect()
}

/// The column in `health.toml:3:7: ...`.
fn place(shown: &str, line: usize) -> usize {
    let after_name = shown.split_once(&format!(":{line}:")).map(|(_, rest)| rest);
    let column = after_name.and_then(|rest| rest.split_once(": "));
    let column = column.and_then(|(column, _)| column.parse().ok());
    column.unwrap_or_else(|| panic!("no place in {shown:?}"))
}

fn values(origins: &[Origin]) {
    let mut seen = BTreeMap::new();
    for origin in origins {
        let before = seen.insert(&origin.path, origin);
        assert!(
            before.is_none(),
            "told twice: {origin} and {}",
            before.unwrap()
        );
        let said = std::iter::once((&origin.source, &origin.value));
        for (source, value) in said.chain(origin.hidden.iter().map(|(s, v)| (s, v))) {
            if !matches!(source, Source::BuiltIn | Source::Code) {
                bounds::check(&origin.path, value);
            }
        }
    }
    let given: Vec<&Origin> = origins
        .iter()
        .filter(|origin| {
            !matches!(
                origin.source,
                Source::BuiltIn | Source::Code | Source::Profile(_)
            )
        })
        .collect();
    let by_override = given
        .iter()
        .fold(Config::env().without_env(), |config, origin| {
            config.override_value(&*origin.path, &*origin.value)
        });
    read_again(&given, &by_override);
    let lines: Vec<String> = given
        .iter()
        .map(
            |origin| match bounds::is_number(&origin.path, &origin.value) {
                true => format!("{} = {}\n", origin.path, origin.value),
                false => format!("{} = \"{}\"\n", origin.path, origin.value),
            },
        )
        .collect();
    let file = format!("version = 1\n{}", lines.concat());
    read_again(&given, &Config::toml("health.toml", file).without_env());
}

/// What was shown, written down elsewhere, is shown as the same.
fn read_again(given: &[&Origin], config: &Config) {
    let again = match config.origins() {
        Ok(again) => again,
        // What `defaults` said of every dependency is said of each now, where it is checked.
        Err(error)
            if error
                .problems()
                .iter()
                .all(|p| p.message().contains("has no effect without")) =>
        {
            return;
        }
        Err(error) => panic!("what was shown is not read: {error}\n{config:?}"),
    };
    for origin in given {
        let same = again.iter().find(|again| again.path == origin.path);
        let same = same.map(|again| &again.value);
        assert_eq!(same, Some(&origin.value), "{origin}\n{config:?}");
    }
}
