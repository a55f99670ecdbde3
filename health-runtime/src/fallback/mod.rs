//! Answers of somebody else, when a call is refused or fails.
//!
//! - [`signature`]: which functions can be a fallback
//! - [`ledger`]: who has answered how often

mod ledger;
mod signature;

pub use self::ledger::FallbackCounts;
pub(crate) use self::ledger::Ledger;
pub use self::signature::Fallback;
use crate::error::{DependencyUnhealthy, Reason};

/// A call that its fallback has to answer.
#[derive(Debug)]
pub enum Failed<R> {
    /// It was refused, or ran out of time.
    Refused(DependencyUnhealthy),
    /// Its body ended in this, which counts as a failure.
    Output(R),
}

impl<R> Failed<R> {
    pub(crate) const fn refusal(&self) -> Option<Reason> {
        match self {
            Self::Refused(refusal) => Some(refusal.reason()),
            Self::Output(_) => None,
        }
    }
}
