//! Names of dependencies and operations, stored once per process.

use std::collections::BTreeSet;
use std::fmt;

use crate::sync::{Mutex, statics};

/// A name that is stored once per process, so that an error can carry it without an allocation.
///
/// The table only grows, by one entry per distinct name, as the registries themselves do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(&'static str);

impl Name {
    pub(crate) const EMPTY: Self = Self("");

    pub(crate) fn new(name: &str) -> Self {
        statics! {
            static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        }
        let mut names = NAMES.lock();
        if let Some(known) = names.get(name) {
            return Self(known);
        }
        let stored: &'static str = Box::leak(name.into());
        names.insert(stored);
        Self(stored)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Returns the known name that is nearest to `wanted`, if one is near enough to be a typing error.
pub(crate) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = wanted.chars().count().div_ceil(3).max(1);
    known
        .into_iter()
        .map(|name| (edit_distance(wanted, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Counts insertions, deletions and substitutions (Wagner and Fischer, 1974), ignoring case.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_share_one_storage() {
        let owned = String::from("name-tests-shared");
        assert!(std::ptr::eq(
            Name::new(&owned).as_str(),
            Name::new("name-tests-shared").as_str()
        ));
    }

    #[test]
    fn a_typing_error_finds_its_name_and_a_stranger_finds_none() {
        let known = ["redis", "api", "postgres"];
        assert_eq!(nearest("rediss", known), Some("redis"));
        assert_eq!(nearest("Redis", known), Some("redis"));
        assert_eq!(nearest("postgers", known), Some("postgres"));
        assert_eq!(nearest("kafka", known), None);
    }
}
