//! A timer, where there is a runtime that can drive one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::task::{Unconstrained, unconstrained};
use tokio::time::{Instant, Sleep};

use crate::clock::NEVER;

/// A timer that fires even when its task has used up its share of polls: the limit on a call that
/// keeps its task busy must not be the one thing that never gets its turn.
pub(crate) type Timer = Unconstrained<Sleep>;

/// There is no tokio runtime here, or it was built without `enable_time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoTimer;

thread_local! {
    /// The runtime on which a timer could not be made last, so that it is not tried for every call.
    static TIMELESS: Cell<Option<Id>> = const { Cell::new(None) };
}

/// Makes a timer that fires after `wait`.
pub(crate) fn after(wait: Duration) -> Result<Timer, NoTimer> {
    let mut timer = None;
    start(|made| timer = Some(made), Instant::now() + wait.min(NEVER))?;
    timer.ok_or(NoTimer)
}

/// Makes a timer that fires at `deadline`, and gives it to `keep`: it is large, and every move of it
/// is felt by calls that wait.
#[inline]
pub(crate) fn start(keep: impl FnOnce(Timer), deadline: Instant) -> Result<(), NoTimer> {
    let runtime = Handle::try_current().map_err(|_| NoTimer)?.id();
    if TIMELESS.get() == Some(runtime) {
        return Err(NoTimer);
    }
    // Tokio has no way to ask whether a runtime has timers: it panics when one is made without.
    let made = AssertUnwindSafe(|| keep(unconstrained(tokio::time::sleep_until(deadline))));
    catch_unwind(made).map_err(|_| {
        TIMELESS.set(Some(runtime));
        NoTimer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_runtime_or_its_timers_there_is_an_error_and_no_panic() {
        assert_eq!(after(Duration::from_secs(1)).err(), Some(NoTimer));
        let timeless = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let made = timeless.block_on(async { after(Duration::from_secs(1)) });
        assert_eq!(made.err(), Some(NoTimer));
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_wait_is_no_panic() {
        assert!(after(Duration::MAX).is_ok());
    }
}
