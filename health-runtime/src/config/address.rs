//! The keys of a certain configuration: of which dependency, which key, which role.

use std::fmt;

use super::schema::{At, RowId};
use crate::policy::Place;

/// A section of a certain configuration: that of which dependency, key and role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Root,
    Gate,
    Defaults,
    Dependency(String, Place),
}

impl Scope {
    pub(super) fn at(&self) -> At {
        match self {
            Self::Root => At::Root,
            Self::Gate => At::Gate,
            Self::Defaults => At::Defaults,
            Self::Dependency(_, Place { role: Some(_), .. }) => At::Role,
            Self::Dependency(_, Place { key: Some(_), .. }) => At::Key,
            Self::Dependency(..) => At::Dependency,
        }
    }

    /// The names that lead to it.
    pub(super) fn segments(&self) -> Vec<&str> {
        match self {
            Self::Root => Vec::new(),
            Self::Gate => vec!["gate"],
            Self::Defaults => vec!["defaults"],
            Self::Dependency(name, Place { key, role }) => {
                let mut segments = vec!["deps", &**name];
                segments.extend(key.iter().flat_map(|key| ["keys", &**key]));
                segments.extend(role.iter().flat_map(|role| ["roles", &**role]));
                segments
            }
        }
    }
}

/// One value of a certain configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) scope: Scope,
    pub(super) row: RowId,
}

impl Address {
    /// The names that lead to it.
    pub(super) fn segments(&self) -> Vec<&str> {
        let row = self.row.row();
        let mut segments = self.scope.segments();
        segments.extend(Some(row.table).filter(|table| !table.is_empty()));
        segments.push(row.key);
        segments
    }
}

/// As a file of TOML has it: `deps.http.keys."a.com".breaker.open_for`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        dotted(&self.segments()).fmt(f)
    }
}

/// Joins names by dots, quoting those that need it.
pub(super) fn dotted(segments: &[&str]) -> String {
    let quoted = segments.iter().map(|segment| {
        let is_bare = !segment.is_empty()
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if is_bare {
            (*segment).to_owned()
        } else {
            format!("{segment:?}")
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}
