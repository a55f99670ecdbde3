//! The policies of one dependency: its own, and what its keys and roles override.
//!
//! Inherited field by field, from the least special to the most:
//!
//! ```text
//! the dependency  <  its key  <  the role  <  the role of that key
//! ```
//!
//! Each of them can be set in code and by an operator (a file, the environment); the operator wins
//! at the same place, and a more special place wins over a less special one.

use std::collections::BTreeMap;
use std::fmt;

use super::{Parts, Policy, PolicyPatch};

/// A place in a dependency: all of it, a key, a role, or a role of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    pub(crate) key: Option<String>,
    pub(crate) role: Option<String>,
}

impl Place {
    /// The place of a key, of a role, of a role of a key; with neither, all of the dependency.
    #[cfg(feature = "config")]
    pub(crate) fn of(key: Option<&str>, role: Option<&str>) -> Self {
        Self {
            key: key.map(str::to_owned),
            role: role.map(str::to_owned),
        }
    }
}

/// For people: ``key `a.com`, role `metadata` ``.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.role) {
            (None, None) => f.write_str("the dependency"),
            (Some(key), None) => write!(f, "key `{key}`"),
            (None, Some(role)) => write!(f, "role `{role}`"),
            (Some(key), Some(role)) => write!(f, "key `{key}`, role `{role}`"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Policies {
    /// What the code says of the dependency.
    pub(crate) own: Policy,
    /// What the code says of its keys and roles.
    pub(crate) patches: BTreeMap<Place, PolicyPatch>,
    /// What operators say.
    pub(crate) operator: BTreeMap<Place, PolicyPatch>,
}

impl Policies {
    /// The policy of the dependency (`None`, `None`), or of a part of it.
    pub(crate) fn resolve(&self, key: Option<&str>, role: Option<&str>) -> Policy {
        let mut policy = self.own.clone();
        let place = |key: Option<&str>, role: Option<&str>| Place {
            key: key.map(str::to_owned),
            role: role.map(str::to_owned),
        };
        let mut is_whole = true;
        let mut parts = Parts::default();
        let mut places = vec![place(None, None)];
        if key.is_some() {
            places.push(place(key, None));
        }
        if role.is_some() {
            places.push(place(None, role));
            if key.is_some() {
                places.push(place(key, role));
            }
        }
        for place in places {
            let is_part = place.key.is_some() || place.role.is_some();
            if is_part && is_whole {
                // The cap of a dependency is for all its calls together, and not for each part.
                (policy.bulkhead, is_whole) = (None, false);
            }
            for patches in [&self.patches, &self.operator] {
                if let Some(patch) = patches.get(&place) {
                    patch.apply(&mut policy);
                    parts = parts.under(&patch.parts);
                    patch.parts.apply(&parts, &mut policy);
                }
            }
        }
        policy
    }

    /// Says what is wrong at any place, each problem as one fragment that names the place.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut found = self.resolve(None, None).check().err().unwrap_or_default();
        for place in self.patches.keys().chain(self.operator.keys()) {
            let (key, role) = (place.key.as_deref(), place.role.as_deref());
            if (key, role) == (None, None) {
                continue;
            }
            for problem in self.resolve(key, role).check().err().unwrap_or_default() {
                let problem_here = format!("{place}: {problem}");
                // What is wrong with the dependency is wrong with all its parts.
                if !found.contains(&problem) && !found.contains(&problem_here) {
                    found.push(problem_here);
                }
            }
        }
        found
    }
}

impl From<Policy> for Policies {
    fn from(own: Policy) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(key: Option<&str>, role: Option<&str>) -> Place {
        Place {
            key: key.map(str::to_owned),
            role: role.map(str::to_owned),
        }
    }

    #[test]
    fn a_field_is_inherited_from_the_nearest_place_that_sets_it() {
        let mut policies = Policies::default();
        policies.patches.insert(
            at(Some("a.com"), None),
            PolicyPatch::new().consecutive(7).max_trials(2),
        );
        policies.patches.insert(
            at(None, Some("metadata")),
            PolicyPatch::new().consecutive(3),
        );
        policies.patches.insert(
            at(Some("a.com"), Some("metadata")),
            PolicyPatch::new().success_threshold(4),
        );
        let seen = |key, role| {
            let breaker = policies.resolve(key, role).breaker;
            (
                breaker.consecutive,
                breaker.max_trials,
                breaker.success_threshold,
            )
        };
        assert_eq!(seen(None, None), (Some(5), 1, 1));
        assert_eq!(seen(Some("a.com"), None), (Some(7), 2, 1));
        assert_eq!(seen(Some("b.com"), Some("metadata")), (Some(3), 1, 1));
        assert_eq!(seen(Some("a.com"), Some("metadata")), (Some(3), 2, 4));
    }

    #[test]
    fn an_operator_wins_at_the_same_place_and_a_special_place_over_a_general_one() {
        let mut policies = Policies::default();
        let role = at(None, Some("metadata"));
        policies.patches.insert(
            role.clone(),
            PolicyPatch::new().consecutive(3).max_trials(3),
        );
        policies.operator.insert(
            at(None, None),
            PolicyPatch::new().consecutive(9).max_trials(9),
        );
        policies
            .operator
            .insert(role, PolicyPatch::new().max_trials(4));
        assert_eq!(policies.resolve(None, None).breaker.consecutive, Some(9));
        let breaker = policies.resolve(None, Some("metadata")).breaker;
        assert_eq!((breaker.consecutive, breaker.max_trials), (Some(3), 4));
    }

    #[test]
    fn the_cap_of_a_dependency_is_not_one_for_each_of_its_parts() {
        let mut policies = Policies::default();
        policies.own.bulkhead = Some(crate::BulkheadPolicy::new(64));
        let of_role = crate::BulkheadPolicy::new(8);
        policies.patches.insert(
            at(None, Some("artifact")),
            PolicyPatch::new().bulkhead(of_role),
        );
        let seen = |key, role| policies.resolve(key, role).bulkhead;
        assert_eq!(seen(None, None), policies.own.bulkhead);
        assert_eq!(seen(Some("a.com"), None), None);
        assert_eq!(seen(Some("a.com"), Some("artifact")), Some(of_role));
    }

    #[test]
    fn problems_name_the_place_and_are_not_repeated() {
        let mut policies = Policies::default();
        policies.own.timeout = Some(Duration::ZERO);
        policies
            .patches
            .insert(at(None, Some("metadata")), PolicyPatch::new().max_trials(0));
        let problems = policies.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[1].starts_with("role `metadata`: max_trials"));
    }
}
