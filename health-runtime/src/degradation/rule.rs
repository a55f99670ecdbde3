//! What a rule over the states of dependencies says.

use crate::name::Name;
use crate::state::DependencyState;

/// A rule over the states of dependencies: it holds or it does not.
///
/// As rules see it, a dependency whose breaker has opened is unhealthy until the breaker has closed
/// again: the end of a cooldown and a trial in flight are no recovery yet. So something has to be
/// the trial, a background probe or a call. A function that says `level` in its `#[guarded]` is let
/// through for that; who skips calls by asking for the level needs a probe, or other calls.
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyState, Rule};
///
/// let no_search = Rule::all(["exa_api", "tavily_api"]);
/// let slow_memory = Rule::any(["qdrant", "firebase"]).at_least(DependencyState::Degraded);
/// let either = no_search.or(slow_memory);
/// # drop(either);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a rule does nothing until a level has it"]
pub struct Rule(Part);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Dependency {
        name: Name,
        at_least: DependencyState,
    },
    All(Vec<Part>),
    Any(Vec<Part>),
}

impl Rule {
    /// Holds when all of these dependencies are unhealthy, or as bad as [`at_least`](Self::at_least)
    /// says.
    pub fn all(deps: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(Part::All(Part::each_of(deps)))
    }

    /// Holds when at least one of these dependencies is unhealthy, or as bad as
    /// [`at_least`](Self::at_least) says.
    pub fn any(deps: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(Part::Any(Part::each_of(deps)))
    }

    /// Sets how bad each dependency of this rule has to be. Default
    /// [`DependencyState::Unhealthy`].
    ///
    /// Say it before rules are combined: of a combined rule, it is said of every part.
    pub fn at_least(mut self, state: DependencyState) -> Self {
        self.0.set_threshold(state);
        self
    }

    /// Holds when both rules do.
    pub fn and(self, other: Self) -> Self {
        Self(Part::All(vec![self.0, other.0]))
    }

    /// Holds when at least one of both rules does.
    pub fn or(self, other: Self) -> Self {
        Self(Part::Any(vec![self.0, other.0]))
    }

    /// Returns which dependencies make it hold, each once; `None` if it does not hold.
    pub(super) fn because(
        &self,
        state_of: &impl Fn(Name) -> DependencyState,
    ) -> Option<Vec<&'static str>> {
        let mut because = self.0.because(state_of)?;
        keep_first(&mut because);
        Some(because)
    }

    /// Returns every dependency that is as bad as its place in the rule asks for, whether the rule
    /// holds or not.
    pub(super) fn bad(&self, state_of: &impl Fn(Name) -> DependencyState) -> Vec<&'static str> {
        let mut bad = Vec::new();
        self.0.visit(&mut |name, at_least| {
            if state_of(name) >= at_least {
                bad.push(name.as_str());
            }
        });
        bad
    }

    /// Returns every dependency it looks at, each once.
    pub(super) fn deps(&self) -> Vec<&'static str> {
        let mut deps = Vec::new();
        self.0.visit(&mut |name, _| deps.push(name.as_str()));
        keep_first(&mut deps);
        deps
    }

    /// Says what is wrong with it, each problem as one fragment.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        if self.0.has_empty_part() {
            found.push("a rule over no dependencies never holds; name at least one");
        }
        let mut is_always_true = false;
        self.0.visit(&mut |_, at_least| {
            is_always_true |= at_least == DependencyState::Healthy;
        });
        if is_always_true {
            found.push("`at_least(Healthy)` always holds; use `Degraded` or `Unhealthy`");
        }
        found
    }
}

