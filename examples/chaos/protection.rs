//! What stands between the faults and the sessions: the gate, or one of the controls that show that
//! these faults do cost sessions when something is missing.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use health_runtime::{GateMode, GatePolicy, Preflight};
use tokio::sync::watch;

use crate::reapers::{Copy, annotated, breaker_only, unguarded};
use crate::service::{SessionStore, Sessions, Sources};
use crate::times::Times;

/// How long a reaper rests between two passes: hardly at all.
const REST: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Protection {
    /// It probes before every destructive call, as in the demo
    Gate,
    /// It probes only when its evidence is stale, which is the default of health-runtime
    WhenStale,
    /// A control, which loses sessions: a reaper that takes every error for an absence
    None,
    /// A control: the same behind circuit breakers
    Breaker,
    /// A control: the annotated service, with a gate that only observes
    Observe,
    /// A control: a gate that does not wait until a dependency has settled
    NoSettle,
}

impl Protection {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::None => "none",
            Self::Breaker => "breaker",
            Self::Observe => "observe",
            Self::NoSettle => "no-settle",
            Self::WhenStale => "when-stale",
        }
    }

    /// The gate, whole or with something missing. It is there in every run, also where the reaper does
    /// not ask it.
    pub fn gate(self, times: Times) -> GatePolicy {
        let whole = times.gate();
        match self {
            Self::Gate | Self::None | Self::Breaker => whole,
            Self::Observe => GatePolicy {
                mode: GateMode::Observe,
                ..whole
            },
            Self::NoSettle => GatePolicy {
                settle: Duration::ZERO,
                settle_after_open: Duration::ZERO,
                ..whole
            },
            Self::WhenStale => GatePolicy {
                preflight: Preflight::WhenStale,
                ..whole
            },
        }
    }

    pub fn kept(self) -> Kept {
        match self {
            Self::None | Self::Breaker => Kept::Copy(Arc::default()),
            _ => Kept::Store(Arc::default()),
        }
    }
}

/// What the service keeps of its sessions, and a reaper removes from.
#[derive(Clone)]
pub enum Kept {
    Store(Arc<SessionStore>),
    Copy(Arc<Copy>),
}

impl Kept {
    pub fn insert(&self, id: &str) {
        match self {
            Self::Store(store) => store.insert(id),
            Self::Copy(copy) => copy.insert(id),
        }
    }

    /// The sessions of which anything is left.
    pub fn ids(&self) -> BTreeSet<String> {
        match self {
            Self::Store(store) => store.ids(),
            Self::Copy(copy) => copy.ids(),
        }
    }

    /// The sessions of which nothing is lost.
    pub fn whole(&self) -> BTreeSet<String> {
        match self {
            Self::Store(store) => store.whole(),
            Self::Copy(copy) => copy.ids(),
        }
    }

    /// Removes dead sessions, again and again, for as long as it is polled.
    pub async fn reap(
        &self,
        protection: Protection,
        sources: Arc<dyn Sources>,
        times: Times,
    ) -> Infallible {
        match self {
            Self::Store(store) => {
                let sessions = Sessions::new(Arc::clone(store), sources);
                let (_at_once, pace) = watch::channel(Duration::ZERO);
                annotated::run(&sessions, &pace, REST).await
            }
            Self::Copy(copy) if protection == Protection::Breaker => {
                let dependencies = ["redis", "api"].map(|name| times.dependency(name));
                breaker_only::run(copy, &*sources, dependencies, REST).await
            }
            Self::Copy(copy) => unguarded::run(copy, &*sources, REST).await,
        }
    }
}
