//! What a breaker is in, and what it rarely needs.

use std::time::{Duration, Instant};

use crate::breaker::forced::Override;
use crate::breaker::record::Settle;
use crate::state::DependencyState;

#[derive(Debug)]
pub(super) enum State {
    Closed {
        failures: u32,
        /// Something failed and this dependency may be to blame; see [`Blame::Shared`].
        suspected: bool,
        /// A call was slow since the last success that was not.
        slow: bool,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        in_flight: u32,
        successes: u32,
        /// When the running trial loses its slot, and the probe its first right to be the trial.
        lease_until: Instant,
    },
    Forced {
        reported: DependencyState,
        until: Instant,
        why: Box<Override>,
    },
}

impl State {
    /// Closed with nothing outstanding.
    pub(super) const SOUND: Self = Self::Closed {
        failures: 0,
        suspected: false,
        slow: false,
    };
}

/// What most breakers never see. In a box, as there may be ten thousand of them.
#[derive(Debug, Default)]
pub(in crate::breaker) struct Rare {
    /// The dependency asked not to be called before.
    pub(super) not_before: Option<Instant>,
    /// When a call that would have been shed was let through last.
    pub(in crate::breaker) shed_passed: Option<Instant>,
}

/// The settle times in milliseconds, up to 49 days: a quarter of their size.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompactSettle {
    after_failure_ms: u32,
    after_open_ms: u32,
}

impl CompactSettle {
    pub(super) fn new(settle: Settle) -> Self {
        let millis =
            |time: Duration| u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        Self {
            after_failure_ms: millis(settle.after_failure),
            after_open_ms: millis(settle.after_open),
        }
    }

    pub(super) fn times(self) -> Settle {
        Settle {
            after_failure: Duration::from_millis(self.after_failure_ms.into()),
            after_open: Duration::from_millis(self.after_open_ms.into()),
        }
    }
}
