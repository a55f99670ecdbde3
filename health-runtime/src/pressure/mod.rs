//! Backpressure for loops: less work while a dependency is degraded, none while it refuses calls.
//!
//! - [`interval`]: a loop that does something once in a while
//! - [`handle`]: a loop that does something for as long as there is something to do
//! - [`wait`]: code that cannot begin before a dependency is back
//! - [`look`]: what they see, and how they wait for it to change
//! - [`pace`]: when an interval ticks, pure
//!
//! All of them look at the rules and take no place: who waits here holds no trial, and is counted
//! nowhere.

mod handle;
mod interval;
mod look;
mod pace;
#[cfg(test)]
mod tests;
mod wait;

use std::fmt;

pub use self::handle::PressureHandle;
pub use self::interval::{HealthInterval, interval};
use self::look::Watched;
pub use self::wait::wait_until_healthy;
use crate::registry::HealthRegistry;

/// How much slower a loop is while its dependencies are degraded, unless it says otherwise.
const SLOW_FACTOR: u32 = 4;

/// How much of its load a loop should put on its dependencies now. The worst of them decides.
///
/// The order is from light to heavy, so that the pressure of several is their maximum.
///
/// # Examples
///
/// ```
/// use health_runtime::{HealthRegistry, Pressure};
///
/// let registry = HealthRegistry::new();
/// let pressure = || registry.pressure(["redis", "api"]).current();
/// assert_eq!(pressure(), Pressure::Normal);
///
/// registry.record_failure("redis", "connection refused");
/// assert_eq!(pressure(), Pressure::Reduced);
///
/// (0..4).for_each(|_| registry.record_failure("redis", "connection refused"));
/// assert_eq!(pressure(), Pressure::Paused);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Pressure {
    /// All of it: every dependency is healthy.
    Normal,
    /// Less: a dependency is degraded, or half-open and waits for a trial.
    Reduced,
    /// None: a call would be refused, as a breaker is open or its only trial belongs to somebody
    /// else. A breaker that only observes refuses nothing, and reduces at most.
    Paused,
}

impl Pressure {
    /// Returns the pressure on these dependencies in the present registry.
    ///
    /// A name that is not known counts as healthy, and is not made known by asking; when the
    /// application has declared its dependencies that is logged as a warning, once.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Pressure;
    ///
    /// if Pressure::current(["search"]) == Pressure::Normal {
    ///     // Warm the cache.
    /// }
    /// ```
    #[must_use]
    pub fn current(deps: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::of(deps).current()
    }

    /// Returns a handle on the pressure on these dependencies in the present registry.
    ///
    /// # Examples
    ///
    /// See [`PressureHandle`].
    pub fn of(deps: impl IntoIterator<Item = impl AsRef<str>>) -> PressureHandle {
        HealthRegistry::current().pressure(deps)
    }
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Normal => "normal",
            Self::Reduced => "reduced",
            Self::Paused => "paused",
        })
    }
}
