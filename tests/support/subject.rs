//! The two forms of a guarded call, so that one test holds for both.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::future::Future;
use std::time::Duration;

use health_runtime::{
    Backoff, BreakerPolicy, BreakerState, Dependency, DependencyHealth, DependencyUnhealthy,
    HealthRegistry, Jitter, Override, Policy, Reason,
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Failed(&'static str),
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

pub(crate) type Answer = Result<(), Error>;

/// A dependency behind its breaker, called in one of the two forms.
pub(crate) trait Subject: Clone + Send + Sync + 'static {
    /// How many failures in a row trip it.
    const THRESHOLD: u32;

    fn registry(&self) -> &HealthRegistry;

    fn name(&self) -> &'static str;

    fn call<F>(&self, body: F) -> impl Future<Output = Answer> + Send
    where
        F: Future<Output = Answer> + Send + 'static;

    fn health(&self) -> DependencyHealth {
        let health = self.registry().health(self.name());
        health.expect("it has been called before")
    }

    fn breaker(&self) -> BreakerState {
        self.health().breaker
    }

    async fn succeed(&self) -> Answer {
        self.call(async { Ok(()) }).await
    }

    async fn fail(&self) -> Answer {
        self.call(async { Err(Error::Failed("connection refused")) })
            .await
    }

    /// Lets calls fail until the breaker opens.
    async fn trip(&self) {
        for _ in 0..Self::THRESHOLD {
            let _failed = self.fail().await;
        }
        assert_eq!(self.breaker(), BreakerState::Open);
    }

    /// Lets the cooldown pass, in paused time.
    async fn cool_down(&self) {
        tokio::time::sleep(self.health().retry_after).await;
        assert_eq!(self.breaker(), BreakerState::HalfOpen);
    }

    /// Brings the breaker to the end of a cooldown without any time passing.
    fn skip_to_the_trial(&self) {
        let why = Override::new("test", "no waiting", Duration::ZERO);
        self.registry()
            .force_open(self.name(), why)
            .expect("nothing is declared, or this is");
        assert_eq!(self.breaker(), BreakerState::HalfOpen);
    }
}

/// Through [`HealthRegistry::call`], in a registry of its own.
#[derive(Clone)]
pub(crate) struct ByName(HealthRegistry);

impl ByName {
    pub(crate) fn new() -> Self {
        Self(registry_of([("redis", three_strikes())]))
    }
}

impl Subject for ByName {
    const THRESHOLD: u32 = 3;

    fn registry(&self) -> &HealthRegistry {
        &self.0
    }

    fn name(&self) -> &'static str {
        "redis"
    }

    fn call<F>(&self, body: F) -> impl Future<Output = Answer> + Send
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let registry = self.0.clone();
        async move { registry.call("redis", body).await }
    }
}

/// Three failures trip; cooldowns of 1 s, 2 s, 4 s, without jitter.
pub(crate) fn three_strikes() -> BreakerPolicy {
    BreakerPolicy {
        consecutive: Some(3),
        backoff: Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    }
}

pub(crate) fn registry_of<const N: usize>(
    dependencies: [(&str, BreakerPolicy); N],
) -> HealthRegistry {
    let mut builder = HealthRegistry::builder().seed(1);
    for (name, policy) in dependencies {
        // No limit on the time of a call: what hangs is for the breaker alone to deal with.
        let policy = Policy {
            timeout: None,
            ..policy.into()
        };
        builder = builder.dependency(Dependency::new(name).policy(policy));
    }
    builder.build().expect("the policies are sound")
}

/// The refusal in an answer that is one.
#[track_caller]
pub(crate) fn refusal(answer: Answer) -> DependencyUnhealthy {
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_refused(answer: Answer, reason: Reason) {
    assert_eq!(refusal(answer).reason(), reason);
}
