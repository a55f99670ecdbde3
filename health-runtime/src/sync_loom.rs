//! The twin of `sync.rs` for the models of `schedules/`: what loom can put into any order.
//!
//! Every atomic, mutex, read-write lock, once-cell, thread-local and static of this crate comes from
//! here in a model. What goes past it, and why the models lose nothing by that:
//!
//! - `std::sync::Arc`: whose counts no rule reads, but for the eviction of keys, which asks under the
//!   lock of the shard whether anybody else holds one; there, what is let go counts as let go at once.
//!   (Loom's own `Arc` has no `Arc<str>`, `Arc<dyn Trait>` or `Weak`.)
//! - `tokio::sync::{Notify, watch}`: wakes loops that look again by themselves; what they look at is
//!   under a lock of ours. But for the level of degradation: it is found under the lock of its `watch`,
//!   which loom does not see, so that no model has levels.
//! - `tokio::sync::Semaphore`: does the waiting of a bulkhead. It is the real one here, too, and each
//!   thing done to it is one step that loom can put before or after those of other threads.
//! - `tokio::task_local!`: which registry a task's scope has. Loom's threads share one thread of the
//!   operating system, so a scope would show through to all of them. The flag beside it is ours.
//! - `OnceLock` in `annotate/site.rs` and `OnceBox` in `dependency/`: what is found or made once, under
//!   locks of ours. The statics of call sites outlive a model, so they cannot hold what belongs to it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, PoisonError};

pub(crate) use loom::sync::atomic::Ordering;
pub(crate) use loom::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::{AcquireError, TryAcquireError};

