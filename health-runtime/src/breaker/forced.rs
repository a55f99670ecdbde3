//! What an operator overrides, by whom, why and for how long.

use std::time::Duration;

/// An operator's override: who, why, and for how long. It expires by itself.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::Override;
///
/// let why = Override::new("alice", "INC-42: replica is behind", Duration::from_secs(15 * 60));
/// assert_eq!(why.actor(), "alice");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    actor: String,
    reason: String,
    lasts: Duration,
}

impl Override {
    /// The longest override. What has to last longer is a change of the configuration.
    pub const MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// Creates an override that expires after `lasts`, capped at [`MAX`](Self::MAX).
    #[must_use]
    pub fn new(actor: impl Into<String>, reason: impl Into<String>, lasts: Duration) -> Self {
        Self {
            actor: actor.into(),
            reason: reason.into(),
            lasts: lasts.min(Self::MAX),
        }
    }

    /// Returns who overrides.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns for how long.
    #[must_use]
    pub const fn lasts(&self) -> Duration {
        self.lasts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_says_who_wanted_it_and_why() {
        let why = Override::new("alice", "INC-42", Duration::from_secs(1));
        assert_eq!((why.actor(), why.reason()), ("alice", "INC-42"));
    }

    #[test]
    fn nothing_is_forced_for_longer_than_a_day() {
        let day = Duration::from_secs(86_400);
        let lasts = |asked| Override::new("ops", "why", asked).lasts();
        assert_eq!(lasts(Duration::MAX), day);
        assert_eq!(lasts(day / 2), day / 2);
    }
}
