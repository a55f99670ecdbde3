//! The twin of `tally` for builds without the feature `testing`: nothing is counted.

use crate::error::Reason;
use crate::name::Name;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Admitted,
    Retried,
    TimedOut,
    RetryRefused,
    Ended(Fate),
    Refused(Reason),
    WouldBeRefused(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Succeeded,
    Failed,
    Neutral,
    Dropped,
    Refused,
}

#[derive(Debug, Default)]
pub(crate) struct Tally;

impl Tally {
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the twin keeps the signature")]
    pub(crate) const fn note(&self, _dependency: Name, _event: Event) {}
}
