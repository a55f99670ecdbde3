//! A service that depends on a real Redis and a real API.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use health_lab::{ApiServer, RedisServer, Server};
use health_runtime::probe::{RedisProbe, UnixProbe};
use health_runtime::{
    AuditFuture, AuditOutcome, AuditRecord, AuditSink, Backoff, BreakerPolicy, Dependency,
    DependencyUnhealthy, GatePolicy, HealthGuard, HealthRegistry, Jitter, destructive,
};

pub(crate) const SETTLE: Duration = Duration::from_millis(300);
pub(crate) const SETTLE_AFTER_OPEN: Duration = Duration::from_millis(500);
pub(crate) const EVIDENCE: Duration = Duration::from_millis(200);
pub(crate) const COOLDOWN: Duration = Duration::from_millis(400);

/// How long a probe may take: frozen servers take it all, loaded machines must not.
const PROBE: Duration = Duration::from_millis(500);

/// So often that an outage is noticed at once.
pub(crate) const OFTEN: Duration = Duration::from_millis(80);

/// So rarely that only the gate probes.
pub(crate) const HARDLY_EVER: Duration = Duration::from_secs(3600);

#[destructive]
pub(crate) async fn purge() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

/// Keeps the last decision.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<AuditRecord>>>);

impl AuditSink for Last {
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
        *self.0.lock().unwrap() = Some(record.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, _: &'static str, _: u64, _: AuditOutcome) {}
}

pub(crate) struct Service {
    pub(crate) redis: RedisServer,
    pub(crate) api: ApiServer,
    pub(crate) registry: HealthRegistry,
    last: Last,
    _health: HealthGuard,
}

impl Service {
    /// Starts both servers and waits until the gate allows.
    pub(crate) async fn start(probe_every: Duration) -> Self {
        assert!(
            RedisServer::is_installed(),
            "these tests need the real `redis-server`: install it, for instance with \
             `apt-get install redis-server`"
        );
        let redis = RedisServer::start().await.unwrap();
        let api = ApiServer::start(&crate::lab::program()).await.unwrap();
        let breaker = BreakerPolicy {
            consecutive: Some(2),
            backoff: Backoff {
                initial: COOLDOWN,
                multiplier: 1.0,
                max: COOLDOWN,
                jitter: Jitter::None,
                ..Backoff::default()
            },
            ..BreakerPolicy::default()
        };
        let dependency = |name: &str| {
            Dependency::new(name)
                .breaker(breaker.clone())
                .probe_every(probe_every)
                .probe_timeout(if probe_every == OFTEN {
                    PROBE
                } else {
                    crate::lab::PATIENCE
                })
        };
        let answers = UnixProbe::new(api.socket())
            .send("PING\n")
            .expect("PONG")
            .identity_after("PONG ");
        let registry = HealthRegistry::builder()
            .dependency(dependency("redis").probe(RedisProbe::new(&redis.url()).unwrap()))
            .dependency(dependency("api").probe(answers))
            .build()
            .unwrap();
        let last = Last::default();
        let health = health_runtime::builder()
            .registry(registry.clone())
            .gate(GatePolicy {
                settle: SETTLE,
                settle_after_open: SETTLE_AFTER_OPEN,
                max_evidence_age: Some(EVIDENCE),
                preflight_timeout: PROBE,
                ..GatePolicy::default()
            })
            .audit(last.clone())
            .init()
            .await
            .unwrap();
        let service = Self {
            redis,
            api,
            registry,
            last,
            _health: health,
        };
        service.is_allowed_eventually().await;
        service
    }

    pub(crate) async fn is_allowed(&self) -> bool {
        self.registry.scope(purge()).await.is_ok()
    }

    pub(crate) async fn is_allowed_eventually(&self) {
        crate::lab::eventually("the gate allows", async || self.is_allowed().await).await;
    }

    pub(crate) async fn is_denied_eventually(&self) {
        crate::lab::eventually("the gate denies", async || !self.is_allowed().await).await;
    }

    /// The reasons of the last decision.
    pub(crate) fn reasons(&self) -> Vec<&'static str> {
        let last = self.last.0.lock().unwrap();
        let vetoes = last.iter().flat_map(|record| record.verdict.vetoes());
        vetoes.map(|veto| veto.code()).collect()
    }

    /// Denied for this reason; others may add to it when a probe is late.
    pub(crate) async fn is_denied_eventually_for(&self, reason: &str) {
        crate::lab::eventually(reason, async || {
            !self.is_allowed().await && self.reasons().contains(&reason)
        })
        .await;
    }

    pub(crate) async fn is_reported_eventually(&self, dependency: &str, state: &str) {
        let what = format!("{dependency} is {state}");
        crate::lab::eventually(&what, async || {
            self.registry.get_state(dependency).unwrap().to_string() == state
        })
        .await;
    }

    /// Asks again and again for a while: everything must be denied.
    pub(crate) async fn is_denied_throughout(&self, questions: usize) {
        for _ in 0..questions {
            assert!(!self.is_allowed().await, "allowed in spite of the outage");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
