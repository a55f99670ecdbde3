//! Who answered a probe.

use std::fmt;
use std::sync::Arc;

/// Says which incarnation of a dependency answered a probe.
///
/// Two equal identities mean that the dependency has kept its memory between two checks; a changed
/// one means that what it held before may be gone. Any text with that property will do: `run_id` of
/// Redis, a boot id, a cluster epoch. A host name will not: it survives the restart.
///
/// Cloning copies a pointer. Identities compare by their text.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::Identity;
///
/// let before = Identity::new("3f9c0a");
/// let after = Identity::new(String::from("b71d55"));
/// assert_ne!(before, after);
/// assert_eq!(before.to_string(), "3f9c0a");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity(Arc<str>);

impl Identity {
    /// Makes an identity from its text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text it was made from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.as_str()).finish()
    }
}