impl Part {
    fn each_of(deps: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Self> {
        deps.into_iter()
            .map(|name| Self::Dependency {
                name: Name::new(name.as_ref()),
                at_least: DependencyState::Unhealthy,
            })
            .collect()
    }

    fn set_threshold(&mut self, state: DependencyState) {
        match self {
            Self::Dependency { at_least, .. } => *at_least = state,
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.set_threshold(state));
            }
        }
    }

    fn because(&self, state_of: &impl Fn(Name) -> DependencyState) -> Option<Vec<&'static str>> {
        let of_parts = |parts: &[Self]| -> Vec<Option<Vec<&'static str>>> {
            parts.iter().map(|part| part.because(state_of)).collect()
        };
        match self {
            Self::Dependency { name, at_least } => {
                (state_of(*name) >= *at_least).then(|| vec![name.as_str()])
            }
            // Nothing is no reason to degrade a service.
            Self::All(parts) | Self::Any(parts) if parts.is_empty() => None,
            Self::All(parts) => {
                let all: Option<Vec<_>> = of_parts(parts).into_iter().collect();
                all.map(|all| all.concat())
            }
            Self::Any(parts) => {
                let holding: Vec<_> = of_parts(parts).into_iter().flatten().collect();
                (!holding.is_empty()).then(|| holding.concat())
            }
        }
    }

    fn visit(&self, to: &mut impl FnMut(Name, DependencyState)) {
        match self {
            Self::Dependency { name, at_least } => to(*name, *at_least),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.visit(to));
            }
        }
    }

    fn has_empty_part(&self) -> bool {
        match self {
            Self::Dependency { .. } => false,
            Self::All(parts) | Self::Any(parts) => {
                parts.is_empty() || parts.iter().any(Self::has_empty_part)
            }
        }
    }
}

fn keep_first(names: &mut Vec<&'static str>) {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::DependencyState::{Degraded, Healthy, Unhealthy};

    /// `a` is healthy, `b` degraded, everything else unhealthy.
    fn state_of(name: Name) -> DependencyState {
        match name.as_str() {
            "a" => Healthy,
            "b" => Degraded,
            _ => Unhealthy,
        }
    }

    fn because(rule: &Rule) -> Option<Vec<&'static str>> {
        rule.because(&state_of)
    }

    #[test]
    fn all_needs_all_and_any_needs_one() {
        assert_eq!(because(&Rule::all(["c", "d"])), Some(vec!["c", "d"]));
        assert_eq!(because(&Rule::all(["b", "c"])), None);
        assert_eq!(because(&Rule::any(["b", "c"])), Some(vec!["c"]));
        assert_eq!(because(&Rule::any(["a", "b"])), None);
    }

    #[test]
    fn the_threshold_is_unhealthy_unless_it_is_said() {
        let degraded = Rule::all(["b", "c"]).at_least(Degraded);
        assert_eq!(because(&degraded), Some(vec!["b", "c"]));
        assert_eq!(because(&Rule::any(["a"]).at_least(Degraded)), None);
    }

    #[test]
    fn rules_combine_and_keep_their_own_thresholds() {
        let slow = || Rule::any(["b"]).at_least(Degraded);
        assert_eq!(because(&slow().and(Rule::any(["c"]))), Some(vec!["b", "c"]));
        assert_eq!(because(&slow().and(Rule::any(["b"]))), None);
        assert_eq!(because(&Rule::any(["b"]).or(slow())), Some(vec!["b"]));
        assert_eq!(because(&Rule::any(["a"]).or(Rule::all(["b"]))), None);
        let all_degraded = slow().and(Rule::any(["b"])).at_least(Degraded);
        assert_eq!(because(&all_degraded), Some(vec!["b"]), "each name once");
    }

    #[test]
    fn a_rule_over_nothing_never_holds_and_says_so() {
        let nothing: [&str; 0] = [];
        for rule in [Rule::all(nothing), Rule::any(nothing)] {
            assert_eq!(because(&rule), None);
            assert_eq!(rule.problems().len(), 1);
            assert_eq!(Rule::all(["a"]).or(rule).problems().len(), 1);
        }
    }

    #[test]
    fn a_rule_that_always_holds_says_so() {
        let always = Rule::all(["a", "b"]).at_least(Healthy);
        assert_eq!(always.problems().len(), 1);
        assert!(Rule::all(["a"]).problems().is_empty());
    }
}
