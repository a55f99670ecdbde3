//! Which level it is. No clock, lock or I/O here: states come in, a level goes out.

use super::config::Levels;
use super::level::NORMAL;
use crate::name::Name;
use crate::state::DependencyState;

/// The level that the states of dependencies make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) level: u32,
    pub(super) name: &'static str,
    pub(super) because: Vec<&'static str>,
}

/// Returns the highest level whose rule holds, or level 0.
pub(super) fn evaluate(levels: &Levels, state_of: &impl Fn(Name) -> DependencyState) -> Found {
    let holding = levels.numbered().rev().find_map(|(number, level)| {
        let because = level.rule.because(state_of)?;
        Some(Found {
            level: number,
            name: level.name.as_str(),
            because,
        })
    });
    holding.unwrap_or(Found {
        level: 0,
        name: NORMAL,
        because: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::degradation::Rule;
    use crate::state::DependencyState::{Degraded, Healthy, Unhealthy};

    type States = BTreeMap<&'static str, DependencyState>;

    fn level_of(levels: &Levels, states: &States) -> Found {
        let state_of = |name: Name| states.get(name.as_str()).copied().unwrap_or(Healthy);
        evaluate(levels, &state_of)
    }

    /// The levels of a real assistant; see the strategy matrix of the design.
    fn matrix() -> Levels {
        Levels::new()
            .level("search degraded", Rule::all(["exa_api", "tavily_api"]))
            .level("memory degraded", Rule::any(["qdrant"]))
            .level("state degraded", Rule::any(["firebase"]))
            .level("critical", Rule::any(["claude_api"]))
    }

    #[test]
    fn the_strategy_matrix_gives_the_levels_of_the_design() {
        let cases: [(&[&str], u32, &str, &[&str]); 9] = [
            (&[], 0, "normal", &[]),
            (&["telegram_api"], 0, "normal", &[]),
            (&["exa_api"], 0, "normal", &[]),
            (&["tavily_api"], 0, "normal", &[]),
            (
                &["exa_api", "tavily_api"],
                1,
                "search degraded",
                &["exa_api", "tavily_api"],
            ),
            (&["qdrant", "exa_api"], 2, "memory degraded", &["qdrant"]),
            (&["firebase"], 3, "state degraded", &["firebase"]),
            (&["claude_api"], 4, "critical", &["claude_api"]),
            (
                &["exa_api", "tavily_api", "qdrant", "firebase", "claude_api"],
                4,
                "critical",
                &["claude_api"],
            ),
        ];
        for (down, level, name, because) in cases {
            let states = down.iter().map(|name| (*name, Unhealthy)).collect();
            let expected = Found {
                level,
                name,
                because: because.to_vec(),
            };
            assert_eq!(level_of(&matrix(), &states), expected, "{down:?} down");
        }
    }

    #[test]
    fn a_degraded_dependency_is_not_yet_a_reason_for_rules_that_ask_for_an_open_one() {
        let states = ["exa_api", "tavily_api", "qdrant", "firebase", "claude_api"]
            .map(|name| (name, Degraded))
            .into();
        assert_eq!(level_of(&matrix(), &states).level, 0);
    }

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    const STATES: [DependencyState; 3] = [Healthy, Degraded, Unhealthy];

    fn state() -> impl Strategy<Value = DependencyState> {
        prop::sample::select(STATES.to_vec())
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let names = prop::sample::subsequence(NAMES.to_vec(), 1..=NAMES.len());
        let leaf = (names, state(), any::<bool>()).prop_map(|(names, at_least, is_all)| {
            let rule = if is_all {
                Rule::all(names)
            } else {
                Rule::any(names)
            };
            rule.at_least(at_least)
        });
        leaf.prop_recursive(3, 12, 2, |inner| {
            (inner.clone(), inner, any::<bool>()).prop_map(|(left, right, is_and)| {
                if is_and {
                    left.and(right)
                } else {
                    left.or(right)
                }
            })
        })
    }

    fn levels() -> impl Strategy<Value = Levels> {
        prop::collection::vec(rule(), 0..6).prop_map(|rules| {
            let numbered = rules.into_iter().enumerate();
            numbered.fold(Levels::new(), |levels, (index, rule)| {
                levels.level(format!("level {}", index + 1), rule)
            })
        })
    }

    fn states() -> impl Strategy<Value = States> {
        NAMES
            .map(|_| state())
            .prop_map(|states| NAMES.into_iter().zip(states).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn making_a_dependency_worse_never_lowers_the_level(
            levels in levels(),
            states in states(),
            worse in state(),
            which in 0..NAMES.len(),
        ) {
            let before = level_of(&levels, &states);
            let mut states = states;
            let state = states.get_mut(NAMES[which]).unwrap();
            *state = worse.max(*state);
            prop_assert!(level_of(&levels, &states).level >= before.level);
        }

        #[test]
        fn the_highest_level_whose_rule_holds_wins(levels in levels(), states in states()) {
            let state_of = |name: Name| states[name.as_str()];
            let holding: Vec<u32> = levels
                .numbered()
                .filter(|(_, level)| level.rule.because(&state_of).is_some())
                .map(|(number, _)| number)
                .collect();
            let found = level_of(&levels, &states);
            prop_assert_eq!(found.level, holding.into_iter().max().unwrap_or(0));
        }

        /// The dependencies that are named as the reason are reason enough: with all others
        /// healthy, the level is at least as high.
        #[test]
        fn what_is_named_as_the_reason_is_reason_enough(levels in levels(), states in states()) {
            let found = level_of(&levels, &states);
            let mut alone = states;
            alone.retain(|name, _| found.because.contains(name));
            let again = level_of(&levels, &alone);
            prop_assert!(again.level >= found.level, "{found:?} became {again:?}");
        }
    }
}
