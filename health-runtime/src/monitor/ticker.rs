//! The ticker: once a second it lets successes be stamped anew, has the levels of degradation look
//! at what time has changed, and notices when the process could not have noticed anything.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::dependency::Directory;
use crate::span::Short;

const TICK: Duration = Duration::from_secs(1);

/// A tick that is later than this says that this process did not run: what it remembers of others
/// is no proof, and what it thinks went wrong may be its own fault.
pub(crate) const STALL: Duration = Duration::from_secs(5);

/// Ticks for as long as it is polled.
pub(crate) async fn run(directory: Arc<Directory>) {
    let context = Arc::clone(directory.context());
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Reading::of(context.now(), context.clock().wall_now());
    loop {
        interval.tick().await;
        let present = Reading::of(context.now(), context.clock().wall_now());
        if let Some(gap) = last.gap(present) {
            warn!(
                target: "health_runtime::gate",
                gap_ms = gap.as_millis() as u64,
                "this process did not run for {}: all proof of health is void until it is had anew",
                Short(gap),
            );
            directory.stood_still(last.monotonic, present.monotonic);
        }
        last = present;
        for entry in directory.all() {
            entry.tick();
        }
        context.look_again();
        context.beat();
    }
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    monotonic: Instant,
    wall: SystemTime,
}

impl Reading {
    const fn of(monotonic: Instant, wall: SystemTime) -> Self {
        Self { monotonic, wall }
    }

    /// Returns how long the process did not run between two readings, if it was too long.
    ///
    /// The monotonic clock of most systems stands still while the machine sleeps, the wall clock
    /// does not: when that one alone is ahead, the machine slept, or somebody set its clock. Either
    /// way a fresh probe of each dependency is cheap. A wall clock set back says nothing.
    fn gap(self, later: Self) -> Option<Duration> {
        let monotonic = later.monotonic.saturating_duration_since(self.monotonic);
        let wall = later.wall.duration_since(self.wall).unwrap_or_default();
        let gap = monotonic.max(wall);
        (gap > TICK + STALL).then_some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(monotonic: u64, wall: i64) -> Option<Duration> {
        let start = Reading::of(
            Instant::now(),
            SystemTime::UNIX_EPOCH + Duration::from_secs(1000),
        );
        let wall =
            SystemTime::UNIX_EPOCH + Duration::from_secs(1000_u64.saturating_add_signed(wall));
        start.gap(Reading::of(
            start.monotonic + Duration::from_secs(monotonic),
            wall,
        ))
    }

    #[test]
    fn an_ordinary_tick_is_no_gap() {
        assert_eq!(readings(1, 1), None);
        assert_eq!(readings(5, 5), None);
    }

    #[test]
    fn a_stalled_runtime_and_a_machine_that_slept_are_gaps() {
        assert_eq!(readings(30, 30), Some(Duration::from_secs(30)));
        assert_eq!(readings(1, 600), Some(Duration::from_secs(600)));
    }

    #[test]
    fn a_wall_clock_set_back_is_none() {
        assert_eq!(readings(1, -500), None);
    }
}
