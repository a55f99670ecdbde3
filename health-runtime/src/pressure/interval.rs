//! A loop that does something once in a while.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use super::pace::{Next, Pace};
use super::{Pressure, SLOW_FACTOR, Watched};
use crate::registry::HealthRegistry;

/// Creates an interval that ticks every `period` while all of `deps` are healthy, more slowly while
/// one is degraded, and not at all while one refuses calls.
///
/// Uses the present registry. A name that is not known counts as healthy until something calls it,
/// and is not made known by asking; when the application has declared its dependencies that is
/// logged as a warning, once, as it is more likely a typing error. Without any dependency it is a
/// plain interval.
///
/// # Panics
///
/// When `period` is zero.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::DependencyUnhealthy;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # async fn poll_jobs() -> Result<(), DependencyUnhealthy> { Ok(()) }
/// let mut interval = health_runtime::interval(["redis", "api"], Duration::from_millis(20));
/// for _ in 0..3 {
///     interval.tick().await;
///     if let Err(error) = poll_jobs().await {
///         eprintln!("{error}"); // The next tick waits for as long as it has to.
///     }
/// }
/// # }
/// ```
#[track_caller]
pub fn interval(
    deps: impl IntoIterator<Item = impl AsRef<str>>,
    period: Duration,
) -> HealthInterval {
    assert!(!period.is_zero(), "`period` must be non-zero.");
    HealthInterval {
        watched: Watched::new(HealthRegistry::current(), deps),
        pace: Pace::new(period, SLOW_FACTOR),
    }
}

/// An interval that goes by the health of dependencies. Made by [`interval`].
///
/// | dependencies                      | ticks                                              |
/// |-----------------------------------|----------------------------------------------------|
/// | all healthy                       | every period, the first one at once                |
/// | the worst is degraded             | every `slow_factor` periods                        |
/// | one would refuse a call           | not at all                                         |
///
/// Changes count at once: a wait grows or shrinks while it lasts. A loop that was slow finds back
/// to the rhythm it had; one that was paused comes back after a random part of half a period, and
/// not before a period after its last tick, so that a fleet does not come back as one. Ticks that
/// were missed stay missed.
///
/// # The tick that is a trial
///
/// Where a probe runs in the background, a paused interval waits until it has succeeded. Where none
/// does, nobody would ever try the dependency again if all loops paused: so once the cooldown is
/// over, the interval ticks, and the call in the loop is the trial. If that fails, the interval
/// pauses for the next, longer cooldown.
#[must_use = "an interval does nothing unless `tick().await` is called"]
pub struct HealthInterval {
    watched: Watched,
    pace: Pace,
}

impl HealthInterval {
    /// Sets how many times longer the period is while a dependency is degraded. Default 4; 1 is as
    /// fast as ever.
    ///
    /// # Panics
    ///
    /// When `factor` is zero.
    #[track_caller]
    pub fn slow_factor(mut self, factor: u32) -> Self {
        assert!(factor > 0, "`slow_factor` must be at least 1, got 0");
        self.pace.set_slow_factor(factor);
        self
    }

    /// Goes by the dependencies of this registry. Default: that of the scope in which the interval
    /// was created, else the global one.
    pub fn registry(mut self, registry: HealthRegistry) -> Self {
        self.watched.registry = registry;
        self
    }

    /// Returns the period at which it ticks while all is well.
    #[must_use]
    pub const fn period(&self) -> Duration {
        self.pace.period()
    }

    /// Waits for the next tick. Returns under which pressure it is taken: [`Pressure::Normal`] or
    /// [`Pressure::Reduced`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no tick and shifts none.
    pub async fn tick(&mut self) -> Pressure {
        let Self { watched, pace } = self;
        let tick =
            watched.watch(
                |look, now| match pace.next(look.pressure, now, || watched.roll()) {
                    Next::Tick => ControlFlow::Break(look.pressure),
                    Next::At(at) => ControlFlow::Continue(Some(at)),
                    Next::Paused => ControlFlow::Continue(None),
                },
            );
        tick.await
    }
}

impl fmt::Debug for HealthInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthInterval")
            .field("watched", &self.watched)
            .field("pace", &self.pace)
            .finish()
    }
}
