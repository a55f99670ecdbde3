//! The one place that names atomics and locks, so that a model checker can swap them.

pub(crate) use std::sync::OnceLock;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{MutexGuard, PoisonError};

/// A mutex without poisoning.
///
/// No user code runs under any lock of this crate, so a panic while one is held cannot leave a
/// half-made change behind; refusing every later call because of it would only add an outage.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
