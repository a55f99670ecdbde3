//! What `health-runtime` is told: what the service depends on, and how to ask for a sign of life.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use health_runtime::probe::{Identity, Probe, ProbeError};
use health_runtime::{
    Backoff, BreakerPolicy, Builder, Checkpoint, Dependency, GateMode, GatePolicy, Preflight, probe,
};

/// The runtime calls a probe by itself, with no arguments, so what it asks lives in a static.
static PROBES: RwLock<Option<Probes>> = RwLock::new(None);

#[derive(Clone)]
struct Probes {
    redis: Arc<dyn Probe>,
    api: Arc<dyn Probe>,
}

/// Says where Redis and the API are.
pub fn connect(redis: impl Probe, api: impl Probe) {
    let (redis, api) = (Arc::new(redis), Arc::new(api));
    *PROBES.write().unwrap_or_else(PoisonError::into_inner) = Some(Probes { redis, api });
}

fn probes() -> Result<Probes, ProbeError> {
    let probes = PROBES.read().unwrap_or_else(PoisonError::into_inner);
    probes
        .clone()
        .ok_or_else(|| ProbeError::new("not connected yet"))
}

/// `PING`, and the `run_id`: a Redis that comes back empty answers every `PING`.
#[probe(dep = "redis", every = "250ms", timeout = "300ms")]
pub async fn probe_redis() -> Result<Option<Identity>, ProbeError> {
    probes()?.redis.check().await
}

/// A line and its answer: a connect alone succeeds even when the process is frozen.
#[probe(dep = "api", every = "250ms", timeout = "300ms")]
pub async fn probe_api() -> Result<Option<Identity>, ProbeError> {
    probes()?.api.check().await
}

/// What the service cannot tell right from wrong without.
pub fn dependencies() -> [Dependency; 2] {
    // Everything is faster than in production, so that thirty seconds are enough to watch.
    let breaker = BreakerPolicy {
        consecutive: Some(2),
        backoff: Backoff {
            initial: Duration::from_secs(2),
            max: Duration::from_secs(2),
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    };
    ["redis", "api"].map(|name| Dependency::new(name).breaker(breaker.clone()))
}

pub fn builder(mode: GateMode) -> Builder {
    let settle = Duration::from_secs(4);
    let gate = GatePolicy {
        mode,
        settle,
        settle_after_open: settle,
        // Sessions end seldom and for good; a round trip before each one is cheap.
        preflight: Preflight::Always,
        checkpoint: Checkpoint::Pause(Duration::from_secs(60)),
        ..GatePolicy::default()
    };
    dependencies()
        .into_iter()
        .fold(health_runtime::builder(), Builder::dependency)
        .gate(gate)
}
