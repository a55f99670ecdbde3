//! A name that no dependency has.

use std::collections::BTreeSet;
use std::fmt;

use crate::name;
use crate::sync::Mutex;

/// There is no dependency of this name. Looking one up never makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDependency {
    name: String,
    nearest: Option<&'static str>,
}

impl UnknownDependency {
    pub(super) fn new(name: &str, known: &[&'static str]) -> Self {
        Self {
            name: name.to_owned(),
            nearest: name::nearest(name, known.iter().copied()),
        }
    }

    /// Says what came of it, before the suggestion: that one ends in a question mark.
    pub(super) fn with(&self, what: &str) -> String {
        let Self { name, nearest } = self;
        let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?"));
        format!(
            "unknown dependency `{name}`; {what}{}",
            nearest.unwrap_or_default()
        )
    }

    /// Returns the name that was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownDependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown dependency `{}`", self.name)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownDependency {}

/// The unknown names that a registry was asked for, so that each is told of once.
#[derive(Debug, Default)]
pub(super) struct AskedInVain(Mutex<BTreeSet<Box<str>>>);

impl AskedInVain {
    /// How many are kept. Names may come from outside, and must not fill the memory: whoever asks
    /// for more than these has been told what is wrong.
    const MAX: usize = 100;

    /// Says whether this name is to be told of.
    pub(super) fn is_first(&self, name: &str) -> bool {
        let mut names = self.0.lock();
        names.len() < Self::MAX && !names.contains(name) && names.insert(name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_it_stands_before_the_suggestion() {
        let text = |name| UnknownDependency::new(name, &["redis"]).with("nothing came of it");
        assert_eq!(
            text("reids"),
            "unknown dependency `reids`; nothing came of it; did you mean `redis`?"
        );
        assert_eq!(
            text("kafka"),
            "unknown dependency `kafka`; nothing came of it"
        );
    }

    #[test]
    fn each_name_is_told_of_once_and_names_without_end_fill_no_memory() {
        let asked = AskedInVain::default();
        assert!(asked.is_first("reids"));
        assert!(!asked.is_first("reids"));
        let told = (0..1000).filter(|number| asked.is_first(&number.to_string()));
        assert_eq!(told.count() + 1, AskedInVain::MAX);
        assert_eq!(asked.0.lock().len(), AskedInVain::MAX);
    }
}
