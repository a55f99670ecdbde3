//! Where the time comes from.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::Mutex;

/// What [`stamp`] counts from.
static START: OnceLock<Instant> = OnceLock::new();

/// Returns a moment as one number that fits into an atomic: nanoseconds since an hour before the
/// process first asked, or 0 for what was before that.
pub(crate) fn stamp(at: Instant) -> u64 {
    // A clock of a test may have been made before the first breaker was.
    let start = *START.get_or_init(|| at.checked_sub(Duration::from_secs(3600)).unwrap_or(at));
    let since = at.saturating_duration_since(start);
    let nanos = since.as_secs().saturating_mul(1_000_000_000);
    nanos.saturating_add(since.subsec_nanos().into())
}

/// As good as never, and far from where an [`Instant`] ends.
pub(crate) const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Adds what somebody has configured, where `+` panics at `Duration::MAX`, which means "never".
pub(crate) fn later(from: Instant, by: Duration) -> Instant {
    from + by.min(NEVER)
}

/// Tells a registry the time. Read on cold paths only: a call through a closed breaker asks nobody.
pub trait Clock: Send + Sync + 'static {
    /// Returns the present on a clock that never goes back. All rules are written in this time.
    fn now(&self) -> Instant;

    /// Returns the present by the wall clock: for people to read, and to notice that the machine
    /// slept, when it moves ahead of [`now`](Self::now).
    fn wall_now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The default clock: tokio's, which is the operating system's unless a test has paused it.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// A clock that moves only when told to.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let start = clock.now();
/// clock.advance(Duration::from_secs(3));
/// assert_eq!(clock.now() - start, Duration::from_secs(3));
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<(Instant, SystemTime)>>);

impl ManualClock {
    /// Creates a clock that stands at the present.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), SystemTime::now()))))
    }

    /// Moves both the monotonic and the wall clock ahead.
    pub fn advance(&self, by: Duration) {
        let mut times = self.0.lock();
        times.0 += by;
        times.1 += by;
    }

    /// Moves the wall clock alone ahead, as a machine does that slept or whose time was set.
    pub fn advance_wall(&self, by: Duration) {
        self.0.lock().1 += by;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock")
            .field(&self.0.lock().0)
            .finish()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.0.lock().0
    }

    fn wall_now(&self) -> SystemTime {
        self.0.lock().1
    }
}
