//! How it is measured.
//!
//! - [`time`]: nanoseconds, and allocations, of cases that run interleaved
//! - [`contention`]: how much more two threads do than one
//! - [`bytes`]: what a breaker takes
//! - [`instructions`]: what valgrind counts

pub(crate) mod bytes;
pub(crate) mod contention;
pub(crate) mod instructions;
pub(crate) mod time;

/// The middle of some values; none has none.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
