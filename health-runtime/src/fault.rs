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
use crate::outcome::Outcome;
use crate::state::DependencyState;
use crate::sync::Mutex;

/// What a call is made to meet instead of, or before, its dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An error that counts like this.
    Error(Outcome),
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

/// The calls of which part of a dependency meet it; all of them, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) key: Option<String>,
    pub(crate) role: Option<String>,
}

/// A fault that is waiting for calls.
#[derive(Debug)]
struct Waiting {
    kind: Kind,
    target: Target,
    reach: Reach,
}

/// The faults that are waiting for calls.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<Name, Vec<Waiting>>>);

impl Faults {
    /// Whether calls can meet faults in this build.
    pub(crate) const ARE_POSSIBLE: bool = true;

    pub(crate) fn inject(&self, dependency: &str, kind: Kind, target: Target, reach: Reach) {
        self.0
            .lock()
            .entry(Name::new(dependency))
            .or_default()
            .push(Waiting {
                kind,
                target,
                reach,
            });
    }

    pub(crate) fn clear(&self, dependency: &str) {
        self.0.lock().remove(&Name::new(dependency));
    }

    /// Takes the first fault that hits a call to `dependency`. `is_of` says whether the call belongs
    /// to this key and this role of it.
    pub(crate) fn next(
        &self,
        dependency: Name,
        is_of: impl Fn(Option<&str>, Option<&str>) -> bool,
    ) -> Option<Fault> {
        let mut all = self.0.lock();
        let waiting = all.get_mut(&dependency)?;
        // A call that is not meant does not use up the reach of a fault.
        let hit = waiting
            .iter_mut()
            .filter(|fault| is_of(fault.target.key.as_deref(), fault.target.role.as_deref()))
            .find_map(|fault| fault.reach.hits().then_some(fault.kind));
        waiting.retain(|fault| !matches!(fault.reach, Reach::Next(0)));
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

    /// How its error counts.
    pub(crate) const fn outcome(&self) -> Outcome {
        match self.kind {
            Kind::Error(outcome) => outcome,
            _ => Outcome::FAILURE,
        }
    }

    /// Whose fault it is.
    pub(crate) const fn dependency(&self) -> Name {
        self.dependency
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Met {
        match self.kind {
            Kind::Error(outcome) => Met::Error(DependencyUnhealthy::of(
                self.dependency,
                DependencyState::Degraded,
                Reason::Injected,
                match outcome {
                    Outcome::RetryAfter(wait) => wait,
                    _ => Duration::ZERO,
                },
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
