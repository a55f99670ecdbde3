//! A circuit breaker: a lock-free word for the calls that pass, and rules behind a lock for the
//! rest.
//!
//! - [`config`]: options, defaults, checks
//! - [`machine`]: the rules, pure
//! - [`transition`]: what the rules say
//! - [`record`]: what has been seen, for people and for the gate
//! - [`shed`]: when calls that can be skipped are skipped
//! - [`word`]: what a call through a closed breaker reads
//! - [`rates`]: what the rate rules have counted, pure
//! - [`window`]: the calls that a rate is taken of, pure
//! - [`shards`]: counts successes where threads do not meet
//! - [`forced`]: an operator's override

mod config;
mod forced;
mod machine;
mod rates;
mod record;
mod shards;
mod shed;
#[cfg(feature = "testing")]
mod staged;
mod transition;
mod window;
mod word;

#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::config::{BreakerMode, BreakerPolicy, FailureRate, SlowCallRate, Window};
pub use self::forced::Override;
pub(crate) use self::machine::Machine;
pub(crate) use self::rates::{Percent, Restarted};
pub(crate) use self::record::{Settle, Trouble, Unsettled};
use self::shards::Shards;
pub(crate) use self::transition::{Asker, Refusal, Transition};
pub(crate) use self::word::{Phase, Word};
use crate::clock;
use crate::error::Reason;
use crate::sync::{AtomicU64, Mutex, MutexGuard, OnceLock, Ordering};

#[derive(Debug)]
#[repr(C)]
pub(crate) struct Breaker {
    /// First, so that whoever holds a breaker can keep what is written often off its cache line.
    /// The rules beside it are written when something fails, and then the word is, too.
    word: AtomicU64,
    /// Until when every call is refused, as a [`stamp`](clock::stamp); 0 where the rules have to be
    /// asked. It is of the word that is the same before and after it is read.
    refusing_until: AtomicU64,
    /// Where successes are counted, from when a rate rule asked for it first. Whoever locks the rules
    /// tells them what was counted.
    shards: OnceLock<Box<Shards>>,
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
        // From here on stamps count, which are later.
        clock::stamp(now);
        let machine = Machine::new(policy, settle, now);
        let shards = OnceLock::new();
        if machine.is_metered() {
            let shards = shards.get_or_init(|| Box::new(Shards::new(machine.epoch())));
            shards.set_slow_from(machine.policy().slower_than());
        }
        Self {
            word: AtomicU64::new(machine.word().bits()),
            refusing_until: AtomicU64::new(0),
            shards,
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

    /// Why every call is refused and for how long, if that can be told without the rules: a
    /// dependency that is down has more callers than their lock should have.
    ///
    /// Drawn into its caller: what is handed over in parts and copied as a whole makes the processor wait.
    #[inline(always)]
    pub(crate) fn refusal(&self, now: impl FnOnce() -> Instant) -> Option<Refusal> {
        let word = self.word();
        let reason = match word.phase() {
            Phase::Open => Reason::CircuitOpen,
            Phase::Aside => Reason::ForcedOpen,
            Phase::Closed | Phase::HalfOpen => return None,
        };
        let until = self.refusing_until.load(Ordering::Acquire);
        if until == 0 {
            return None;
        }
        let wait = until.saturating_sub(clock::stamp(now()));
        // Of this word, and not of one that has been published meanwhile.
        let is_certain = wait > 0 && self.word() == word;
        is_certain.then(|| Refusal {
            reason,
            retry_after: Duration::from_nanos(wait),
        })
    }

    /// Counts a success without the rules, if they would do no more than count it. Returns whether
    /// they need not be told.
    pub(crate) fn count_success(&self, admitted: Word, took: Option<Duration>) -> bool {
        let Some(shards) = self.shards.get() else {
            return false;
        };
        let is_only_counted = admitted.is_only_counted(self.word_relaxed());
        let may_be_slow = took.is_some_and(|took| took >= shards.slow_from());
        if may_be_slow || !is_only_counted {
            return false;
        }
        // The state may change meanwhile: then the shards count for another epoch, and drop this
        // success as the rules would.
        shards.add(admitted.epoch());
        true
    }

    /// Locks the rules. What changes is published when the guard is dropped.
    pub(crate) fn lock(&self) -> Locked<'_> {
        let mut machine = self.machine.lock();
        if let Some(shards) = self.shards.get() {
            machine.absorb(shards.take());
        }
        Locked {
            before: machine.word(),
            refused_until: machine.refusing_until(),
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
    /// What was published when it was locked.
    refused_until: Option<Instant>,
    changed: bool,
}

impl Locked<'_> {
    /// Tells the gate to look again although the word stays the same.
    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }
}

impl Locked<'_> {
    /// Has the shards count for the epoch that is about to be published, by its rules.
    #[cold]
    #[inline(never)]
    fn prepare_shards(&self) {
        let epoch = self.machine.epoch();
        let shards = &self.breaker.shards;
        if self.machine.is_metered() {
            let shards = shards.get_or_init(|| Box::new(Shards::new(epoch)));
            shards.set_slow_from(self.machine.policy().slower_than());
        }
        if let Some(shards) = shards.get().filter(|_| epoch != self.before.epoch()) {
            shards.restart(epoch);
        }
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
        // Before the word that lets calls in under a new epoch.
        if self.machine.is_metered() || self.breaker.shards.get().is_some() {
            self.prepare_shards();
        }
        if self.changed || !word.same_health(self.before) {
            // Still under the lock: whoever reads the new number finds the new rules.
            self.breaker.version.fetch_add(1, Ordering::Release);
        }
        let refused_until = self.machine.refusing_until();
        let is_refusing = self.refused_until.is_some() || refused_until.is_some();
        let is_other = word != self.before || refused_until != self.refused_until;
        let published = &self.breaker.refusing_until;
        if is_refusing && is_other {
            // Taken back before the word changes, so that no one finds it beside another word.
            published.store(0, Ordering::Relaxed);
        }
        self.breaker.word.store(word.bits(), Ordering::Release);
        if is_other && let Some(until) = refused_until {
            // After the word: who finds it beside the word of before finds that changed on a second look.
            published.store(clock::stamp(until), Ordering::Release);
        }
    }
}
