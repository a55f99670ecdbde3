//! A confirmed wish to go ahead whatever the health.

use std::fmt;

/// Somebody who may has confirmed a destructive call, whatever the health of the dependencies.
///
/// It skips the health conditions only: never the budget, never the audit. The richer form of the
/// plain `bool` that `bypass = "user_confirmed"` also takes.
///
/// # Examples
///
/// ```
/// use health_runtime::Bypass;
///
/// let bypass = Bypass::new("alice", "the customer asked for it on the phone");
/// assert_eq!(bypass.actor(), "alice");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bypass {
    actor: String,
    reason: String,
}

impl Bypass {
    /// Creates a bypass.
    #[must_use]
    pub fn new(actor: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            reason: reason.into(),
        }
    }

    /// Returns who has confirmed.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.actor, self.reason)
    }
}

/// A parameter that `bypass = "..."` can name: `bool`, [`Bypass`] or `Option<Bypass>`.
#[diagnostic::on_unimplemented(
    message = "`bypass` cannot be read from a `{Self}`",
    label = "must be `bool`, `Bypass` or `Option<Bypass>`",
    note = "a bypass is a person's confirmation of this one call: `user_confirmed: bool`, or `Bypass` with who and why"
)]
pub trait BypassArgument: sealed::Sealed {
    /// Returns the bypass, if one was asked for.
    #[doc(hidden)]
    fn to_bypass(&self) -> Option<Bypass>;
}

impl BypassArgument for bool {
    fn to_bypass(&self) -> Option<Bypass> {
        self.then(|| Bypass::new("caller", "confirmed"))
    }
}

impl BypassArgument for Bypass {
    fn to_bypass(&self) -> Option<Bypass> {
        Some(self.clone())
    }
}

impl BypassArgument for Option<Bypass> {
    fn to_bypass(&self) -> Option<Bypass> {
        self.clone()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for super::Bypass {}
    impl Sealed for Option<super::Bypass> {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bypass_says_who_has_confirmed_and_why() {
        let bypass = Bypass::new("alice", "INC-42");
        assert_eq!((bypass.actor(), bypass.reason()), ("alice", "INC-42"));
        assert_eq!(bypass.to_string(), "alice: INC-42");
    }
}
