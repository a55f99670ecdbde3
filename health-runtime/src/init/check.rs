//! What can be wrong at the start: found all at once. Pure.

use std::collections::BTreeMap;
use std::fmt;

use crate::annotate::SiteInfo;
use crate::name::nearest;

/// The runtime could not start. Holds every problem, each with its place and what would be right.
#[derive(Clone, PartialEq, Eq)]
pub struct InitError(Vec<String>);

impl InitError {
    pub(super) fn of(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// Returns the problems. Each is one line, those of a configuration have the line at fault, too.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [problem] => f.write_str(problem),
            problems => {
                write!(f, "{} problems:", problems.len())?;
                problems
                    .iter()
                    // Some have more than one line.
                    .try_for_each(|problem| write!(f, "\n  - {}", problem.replace('\n', "\n    ")))
            }
        }
    }
}

/// The same as `Display`: it is what `main` prints when it returns this error.
impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InitError {}

/// Every name that an attribute mentions and nobody has declared, with the nearest that is.
pub(super) fn undeclared(sites: &[&SiteInfo], declared: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for site in sites {
        for name in site.deps.iter().filter(|name| !declared.contains(name)) {
            let SiteInfo {
                name: function,
                file,
                line,
                ..
            } = site;
            let mut problem =
                format!("{file}:{line}: `{function}` depends on `{name}`, which is not declared");
            match nearest(name, declared.iter().copied()) {
                Some(nearest) => problem.push_str(&format!("; did you mean `{nearest}`?")),
                None => problem.push_str(&format!(
                    "; add `.dependency(Dependency::new(\"{name}\"))` to the builder"
                )),
            }
            found.push(problem);
        }
    }
    found
}

/// Every level that a function waits for and that is not among the levels of the service.
pub(crate) fn unknown_levels(sites: &[&'static SiteInfo], levels: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for site in sites {
        let Some(level) = site.level().filter(|level| !levels.contains(level)) else {
            continue;
        };
        let SiteInfo {
            name, file, line, ..
        } = site;
        let advice = match nearest(level, levels.iter().copied()) {
            Some(nearest) => format!("; did you mean `{nearest}`?"),
            None if levels.is_empty() => {
                "; give the builder levels: `.degradation(Levels::new().level(..))`".to_owned()
            }
            None => format!("; there are `{}`", levels.join("`, `")),
        };
        found.push(format!(
            "{file}:{line}: `{name}` is shed from the level `{level}` on, which does not exist{advice}"
        ));
    }
    found
}

/// Every dependency that has more than one probe.
pub(super) fn double_probes(probes: &[&SiteInfo], probed_in_code: &[&str]) -> Vec<String> {
    let mut first: BTreeMap<&str, &SiteInfo> = BTreeMap::new();
    let mut found = Vec::new();
    for probe in probes {
        let SiteInfo {
            name: function,
            file,
            line,
            ..
        } = probe;
        for name in probe.deps {
            if probed_in_code.contains(name) {
                found.push(format!(
                    "{file}:{line}: `{function}` probes `{name}`, which already has a probe in the builder; remove one"
                ));
            } else if let Some(other) = first.insert(name, probe) {
                found.push(format!(
                    "{file}:{line}: `{function}` probes `{name}`, and so does `{}` ({}:{}); remove one",
                    other.name, other.file, other.line
                ));
            }
        }
    }
    found
}

/// Every operation that has a policy and does not exist.
pub(super) fn unknown_operations(operations: &[&SiteInfo], named: &[&str]) -> Vec<String> {
    let known = || operations.iter().map(|site| site.name);
    named
        .iter()
        .filter(|name| !known().any(|known| known == **name))
        .map(|name| {
            let nearest = nearest(name, known());
            let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?"));
            format!(
                "there is no #[destructive] function `{name}`{}",
                hint.unwrap_or_default()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::{SiteKind, SiteOptions};

    fn site(
        kind: SiteKind,
        name: &'static str,
        line: u32,
        deps: &'static [&'static str],
    ) -> SiteInfo {
        SiteInfo::new(kind, name, "app", ("src/app.rs", line), deps)
    }

    #[test]
    fn every_undeclared_name_is_reported_with_its_place_and_the_nearest() {
        let load = site(SiteKind::Guarded, "load", 7, &["rediss", "kafka", "api"]);
        assert_eq!(
            undeclared(&[&load], &["redis", "api"]),
            [
                "src/app.rs:7: `load` depends on `rediss`, which is not declared; did you mean `redis`?",
                "src/app.rs:7: `load` depends on `kafka`, which is not declared; add `.dependency(Dependency::new(\"kafka\"))` to the builder",
            ]
        );
    }

    #[test]
    fn a_level_that_does_not_exist_is_reported_with_the_nearest() {
        let site = || site(SiteKind::Guarded, "recall", 4, &["qdrant"]);
        let sites: [&'static SiteInfo; 1] = [Box::leak(Box::new(
            site().with(const { &SiteOptions::said("").level("memory gone") }),
        ))];
        assert_eq!(
            unknown_levels(&sites, &["memory gone"]),
            Vec::<String>::new()
        );
        assert_eq!(
            unknown_levels(&sites, &["memory-gone", "normal"]),
            [
                "src/app.rs:4: `recall` is shed from the level `memory gone` on, which does not exist; did you mean `memory-gone`?"
            ]
        );
        let nearest_to_none = unknown_levels(&sites, &[]);
        assert!(nearest_to_none[0].ends_with("`.degradation(Levels::new().level(..))`"));
    }

    #[test]
    fn a_second_probe_is_reported_with_the_first() {
        let one = site(SiteKind::Probe, "ping", 3, &["redis"]);
        let two = site(SiteKind::Probe, "pong", 9, &["redis"]);
        let found = double_probes(&[&one, &two], &[]);
        assert_eq!(
            found,
            ["src/app.rs:9: `pong` probes `redis`, and so does `ping` (src/app.rs:3); remove one"]
        );
        assert_eq!(double_probes(&[&one], &["redis"]).len(), 1);
    }

    #[test]
    fn a_policy_for_an_operation_that_does_not_exist_is_reported() {
        let purge = site(SiteKind::Destructive, "purge_cache", 1, &[]);
        assert_eq!(
            unknown_operations(&[&purge], &["purge_cash", "purge_cache"]),
            ["there is no #[destructive] function `purge_cash`; did you mean `purge_cache`?"]
        );
    }

    #[test]
    fn several_problems_are_a_list_and_one_is_a_sentence() {
        let one = InitError(vec!["a".into()]);
        assert_eq!(one.to_string(), "a");
        let two = InitError(vec!["a".into(), "b".into()]);
        assert_eq!(format!("{two:?}"), "2 problems:\n  - a\n  - b");
    }
}
