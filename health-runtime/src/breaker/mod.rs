//! A circuit breaker: a lock-free word for the calls that pass, and rules behind a lock for the
//! rest.
//!
//! - [`config`]: options, defaults, checks
//! - [`machine`]: the rules, pure
//! - [`transition`]: what the rules say
//! - [`record`]: what has been seen, for people and for the gate
//! - [`word`]: what a call through a closed breaker reads
//! - [`forced`]: an operator's override

mod config;
mod forced;
mod machine;
mod record;
#[cfg(feature = "testing")]
mod staged;
mod transition;
mod word;

#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, MutexGuard};
use std::time::Instant;

pub use self::config::{BreakerMode, BreakerPolicy, FailureRate, SlowCallRate, Window};
pub use self::forced::Override;
pub(crate) use self::machine::Machine;
pub(crate) use self::record::{Settle, Trouble, Unsettled};
pub(crate) use self::transition::{Asker, Refusal, Transition};
pub(crate) use self::word::{Phase, Word};
use crate::sync::{AtomicU64, Mutex, Ordering};

#[derive(Debug)]
#[repr(C)]
pub(crate) struct Breaker {
    /// First, so that whoever holds a breaker can keep what is written often off its cache line.
    /// The rules beside it are written when something fails, and then the word is, too.
    word: AtomicU64,
    /// Counts the changes of health of all dependencies of a registry, so that the gate sees with
    /// one load that nothing has changed since it last looked at each of them.
    version: Arc<AtomicU64>,
    machine: Mutex<Machine>,
}

impl Breaker {
    pub(crate) fn new(
        policy: Arc<BreakerPolicy>,
        settle: Settle,
        version: Arc<AtomicU64>,
        now: Instant,
    ) -> Self {
        let machine = Machine::new(policy, settle, now);
        Self {
            word: AtomicU64::new(machine.word().bits()),
            version,
            machine: Mutex::new(machine),
        }
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Acquire))
    }

    /// The word at the end of a call: whatever it says, a write that matters is made under the
    /// lock, so nothing has to be ordered with it.
    #[inline(always)]
    pub(crate) fn word_relaxed(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Relaxed))
    }

    /// Locks the rules. What changes is published when the guard is dropped.
    pub(crate) fn lock(&self) -> Locked<'_> {
        let machine = self.machine.lock();
        Locked {
            before: machine.word(),
            changed: false,
            machine,
            breaker: self,
        }
    }
}

/// The rules, locked. Never held across an await or user code.
pub(crate) struct Locked<'a> {
    breaker: &'a Breaker,
    machine: MutexGuard<'a, Machine>,
    before: Word,
    changed: bool,
}

impl Locked<'_> {
    /// Tells the gate to look again although the word stays the same.
    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }
}

impl Deref for Locked<'_> {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        &self.machine
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let word = self.machine.word();
        if self.changed || !word.same_health(self.before) {
            // Still under the lock: whoever reads the new number finds the new rules.
            self.breaker.version.fetch_add(1, Ordering::Release);
        }
        self.breaker.word.store(word.bits(), Ordering::Release);
    }
}
