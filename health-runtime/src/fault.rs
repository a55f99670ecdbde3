//! Faults that tests inject, by the name of the dependency.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Sleep;

use crate::error::{DependencyUnhealthy, Reason};
use crate::name::Name;
use crate::state::DependencyState;
use crate::sync::Mutex;

/// What a call is made to meet instead of, or before, its dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Delay(Duration),
    Hang,
    Panic,
    /// A delay that is over.
    Passed,
}

/// Which calls meet it.
#[derive(Debug)]
pub(crate) enum Reach {
    Next(u32),
    Share { of_all: f64, random: Box<StdRng> },
    Every,
}

impl Reach {
    pub(crate) fn share(of_all: f64, seed: u64) -> Self {
        Self::Share {
            of_all,
            random: Box::new(StdRng::seed_from_u64(seed)),
        }
    }

    fn hits(&mut self) -> bool {
        match self {
            Self::Next(0) => false,
            Self::Next(left) => {
                *left -= 1;
                true
            }
            Self::Share { of_all, random } => random.random::<f64>() < *of_all,
            Self::Every => true,
        }
    }
}

/// The faults that are waiting for calls.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<Name, Vec<(Kind, Reach)>>>);

impl Faults {
    /// Whether calls can meet faults in this build.
    pub(crate) const ARE_POSSIBLE: bool = true;

    pub(crate) fn inject(&self, dependency: &str, kind: Kind, reach: Reach) {
        self.0
            .lock()
            .entry(Name::new(dependency))
            .or_default()
            .push((kind, reach));
    }

    pub(crate) fn clear(&self, dependency: &str) {
        self.0.lock().remove(&Name::new(dependency));
    }

    /// Takes the first fault that hits a call to `dependency`.
    pub(crate) fn next(&self, dependency: Name) -> Option<Fault> {
        let mut all = self.0.lock();
        let waiting = all.get_mut(&dependency)?;
        let hit = waiting
            .iter_mut()
            .find_map(|(kind, reach)| reach.hits().then_some(*kind));
        waiting.retain(|(_, reach)| !matches!(reach, Reach::Next(0)));
        Some(Fault {
            kind: hit?,
            dependency,
            delay: None,
        })
    }
}

/// A fault that one call meets.
pub(crate) struct Fault {
    kind: Kind,
    dependency: Name,
    delay: Option<Pin<Box<Sleep>>>,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What came of it.
pub(crate) enum Met {
    Nothing,
    Wait,
    Error(DependencyUnhealthy),
}

impl Fault {
    pub(crate) const MESSAGE: &'static str = "error injected by a test";

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Met {
        match self.kind {
            Kind::Error => Met::Error(DependencyUnhealthy::of(
                self.dependency,
                DependencyState::Degraded,
                Reason::Injected,
                Duration::ZERO,
            )),
            Kind::Delay(delay) => {
                let sleep = self
                    .delay
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
                match sleep.as_mut().poll(cx) {
                    Poll::Pending => Met::Wait,
                    Poll::Ready(()) => {
                        self.kind = Kind::Passed;
                        Met::Nothing
                    }
                }
            }
            Kind::Passed => Met::Nothing,
            Kind::Hang => Met::Wait,
            Kind::Panic => panic!(
                "panic injected by a test into a call to {}",
                self.dependency
            ),
        }
    }
}
