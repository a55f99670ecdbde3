//! How long calls took, in microseconds, each kind by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Three digits of every value, up to a minute.
const HIGHEST: u64 = 60_000_000_000;

/// Nanoseconds, in a histogram that does not grow.
pub struct Latency(Mutex<Histogram<u64>>);

impl Latency {
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, HIGHEST, 3);
        let mut histogram = histogram.expect("the bounds are sound");
        // Writes to all of it: pages that are touched later, one by one, would look like a leak.
        histogram.reset();
        Self(Mutex::new(histogram))
    }

    pub fn record(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(HIGHEST);
        self.lock().saturating_record(nanos);
    }

    /// How many there were, and p50, p99, p99.9 and the longest, in microseconds.
    pub fn row(&self) -> (u64, [f64; 4]) {
        let histogram = self.lock();
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
        let longest = histogram.max() as f64 / 1000.0;
        (histogram.len(), [at(0.5), at(0.99), at(0.999), longest])
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Histogram<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
