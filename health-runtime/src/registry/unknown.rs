//! A name that no dependency has.

use std::fmt;

use crate::name;

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
