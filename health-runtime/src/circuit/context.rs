//! What all dependencies of a registry share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::breaker::Settle;
use crate::classify::HttpStatuses;
use crate::clock::{Clock, TokioClock};
use crate::name::Name;
use crate::sync::{AtomicU64, Mutex, OnceLock, Ordering};
use crate::tally::Tally;

pub struct Context {
    /// Tokio's, unless another one was given.
    clock: Option<Arc<dyn Clock>>,
    /// Where the nanosecond stamps of calls count from.
    anchor: Instant,
    random: Mutex<StdRng>,
    version: Arc<AtomicU64>,
    settle: Mutex<Settle>,
    /// Of the dependencies whose table is not the default. Here, so that every part of a dependency
    /// finds the one that it has in common with the others.
    http_statuses: Mutex<BTreeMap<Name, Arc<HttpStatuses>>>,
    changes: Notify,
    tally: Tally,
    /// Looks again at every change.
    observer: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// When the ticker was last alive, as a stamp; 0 while there is none.
    heartbeat: AtomicU64,
    /// The same by the wall clock, in nanoseconds since 1970.
    wall_heartbeat: AtomicU64,
}

impl Context {
    pub(crate) fn new(clock: Option<Arc<dyn Clock>>, seed: Option<u64>) -> Self {
        let random = match seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => rand::make_rng(),
        };
        Self {
            anchor: clock.as_deref().unwrap_or(&TokioClock).now(),
            clock,
            random: Mutex::new(random),
            version: Arc::new(AtomicU64::new(0)),
            settle: Mutex::new(Settle::default()),
            http_statuses: Mutex::default(),
            changes: Notify::new(),
            tally: Default::default(),
            observer: OnceLock::new(),
            heartbeat: AtomicU64::new(0),
            wall_heartbeat: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> Instant {
        match &self.clock {
            None => TokioClock.now(),
            Some(clock) => clock.now(),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_deref().unwrap_or(&TokioClock)
    }

    /// Returns the present as a number that fits where an `Instant` does not, never 0.
    pub(crate) fn stamp(&self) -> u64 {
        let nanos = self.now().saturating_duration_since(self.anchor).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX) | 1
    }

    /// Returns the present in milliseconds, wrapping after 49 days, never 0: for what has to be
    /// small, and is compared within that time.
    pub(crate) fn stamp_ms(&self) -> u32 {
        self.stamp_ms_of(self.now())
    }

    /// The same for whoever has just read tokio's clock, which need not be read again where it is
    /// the clock of this registry.
    pub(crate) fn stamp_ms_at(&self, tokio_now: tokio::time::Instant) -> u32 {
        match &self.clock {
            None => self.stamp_ms_of(tokio_now.into_std()),
            Some(clock) => self.stamp_ms_of(clock.now()),
        }
    }

    fn stamp_ms_of(&self, now: Instant) -> u32 {
        let since = now.saturating_duration_since(self.anchor);
        let millis = since.as_secs() as u32;
        let millis = millis
            .wrapping_mul(1_000)
            .wrapping_add(since.subsec_millis());
        millis.max(1)
    }

    pub(crate) fn since_ms(&self, stamp: u32) -> Duration {
        Duration::from_millis(u64::from(self.stamp_ms().wrapping_sub(stamp)))
    }

    /// Returns a random number in `0.0..1.0`.
    pub(crate) fn roll(&self) -> f64 {
        self.random.lock().random()
    }

    /// What has become of the calls, counted for tests.
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The number of changes of health so far, in any dependency.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn shared_version(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.version)
    }

    /// Notes that the ticker is alive.
    pub(crate) fn beat(&self) {
        // Read before the other is: a pause in between shows as silence, and the next beat ends it.
        self.wall_heartbeat
            .store(self.wall_stamp(), Ordering::Relaxed);
        self.heartbeat.store(self.stamp(), Ordering::Relaxed);
    }

    fn wall_stamp(&self) -> u64 {
        let since_1970 = self
            .clock()
            .wall_now()
            .duration_since(SystemTime::UNIX_EPOCH);
        u64::try_from(since_1970.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Notes that there is no ticker any more.
    pub(crate) fn stop_beating(&self) {
        self.heartbeat.store(0, Ordering::Relaxed);
    }

    /// How long the ticker has been silent; `None` while there is none.
    ///
    /// By the clock that is further ahead: a monotonic clock may stand still while the machine
    /// sleeps, and whoever asks right after it woke up comes before the next tick.
    pub(crate) fn silence_at(&self, now: Instant) -> Option<Duration> {
        match self.heartbeat.load(Ordering::Relaxed) {
            0 => None,
            beat => {
                let beat = self.anchor + Duration::from_nanos(beat);
                let wall_beat = self.wall_heartbeat.load(Ordering::Relaxed);
                let by_wall = Duration::from_nanos(self.wall_stamp().saturating_sub(wall_beat));
                Some(now.saturating_duration_since(beat).max(by_wall))
            }
        }
    }

    /// Says that the health of a circuit changed. Never called under a lock.
    pub(crate) fn announce(&self) {
        // First: whoever is woken and asks for the level of degradation finds the new one.
        self.look_again();
        self.changes.notify_waiters();
    }

    /// Lets the observer look at what may have changed with time alone. Never called under a lock.
    pub(crate) fn look_again(&self) {
        if let Some(observer) = self.observer.get() {
            observer();
        }
    }

    /// Sets who looks at every change; the first one stays.
    pub(crate) fn observe(&self, observer: impl Fn() + Send + Sync + 'static) {
        self.observer.get_or_init(|| Box::new(observer));
    }

    /// Wakes at the next change of health of any circuit, if it was made (or enabled) before. What
    /// changes with time alone, such as the end of a cooldown, wakes nobody.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changes.notified()
    }

    /// How the HTTP statuses of a dependency count.
    pub(crate) fn http_statuses(&self, dependency: Name) -> Arc<HttpStatuses> {
        let tables = self.http_statuses.lock();
        tables.get(&dependency).cloned().unwrap_or_default()
    }

    pub(crate) fn set_http_statuses(&self, dependency: Name, statuses: HttpStatuses) {
        let mut tables = self.http_statuses.lock();
        if statuses == HttpStatuses::default() {
            tables.remove(&dependency);
        } else {
            tables.insert(dependency, Arc::new(statuses));
        }
    }

    pub(crate) fn settle(&self) -> Settle {
        *self.settle.lock()
    }

    pub(crate) fn set_settle(&self, settle: Settle) {
        *self.settle.lock() = settle;
    }
}
