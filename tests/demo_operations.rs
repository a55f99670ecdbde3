//! The destructive operations of the demo's service: that each of them has its gate, and that the
//! gate does its work.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    unreachable_pub,
    unused_imports,
    dead_code,
    reason = "the service is a part of the example"
)]

#[path = "../examples/sessions/service/mod.rs"]
mod service;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use health_runtime::testing::{self, ScriptedDependency};
use health_runtime::{Bypass, GateMode, HealthRegistry};
use service::{Error, SessionStore, Sessions, Sources};

const INVENTORY: &str = "examples/sessions/destructive-operations.txt";

const OPERATIONS: [&str; 4] = [
    "close_session",
    "delete_topic",
    "session_cleanup",
    "terminate_session",
];

#[test]
fn no_destructive_operation_loses_its_attribute() {
    health_runtime::inventory::assert_matches(INVENTORY);
}

/// What the sources say of each session: nothing but "gone".
struct Forgotten;

#[async_trait]
impl Sources for Forgotten {
    async fn has_heartbeat(&self, _id: &str) -> Result<bool, Error> {
        Ok(false)
    }

    async fn is_known(&self, _id: &str) -> Result<bool, Error> {
        Ok(false)
    }
}

struct Service {
    store: Arc<SessionStore>,
    sessions: Sessions,
}

impl Service {
    fn new() -> Self {
        let store = Arc::new(SessionStore::default());
        store.insert("s1");
        let sessions = Sessions::new(Arc::clone(&store), Arc::new(Forgotten));
        Self { store, sessions }
    }

    async fn call(&self, operation: &str) -> Result<(), Error> {
        let Self { sessions, .. } = self;
        match operation {
            "close_session" => sessions.close_session("s1", None).await,
            "delete_topic" => sessions.delete_topic("s1").await,
            "session_cleanup" => sessions.session_cleanup(Duration::ZERO).await.map(drop),
            "terminate_session" => sessions.terminate_session("s1").await,
            other => panic!("`{other}` is not an operation of the service"),
        }
    }

    /// Calls it, and expects that it neither runs nor loses anything.
    async fn is_denied(&self, operation: &str) {
        let error = self.call(operation).await.unwrap_err();
        assert!(matches!(error, Error::Unhealthy(_)), "{operation}: {error}");
        assert!(
            error.to_string().starts_with("System unhealthy; retry in "),
            "{error}"
        );
        assert!(
            self.store.whole().contains("s1"),
            "{operation} has destroyed something"
        );
    }

    /// Calls it, and expects that something is gone afterwards.
    async fn is_allowed(&self, operation: &str) {
        self.call(operation).await.unwrap();
        assert!(
            !self.store.whole().contains("s1"),
            "{operation} has done nothing"
        );
    }
}

/// The service with its own options and probes, on dependencies that do as they are told.
///
/// The probes of a program are static, so these tests run one after the other.
fn started(body: impl AsyncFnOnce(Service, ScriptedDependency, ScriptedDependency)) {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (redis, api) = (ScriptedDependency::new(), ScriptedDependency::new());
        redis.becomes("run-1");
        service::connect(redis.clone(), api.clone());
        let registry = HealthRegistry::new();
        let health = service::builder(GateMode::Enforce)
            .registry(registry.clone())
            .init();
        let health = health.await.unwrap();
        registry.scope(body(Service::new(), redis, api)).await;
        health.shutdown().await;
    });
}

#[test]
fn every_operation_runs_once_both_dependencies_are_proven_healthy() {
    for operation in OPERATIONS {
        started(async |service, _, _| service.is_allowed(operation).await);
    }
}

#[test]
fn every_operation_is_denied_at_the_first_timeout_of_either_dependency() {
    for operation in OPERATIONS {
        started(async |service, redis, _| {
            testing::advance(Duration::from_secs(1)).await;
            redis.hangs(1);
            service.is_denied(operation).await;
        });
        started(async |service, _, api| {
            testing::advance(Duration::from_secs(1)).await;
            api.hangs(1);
            service.is_denied(operation).await;
        });
    }
}

#[test]
fn every_operation_is_denied_until_a_redis_that_came_back_empty_has_settled() {
    for operation in OPERATIONS {
        started(async |service, redis, _| {
            testing::advance(Duration::from_secs(1)).await;
            // No failure in between: it was restarted between two probes.
            redis.becomes("run-2");
            service.is_denied(operation).await;
            testing::advance(Duration::from_millis(3_500)).await;
            service.is_denied(operation).await;
            testing::advance(Duration::from_secs(1)).await;
            service.is_allowed(operation).await;
        });
    }
}

#[test]
fn every_operation_is_denied_after_an_outage_until_redis_has_settled() {
    for operation in OPERATIONS {
        started(async |service, redis, _| {
            testing::advance(Duration::from_secs(1)).await;
            redis.fails(2, "connection refused");
            testing::advance(Duration::from_secs(1)).await;
            service.is_denied(operation).await;
            // The cooldown is over after two seconds, and four later it has settled.
            testing::advance(Duration::from_secs(3)).await;
            service.is_denied(operation).await;
            testing::advance(Duration::from_secs(4)).await;
            service.is_allowed(operation).await;
        });
    }
}

#[health_runtime::test]
async fn every_operation_is_denied_while_a_breaker_is_open() {
    for operation in OPERATIONS {
        for dependency in ["redis", "api"] {
            testing::trip(dependency);
            Service::new().is_denied(operation).await;
            testing::heal(dependency);
        }
        Service::new().is_allowed(operation).await;
    }
}

#[health_runtime::test]
async fn close_session_alone_can_be_confirmed_by_its_user() {
    testing::trip("redis");
    let service = Service::new();
    let alice = Bypass::new("alice", "confirmed in the dialog");
    service
        .sessions
        .close_session("s1", Some(alice))
        .await
        .unwrap();
    assert!(service.store.ids().is_empty());

    let bypasses = |line: &&str| line.contains("bypass");
    let listing = std::fs::read_to_string(INVENTORY).unwrap();
    let operations = listing.lines().filter(|line| !line.starts_with('#'));
    let bypassed: Vec<&str> = operations.filter(bypasses).collect();
    assert_eq!(bypassed.len(), 1, "{bypassed:?}");
    assert!(bypassed[0].contains("::close_session("));
}

#[health_runtime::test]
async fn a_read_that_fails_in_the_clean_up_is_never_taken_for_an_absence() {
    for dependency in ["redis", "api"] {
        struct Alive;

        #[async_trait]
        impl Sources for Alive {
            async fn has_heartbeat(&self, _id: &str) -> Result<bool, Error> {
                Ok(true)
            }

            async fn is_known(&self, _id: &str) -> Result<bool, Error> {
                Ok(true)
            }
        }

        let store = Arc::new(SessionStore::default());
        store.insert("s1");
        let sessions = Sessions::new(Arc::clone(&store), Arc::new(Alive));
        testing::inject(dependency).error().next(1);
        sessions.session_cleanup(Duration::ZERO).await.unwrap_err();
        assert!(store.whole().contains("s1"));
        testing::heal(dependency);
    }
}
