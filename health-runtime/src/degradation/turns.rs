//! One call now and then of those that a level sheds, to find out whether it still has to.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::sync::Mutex;

/// When a call of each function was let through last. Functions are known by the address of what
/// their attribute has left behind.
///
/// Each has turns of its own: one that is called often, and never reaches the dependency that is
/// waited for, must not use up those of one that does.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<usize, Instant>>);

impl Turns {
    /// The time from one turn to the next.
    pub(crate) const PAUSE: Duration = Duration::from_secs(1);

    /// Takes the turn of a function, if it has one now.
    pub(crate) fn take(&self, function: usize, now: Instant) -> bool {
        let mut turns = self.0.lock();
        let last = turns.get(&function);
        let is_turn = last.is_none_or(|last| now.saturating_duration_since(*last) >= Self::PAUSE);
        if is_turn {
            turns.insert(function, now);
        }
        is_turn
    }
}
