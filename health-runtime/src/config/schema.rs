//! The schema of configuration: what a key is, and where keys stand.
//!
//! The keys themselves are one table, [`rows`](super::rows). Everything that knows keys reads it: the
//! walk over a file, the names of environment variables, suggestions, the origins of values, the JSON
//! schema for editors, the reference in `docs/configuration.md`, the example. A new key is one row in
//! [`ROWS`]; a new section one row in [`BRANCHES`].

use super::kind::{Kind, Setting};
use super::rows::ROWS;
use crate::dependency::Settings;
use crate::gate::GatePolicy;
use crate::policy::{Policy, PolicyPatch};

/// A table of the file that has keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    Root,
    Defaults,
    Dependency,
    Key,
    /// A role, of a dependency or of one of its keys.
    Role,
    Gate,
    Degradation,
    Level,
}

/// How often a section can occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Once: `[gate]`.
    One,
    /// Once for each name: `[deps.NAME]`.
    Named,
    /// A list of tables: `levels = [{ ... }]`.
    List,
}

/// A section within a section.
pub(super) struct Branch {
    pub(super) at: At,
    pub(super) key: &'static str,
    pub(super) child: At,
    pub(super) shape: Shape,
    pub(super) doc: &'static str,
}

const fn branch(at: At, key: &'static str, child: At, shape: Shape, doc: &'static str) -> Branch {
    Branch {
        at,
        key,
        child,
        shape,
        doc,
    }
}

#[rustfmt::skip] // A table is read by its columns.
pub(super) const BRANCHES: &[Branch] = &[
    branch(At::Root, "defaults", At::Defaults, Shape::One, "What holds for every dependency that does not say otherwise."),
    branch(At::Root, "deps", At::Dependency, Shape::Named, "The dependencies, by name."),
    branch(At::Root, "gate", At::Gate, Shape::One, "What the gate needs to see before something is destroyed."),
    branch(At::Root, "degradation", At::Degradation, Shape::One, "How degraded the service is as a whole."),
    branch(At::Dependency, "keys", At::Key, Shape::Named, "What differs for single keys: hosts, tenants."),
    branch(At::Dependency, "roles", At::Role, Shape::Named, "What differs for single kinds of calls."),
    branch(At::Key, "roles", At::Role, Shape::Named, "What differs for single kinds of calls with this key."),
    branch(At::Degradation, "levels", At::Level, Shape::List, "The levels above 0, from mild to severe; the highest that matches wins."),
];

/// A key that holds a value.
pub(super) struct Row {
    /// The sections that have it.
    pub(super) at: &'static [At],
    /// The table within the section, such as `breaker`; empty if it stands in the section itself.
    pub(super) table: &'static str,
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    pub(super) target: Target,
    /// What it is called where values are checked against each other.
    pub(super) code: &'static str,
    /// A profile sets it.
    pub(super) profiled: bool,
    pub(super) doc: &'static str,
}

/// What a key changes, and how the present value is read.
pub(super) enum Target {
    Policy {
        set: fn(&mut PolicyPatch, &Setting),
        get: fn(&Policy) -> Setting,
    },
    Settings {
        set: fn(&mut Settings, &Setting),
        get: fn(&Settings) -> Setting,
    },
    Gate {
        set: fn(&mut GatePolicy, &Setting),
        get: fn(&GatePolicy) -> Setting,
    },
    /// A set of values below the others of its section.
    Profile,
    /// The version of the schema.
    Version,
    /// Part of a level of degradation.
    Level,
}

/// The version of the schema.
pub(super) const VERSION: u32 = 1;

impl Row {
    pub(super) const fn profiled(mut self) -> Self {
        self.profiled = true;
        self
    }

    pub(super) const fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// `breaker.open_for`, or the key alone.
    pub(super) fn path(&self) -> String {
        match self.table {
            "" => self.key.to_owned(),
            table => format!("{table}.{}", self.key),
        }
    }
}

/// The rows that stand in a section.
pub(super) fn rows(at: At) -> impl Iterator<Item = (RowId, &'static Row)> {
    let rows = ROWS
        .iter()
        .enumerate()
        .filter(move |(_, row)| row.at.contains(&at));
    rows.map(|(id, row)| (RowId(id), row))
}

/// The sections within a section.
pub(super) fn branches(at: At) -> impl Iterator<Item = &'static Branch> {
    BRANCHES.iter().filter(move |branch| branch.at == at)
}

/// A row of [`ROWS`], as a number that sorts as the table does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowId(usize);

impl RowId {
    pub(super) fn row(self) -> &'static Row {
        &ROWS[self.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_section_has_a_key_twice() {
        for at in [
            At::Root,
            At::Defaults,
            At::Dependency,
            At::Key,
            At::Role,
            At::Gate,
            At::Level,
        ] {
            let mut paths: Vec<String> = rows(at).map(|(_, row)| row.path()).collect();
            paths.extend(branches(at).map(|branch| branch.key.to_owned()));
            let count = paths.len();
            paths.sort();
            paths.dedup();
            assert_eq!(paths.len(), count, "{at:?}");
        }
    }

    #[test]
    fn no_word_is_a_truth_value_of_yaml_1_1() {
        for row in ROWS {
            if let Kind::Word(words) = row.kind {
                for word in words {
                    assert!(
                        !["on", "off", "yes", "no", "y", "n", "true", "false"].contains(word),
                        "{word}"
                    );
                }
            }
        }
    }
}