/// Declares statics that hold types of this module: made anew for each schedule.
macro_rules! statics {
    ($($(#[$attribute:meta])* static $name:ident: $of:ty = $value:expr;)+) => {
        ::loom::lazy_static! {
            $($(#[$attribute])* static ref $name: $of = $value;)+
        }
    };
}
pub(crate) use statics;

/// Declares what each of loom's threads has for itself.
macro_rules! per_thread {
    ($($(#[$attribute:meta])* static $name:ident: $of:ty = $value:expr;)+) => {
        $(
            $(#[$attribute])*
            static $name: $crate::sync::LocalKey<$of> = {
                ::loom::thread_local!(static INNER: $of = $value);
                $crate::sync::LocalKey::new(&INNER)
            };
        )+
    };
}
pub(crate) use per_thread as thread_local;

/// What [`std::thread::LocalKey`] can do and loom's cannot.
pub(crate) struct LocalKey<T: 'static>(&'static loom::thread::LocalKey<T>);

impl<T: 'static> LocalKey<T> {
    pub(crate) const fn new(inner: &'static loom::thread::LocalKey<T>) -> Self {
        Self(inner)
    }

    pub(crate) fn with<R>(&'static self, look: impl FnOnce(&T) -> R) -> R {
        self.0.with(look)
    }

    pub(crate) fn try_with<R>(
        &'static self,
        look: impl FnOnce(&T) -> R,
    ) -> Result<R, loom::thread::AccessError> {
        self.0.try_with(look)
    }
}

impl<T: Copy + 'static> LocalKey<Cell<T>> {
    pub(crate) fn get(&'static self) -> T {
        self.with(Cell::get)
    }

    pub(crate) fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    pub(crate) fn with_borrow<R>(&'static self, look: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| look(&cell.borrow()))
    }

    pub(crate) fn with_borrow_mut<R>(&'static self, change: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| change(&mut cell.borrow_mut()))
    }
}

/// An atomic whose every reading loom puts before and after those of other threads.
///
/// Loom keeps the last access to an atomic alone: a thread that reads it and then writes it hides from
/// loom who has read it before, and the orders in which it is written first are left out
/// (<https://github.com/tokio-rs/loom/issues/166>, <https://github.com/tokio-rs/loom/issues/392>). So
/// who reads writes `turn` first, which orders nothing else.
macro_rules! atomic {
    ($name:ident, $value:ty) => {
        #[derive(Default)]
        pub(crate) struct $name {
            value: loom::sync::atomic::$name,
            turn: loom::sync::atomic::AtomicUsize,
        }

        #[allow(dead_code, reason = "one set of methods for all of them")]
        impl $name {
            pub(crate) fn new(value: $value) -> Self {
                Self {
                    value: loom::sync::atomic::$name::new(value),
                    turn: loom::sync::atomic::AtomicUsize::new(0),
                }
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.turn.fetch_add(1, Ordering::Relaxed);
                self.value.load(order)
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                // To loom, a plain write has no place among the changes that others make at the same
                // time: who reads afterwards may find one that it had overwritten
                // (<https://github.com/tokio-rs/loom/issues/282>).
                self.value.swap(value, order);
            }

            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                self.value.swap(value, order)
            }

            pub(crate) fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut change: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut known = self.load(fetch);
                while let Some(next) = change(known) {
                    match self.value.compare_exchange(known, next, set, fetch) {
                        Ok(known) => return Ok(known),
                        Err(present) => known = present,
                    }
                }
                Err(known)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Looking inside would be one more step.
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// What numbers can do besides.
macro_rules! atomic_number {
    ($name:ident, $value:ty) => {
        atomic!($name, $value);

        #[allow(dead_code, reason = "one set of methods for all of them")]
        impl $name {
            pub(crate) fn fetch_add(&self, more: $value, order: Ordering) -> $value {
                self.value.fetch_add(more, order)
            }

            pub(crate) fn fetch_sub(&self, less: $value, order: Ordering) -> $value {
                self.value.fetch_sub(less, order)
            }

            pub(crate) fn fetch_and(&self, mask: $value, order: Ordering) -> $value {
                self.value.fetch_and(mask, order)
            }

            pub(crate) fn fetch_max(&self, other: $value, order: Ordering) -> $value {
                self.value.fetch_max(other, order)
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic_number!(AtomicU32, u32);
atomic_number!(AtomicU64, u64);
atomic_number!(AtomicUsize, usize);

/// A mutex without poisoning.
#[derive(Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Looking inside would be one more step.
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// A lock for many readers or one writer, without poisoning.
#[derive(Default)]
pub(crate) struct RwLock<T>(loom::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cell that is set once. Whoever finds it set has seen all that was done before.
///
/// Without the turns of the atomics above, as most cells are read all the time and never set: each
/// would double the orders of everything. What sets one does it under a lock that is explored.
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    is_set: loom::sync::atomic::AtomicBool,
    turn: Mutex<()>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self {
            value: std::sync::OnceLock::new(),
            is_set: loom::sync::atomic::AtomicBool::new(false),
            turn: Mutex::new(()),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        let is_set = self.is_set.load(Ordering::Acquire);
        self.value.get().filter(|_| is_set)
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        // No look before: it would hide from loom who has looked already.
        let _turn = self.turn.lock();
        match self.value.get() {
            Some(value) => value,
            None => {
                // Made before the cell of `std` is touched, which would keep other threads of loom's
                // waiting where loom cannot see it.
                let made = make();
                let value = self.value.get_or_init(|| made);
                self.is_set.store(true, Ordering::Release);
                value
            }
        }
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceLock").finish_non_exhaustive()
    }
}

/// Tokio's semaphore. What is done to it is one step each: loom runs other threads before or after.
#[derive(Debug)]
pub(crate) struct Semaphore {
    real: Arc<tokio::sync::Semaphore>,
    steps: AtomicUsize,
}

impl Semaphore {
    pub(crate) fn new(permits: usize) -> Self {
        Self {
            real: Arc::new(tokio::sync::Semaphore::new(permits)),
            steps: AtomicUsize::new(0),
        }
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn try_acquire_owned(
        self: Arc<Self>,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.step();
        let real = Arc::clone(&self.real).try_acquire_owned()?;
        Ok(OwnedSemaphorePermit::new(self, real))
    }

    pub(crate) async fn acquire_owned(
        self: Arc<Self>,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.step();
        let mut acquiring = pin!(Arc::clone(&self.real).acquire_owned());
        // Dropped before the wait is: whoever gives up does that in a step of its own, too.
        let leaving = Leaving(&self);
        let real = acquiring.as_mut().await?;
        drop(leaving);
        Ok(OwnedSemaphorePermit::new(self, real))
    }

    pub(crate) fn add_permits(&self, more: usize) {
        self.step();
        self.real.add_permits(more);
    }

    pub(crate) fn forget_permits(&self, fewer: usize) -> usize {
        self.step();
        self.real.forget_permits(fewer)
    }

    pub(crate) fn available_permits(&self) -> usize {
        self.step();
        self.real.available_permits()
    }
}

/// Somebody who waits for a permit.
struct Leaving<'a>(&'a Semaphore);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.step();
    }
}

/// A permit of a [`Semaphore`], given back when it is dropped.
#[derive(Debug)]
pub(crate) struct OwnedSemaphorePermit {
    of: Arc<Semaphore>,
    real: Option<tokio::sync::OwnedSemaphorePermit>,
}

impl OwnedSemaphorePermit {
    fn new(of: Arc<Semaphore>, real: tokio::sync::OwnedSemaphorePermit) -> Self {
        Self {
            of,
            real: Some(real),
        }
    }

    pub(crate) fn forget(mut self) {
        if let Some(real) = self.real.take() {
            self.of.step();
            real.forget();
        }
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        if let Some(real) = self.real.take() {
            self.of.step();
            drop(real);
        }
    }
}
