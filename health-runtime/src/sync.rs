//! The one place that names atomics and locks, so that a model checker can swap them.
//!
//! `sync_loom.rs` is its twin for the models of `schedules/`. What goes past it, and why that takes
//! nothing away from the models, is written there.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{MutexGuard, OnceLock, RwLockReadGuard, RwLockWriteGuard};
pub(crate) use std::thread_local;

use std::sync::PoisonError;

pub(crate) use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Declares statics that hold types of this module.
macro_rules! statics {
    ($($(#[$attribute:meta])* static $name:ident: $of:ty = $value:expr;)+) => {
        $($(#[$attribute])* static $name: $of = $value;)+
    };
}
pub(crate) use statics;

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

/// A lock for many readers or one writer, without poisoning, as [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
