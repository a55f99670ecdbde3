//! The levels of a service and their checks.

use super::level::NORMAL;
use super::rule::Rule;
use crate::name::{Name, nearest};

/// The levels of degradation of a service, from light to grave.
///
/// Level 0 is "normal"; the first one that is added is level 1. The highest level whose rule holds
/// is the present one, whether those below it hold or not.
///
/// # Examples
///
/// ```
/// use health_runtime::DependencyState::{Degraded, Unhealthy};
/// use health_runtime::{HealthRegistry, Levels, Rule};
///
/// let registry = HealthRegistry::builder()
///     .degradation(
///         Levels::new()
///             .level("search degraded", Rule::all(["exa_api", "tavily_api"]).at_least(Unhealthy))
///             .level("memory degraded", Rule::any(["qdrant"]).at_least(Degraded)),
///     )
///     .build()
///     .unwrap();
/// assert_eq!(registry.degradation().name, "normal");
///
/// registry.record_failure("qdrant", "connection refused");
/// let level = registry.degradation();
/// assert_eq!((level.level, level.name), (2, "memory degraded"));
/// assert_eq!(*level.because, ["qdrant"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "levels do nothing until a builder has them"]
pub struct Levels(Vec<Level>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) name: Name,
    pub(super) rule: Rule,
}

impl Levels {
    /// Creates a list without levels: everything is always normal.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a level above those there are.
    pub fn level(mut self, name: impl AsRef<str>, rule: Rule) -> Self {
        self.0.push(Level {
            name: Name::new(name.as_ref()),
            rule,
        });
        self
    }

    /// The levels above normal with their numbers, from light to grave.
    pub(super) fn numbered(&self) -> impl DoubleEndedIterator<Item = (u32, &Level)> {
        // Nobody has this many levels; a number that stops growing beats a panic.
        let number = |index: usize| u32::try_from(index).map_or(u32::MAX, |index| index + 1);
        let levels = self.0.iter().enumerate();
        levels.map(move |(index, level)| (number(index), level))
    }

    pub(super) fn highest(&self) -> u32 {
        self.numbered().last().map_or(0, |(number, _)| number)
    }

    /// The names of the levels above normal, from light to grave.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|level| level.name.to_string()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says what is wrong with the levels, each problem as one line.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (index, Level { name, rule }) in self.0.iter().enumerate() {
            let mut say = |problem: &str| {
                found.push(format!("degradation level `{name}`: {problem}"));
            };
            if name.as_str().trim().is_empty() {
                say("the name must not be blank");
            }
            if name.as_str() == NORMAL {
                say("this is the name of level 0, which is there already; choose another one");
            }
            if self.0[..index].iter().any(|lower| lower.name == *name) {
                say("there are two of this name; combine their rules with `or`, or rename one");
            }
            rule.problems().into_iter().for_each(say);
        }
        found
    }

    /// Says which dependencies the rules name and nobody else does, each with the nearest name.
    pub(crate) fn unknown_dependencies(&self, known: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for Level { name: level, rule } in &self.0 {
            for name in rule.deps().iter().filter(|name| !known.contains(name)) {
                let hint = match nearest(name, known.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => {
                        format!("add `.dependency(Dependency::new(\"{name}\"))` to the builder")
                    }
                };
                found.push(format!(
                    "degradation level `{level}` looks at `{name}`, which is not declared; {hint}"
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_numbered_in_the_order_in_which_they_are_added() {
        let levels = Levels::new()
            .level("one", Rule::any(["a"]))
            .level("two", Rule::any(["b"]));
        let numbers: Vec<_> = levels
            .numbered()
            .map(|(number, level)| (number, level.name.as_str()))
            .collect();
        assert_eq!(numbers, [(1, "one"), (2, "two")]);
        assert_eq!((levels.highest(), Levels::new().highest()), (2, 0));
    }

    #[test]
    fn every_problem_is_reported_at_once_with_the_name_of_its_level() {
        let nothing: [&str; 0] = [];
        let levels = Levels::new()
            .level("normal", Rule::any(["a"]))
            .level("search", Rule::any(nothing))
            .level("search", Rule::any(["a"]))
            .level(" ", Rule::any(["a"]));
        let problems = levels.problems();
        assert_eq!(problems.len(), 4, "{problems:#?}");
        assert_eq!(
            problems[2],
            "degradation level `search`: there are two of this name; combine their rules with \
             `or`, or rename one"
        );
    }

    #[test]
    fn a_dependency_that_nobody_knows_is_reported_with_the_nearest_that_is() {
        let levels = Levels::new()
            .level("search", Rule::all(["exa_appi", "tavily_api", "exa_appi"]))
            .level("memory", Rule::any(["qdrant"]));
        assert_eq!(
            levels.unknown_dependencies(&["exa_api", "tavily_api"]),
            [
                "degradation level `search` looks at `exa_appi`, which is not declared; did you \
                 mean `exa_api`?",
                "degradation level `memory` looks at `qdrant`, which is not declared; add \
                 `.dependency(Dependency::new(\"qdrant\"))` to the builder",
            ]
        );
    }
}
