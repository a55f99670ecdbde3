//! A loop that does something for as long as there is something to do.

use std::ops::ControlFlow;

use super::{Pressure, SLOW_FACTOR, Watched};
use crate::registry::HealthRegistry;

/// A handle on the pressure on some dependencies, for heavy reads and batch loops.
///
/// Made by [`Pressure::of`] and [`HealthRegistry::pressure`]. A clone watches on its own.
///
/// # Examples
///
/// A batch loop that takes less while a dependency is degraded, and waits while it is down:
///
/// ```
/// use health_runtime::Pressure;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # fn store(batch: &[u32]) { let _ = batch; }
/// let mut rows: &[u32] = &[0; 1000];
/// let pressure = Pressure::of(["qdrant"]);
/// while !rows.is_empty() {
///     pressure.pause().await;
///     let (batch, rest) = rows.split_at(pressure.chunk(100).min(rows.len()));
///     store(batch);
///     rows = rest;
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a handle does nothing by itself"]
pub struct PressureHandle {
    watched: Watched,
    seen: Pressure,
}

impl PressureHandle {
    fn new(watched: Watched) -> Self {
        let seen = watched.look().pressure;
        Self { watched, seen }
    }

    /// Returns the pressure now.
    #[must_use]
    pub fn current(&self) -> Pressure {
        self.watched.look().pressure
    }

    /// Waits until the pressure is another one than this method has returned last, or at first than
    /// when the handle was made. Returns the new one.
    ///
    /// Changes by time alone, such as the end of a cooldown, are seen within a second; what changes
    /// there and back between two calls is not seen.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no change.
    pub async fn changed(&mut self) -> Pressure {
        let Self { watched, seen } = self;
        let change = watched.watch(|look, _| {
            if look.pressure == *seen {
                return ControlFlow::Continue(None);
            }
            *seen = look.pressure;
            ControlFlow::Break(look.pressure)
        });
        change.await
    }

    /// Waits while the pressure is [`Pressure::Paused`]; else returns at once. Returns the pressure
    /// it ends with.
    ///
    /// Ends when a call would be let through: where no probe runs in the background, that call is
    /// the trial. In a function that is itself the trial of a dependency it does not wait for that
    /// one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and nothing else.
    pub async fn pause(&self) -> Pressure {
        let end = self.watched.watch(|look, _| match look.pressure {
            Pressure::Paused => ControlFlow::Continue(None),
            pressure => ControlFlow::Break(pressure),
        });
        end.await
    }

    /// Returns how large the next batch should be: `full` while the pressure is normal, else a
    /// quarter of it, and at least 1 unless `full` is 0.
    #[must_use]
    pub fn chunk(&self, full: usize) -> usize {
        match self.current() {
            Pressure::Normal => full,
            Pressure::Reduced | Pressure::Paused => full.div_ceil(SLOW_FACTOR as usize),
        }
    }
}

impl HealthRegistry {
    /// Returns a handle on the pressure on these dependencies.
    ///
    /// A name that is not known counts as healthy, and is not made known by asking; when the
    /// application has declared its dependencies that is logged as a warning, once.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{HealthRegistry, Pressure};
    ///
    /// let registry = HealthRegistry::new();
    /// let pressure = registry.pressure(["search"]);
    /// assert_eq!(pressure.current(), Pressure::Normal);
    /// assert_eq!(pressure.chunk(500), 500);
    ///
    /// registry.record_failure("search", "connection refused");
    /// assert_eq!(pressure.chunk(500), 125);
    /// ```
    pub fn pressure(&self, deps: impl IntoIterator<Item = impl AsRef<str>>) -> PressureHandle {
        PressureHandle::new(Watched::new(self.clone(), deps))
    }
}
