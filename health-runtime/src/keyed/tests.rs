//! The store against a simple model, under racing threads, in bytes; and the rule of the bad node.

mod blame;
mod eviction;
mod memory;
mod model;
mod racing;
mod reading;
mod refresh;

use std::sync::Arc;
use std::time::Duration;

use super::{Keyed, KeyedStore};
use crate::backoff::{Backoff, Jitter};
use crate::breaker::BreakerPolicy;
use crate::circuit::Context;
use crate::clock::ManualClock;
use crate::dependency::{Dependency, Directory, Entry};
use crate::outcome::{Failure, FailureKind, Report};

const SECOND: Duration = Duration::from_secs(1);

/// A dependency with a clock of its own, whose breakers trip at two failures and stay open for ten
/// seconds.
struct House {
    clock: ManualClock,
    directory: Directory,
    entry: Arc<Entry>,
}

impl House {
    fn new(max_keys: u32) -> Self {
        Self::of(dependency(2).max_keys(max_keys))
    }

    fn of(dependency: Dependency) -> Self {
        let clock = ManualClock::new();
        let context = Arc::new(Context::new(Some(Arc::new(clock.clone())), Some(7)));
        let directory = Directory::new(context);
        let entry = directory.declare(dependency);
        Self {
            clock,
            directory,
            entry,
        }
    }

    fn get(&self, key: &str) -> Arc<Keyed> {
        self.entry.keyed(Some(key), None).unwrap()
    }

    fn store(&self) -> &KeyedStore {
        self.entry.keyed_store_or_new()
    }

    fn has(&self, key: &str) -> bool {
        self.store().find(Some(key), None).is_some()
    }

    fn tracked(&self) -> usize {
        self.store().counts().tracked
    }

    /// Fails so often that the breaker of the key opens.
    fn open(&self, key: &str) {
        let keyed = self.get(key);
        for _ in 0..2 {
            keyed.report(failure());
        }
        assert!(!keyed.word().is_closed());
    }
}

fn dependency(consecutive: u32) -> Dependency {
    let backoff = Backoff {
        initial: 10 * SECOND,
        multiplier: 1.0,
        jitter: Jitter::None,
        ..Backoff::default()
    };
    Dependency::new("keyed-tests").breaker(BreakerPolicy {
        consecutive: Some(consecutive),
        backoff,
        ..BreakerPolicy::default()
    })
}

fn failure() -> Report {
    Report::Failure(Failure::new(FailureKind::Error, "no"))
}
