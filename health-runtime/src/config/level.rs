//! The levels of degradation, as a configuration says them.

use super::kind::Setting;
use crate::degradation::{Levels, Rule};
use crate::state::DependencyState;

/// A level of degradation: what it is called, and when it is reached.
///
/// Level 0 is "nothing degraded" and has no rule; the first rule is level 1. The highest level that
/// matches wins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LevelRule {
    /// What the level is called.
    pub name: String,
    /// The dependencies that it looks at.
    pub when: Vec<String>,
    /// How bad they must be at least. Default [`DependencyState::Unhealthy`].
    pub state: DependencyState,
    /// How many of them must be. Default [`Needs::All`].
    pub needs: Needs,
}

impl LevelRule {
    /// The same as a rule.
    pub(crate) fn rule(&self) -> Rule {
        let rule = match self.needs {
            Needs::All => Rule::all(&self.when),
            Needs::Any => Rule::any(&self.when),
        };
        rule.at_least(self.state)
    }
}

impl<'r> FromIterator<&'r LevelRule> for Levels {
    fn from_iter<I: IntoIterator<Item = &'r LevelRule>>(rules: I) -> Self {
        rules.into_iter().fold(Self::new(), |levels, rule| {
            levels.level(&rule.name, rule.rule())
        })
    }
}

/// How many of the dependencies of a [`LevelRule`] must be as bad as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Needs {
    /// All of them. The default.
    #[default]
    All,
    /// One is enough.
    Any,
}

impl LevelRule {
    /// Makes a rule of the keys of a table.
    ///
    /// # Errors
    ///
    /// The keys that are missing.
    pub(super) fn of(keys: &[(&'static str, Setting)]) -> Result<Self, Vec<&'static str>> {
        let get = |wanted| {
            keys.iter()
                .find(|(key, _)| *key == wanted)
                .map(|(_, value)| value)
        };
        let (name, when) = (get("name"), get("when"));
        match (name, when) {
            (Some(Setting::Text(name)), Some(Setting::Names(when))) => Ok(Self {
                name: name.clone(),
                when: when.clone(),
                state: match get("state").map(Setting::word) {
                    Some("degraded") => DependencyState::Degraded,
                    _ => DependencyState::Unhealthy,
                },
                needs: match get("needs").map(Setting::word) {
                    Some("any") => Needs::Any,
                    _ => Needs::All,
                },
            }),
            _ => Err([("name", name), ("when", when)]
                .into_iter()
                .filter(|(_, found)| found.is_none())
                .map(|(key, _)| key)
                .collect()),
        }
    }
}
