//! What the models have in common: a registry whose clock stands still until a model moves it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use crate::HealthRegistry;
use crate::backoff::{Backoff, Jitter};
use crate::breaker::{BreakerPolicy, Override, Word};
use crate::call::{Call, HeldPlaces, admission};
use crate::circuit::Circuit;
use crate::clock::Clock;
use crate::dependency::{Dependency, Entry};
use crate::error::DependencyUnhealthy;
use crate::outcome::{Failure, FailureKind, Report};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// How long a breaker of [`consecutive`] stays open.
pub(super) const COOLDOWN: Duration = Duration::from_secs(10);

/// A clock that moves only when told to. Not `ManualClock`, whose lock would be one more thing that
/// threads meet at, at every reading.
#[derive(Clone)]
pub(super) struct Hand {
    began: Instant,
    moved_ms: Arc<AtomicU64>,
}

impl Hand {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            moved_ms: Arc::default(),
        }
    }

    pub(super) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).expect("a model does not take that long");
        self.moved_ms.fetch_add(by, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.moved_ms.load(Ordering::Relaxed))
    }

    fn wall_now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.moved_ms.load(Ordering::Relaxed))
    }
}

/// A registry, its clock, and its dependency `redis`.
#[derive(Clone)]
pub(super) struct House {
    pub(super) hand: Hand,
    pub(super) registry: HealthRegistry,
    pub(super) redis: Arc<Entry>,
}

impl House {
    pub(super) fn new(breaker: BreakerPolicy) -> Self {
        Self::of(Dependency::new("redis").breaker(breaker))
    }

    pub(super) fn of(redis: Dependency) -> Self {
        let hand = Hand::new();
        let registry = HealthRegistry::builder()
            .clock(hand.clone())
            .seed(1)
            .dependency(redis)
            .build()
            .expect("the models' policies are sound");
        let redis = registry.directory().get_or_create("redis");
        Self {
            hand,
            registry,
            redis,
        }
    }

    /// With a breaker whose cooldown is over: who asks first is the trial.
    pub(super) fn cooled_down(breaker: BreakerPolicy) -> Self {
        let house = Self::new(breaker);
        house.open();
        house.hand.advance(COOLDOWN);
        house
    }

    /// Has as many calls fail as it takes to open the breaker.
    pub(super) fn open(&self) {
        while self.redis.word().is_closed() {
            settle(&self.redis, self.redis.word(), failure());
        }
    }

    /// Admits a call; dropped, it counts as cancelled.
    pub(super) fn call(&self) -> Result<Call<HeldPlaces>, DependencyUnhealthy> {
        let places = HeldPlaces::take(vec![Arc::clone(&self.redis)], Vec::new())?;
        let mut call = Call::outside(places);
        call.admit_special();
        Ok(call)
    }

    /// The number of changes of health so far.
    pub(super) fn version(&self) -> u64 {
        self.redis.context().version()
    }
}

/// Trips after so many failures in a row; the cooldown is exact.
pub(super) fn consecutive(failures: u32) -> BreakerPolicy {
    BreakerPolicy {
        consecutive: Some(failures),
        backoff: Backoff {
            initial: COOLDOWN,
            multiplier: 1.0,
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    }
}

pub(super) fn failure() -> Report {
    Report::Failure(Failure::new(FailureKind::Error, "no"))
}

pub(super) fn operator() -> Override {
    Override::new("somebody", "a model", 60 * SECOND)
}

/// Asks for a place as a call does: by the word alone while the breaker is closed, else by the rules.
pub(super) fn admit(circuit: &Circuit) -> Result<Word, DependencyUnhealthy> {
    let mut words = [circuit.word()];
    if !words[0].is_closed() {
        admission::admit(&[circuit], &mut words)?;
    }
    Ok(words[0])
}

/// Reports how a call ended, as its last poll does: a success that has nothing to write locks nothing.
pub(super) fn settle(circuit: &Circuit, admitted: Word, report: Report) {
    let is_quiet = report == Report::Success && admitted.is_quiet(circuit.word_relaxed());
    if !is_quiet {
        circuit.settle(admitted, report);
    }
}

/// The output of a future that waits for nothing but locks.
pub(super) fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
