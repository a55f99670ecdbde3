//! A service with two critical dependencies, `redis` and `api`.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::clock::{Clock, TokioClock};
use health_runtime::probe::{Identity, Probe, ProbeError, ProbeFuture};
use health_runtime::{
    Criticality, Dependency, DependencyUnhealthy, GatePolicy, HealthGuard, HealthRegistry,
    OperationPolicy, Reason,
};

use super::operations::{Ran, purge};
use super::trail::Trail;

/// How a dependency answers its probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Answers,
    /// Under the identity of this number.
    AnswersAs(u32),
    /// Under another identity each time.
    AnswersAsAnybody,
    Fails,
    Hangs,
    Panics,
    /// Answers after this time.
    Dawdles(Duration),
    /// Answers under the identity of this number, and the answer takes this time to arrive.
    AnswersLateAs(u32, Duration),
}

/// A probe whose mood can be changed, and which counts how often it was asked.
#[derive(Clone)]
pub(crate) struct MoodyProbe {
    mood: Arc<std::sync::Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

impl MoodyProbe {
    pub(crate) fn new(mood: Mood) -> Self {
        Self {
            mood: Arc::new(std::sync::Mutex::new(mood)),
            asked: Arc::default(),
        }
    }

    pub(crate) fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Probe for MoodyProbe {
    fn check(&self) -> ProbeFuture<'_> {
        Box::pin(async {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed);
            let mood = *self.mood.lock().unwrap();
            match mood {
                Mood::Answers => Ok(None),
                Mood::AnswersAs(number) => Ok(Some(Identity::new(format!("run-{number}")))),
                Mood::AnswersAsAnybody => Ok(Some(Identity::new(format!("\u{fffd}{asked}")))),
                Mood::Fails => Err(ProbeError::new("connection refused")),
                Mood::Hangs => std::future::pending().await,
                // Without the hook, which would print thousands of traces.
                Mood::Panics => std::panic::resume_unwind(Box::new("the probe of a test panics")),
                Mood::Dawdles(time) => {
                    tokio::time::sleep(time).await;
                    Ok(None)
                }
                Mood::AnswersLateAs(number, time) => {
                    tokio::time::sleep(time).await;
                    Ok(Some(Identity::new(format!("run-{number}"))))
                }
            }
        })
    }
}

/// How a house is to be built.
pub(crate) struct Plan {
    pub(crate) policy: GatePolicy,
    pub(crate) clock: Arc<dyn Clock>,
    /// Of `redis` and `api`.
    pub(crate) adapt: fn(Dependency) -> Dependency,
    pub(crate) others: Vec<Dependency>,
    pub(crate) operations: Vec<(&'static str, OperationPolicy)>,
    pub(crate) trail: Trail,
    pub(crate) is_probed: bool,
    pub(crate) is_initialised: bool,
    pub(crate) mood: Mood,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            policy: GatePolicy {
                max_evidence_age: Some(Duration::from_secs(10)),
                ..GatePolicy::default()
            },
            clock: Arc::new(TokioClock),
            adapt: |dependency| dependency,
            others: vec![Dependency::new("search").criticality(Criticality::Low)],
            operations: Vec::new(),
            trail: Trail::new(),
            is_probed: true,
            is_initialised: true,
            mood: Mood::Answers,
        }
    }
}

struct Shared(Arc<dyn Clock>);

impl Clock for Shared {
    fn now(&self) -> std::time::Instant {
        self.0.now()
    }

    fn wall_now(&self) -> std::time::SystemTime {
        self.0.wall_now()
    }
}

impl Plan {
    /// Nothing is probed: what is known comes from reports alone.
    pub(crate) fn unprobed() -> Self {
        Self {
            is_probed: false,
            ..Self::default()
        }
    }

    pub(crate) async fn build(self) -> House {
        self.build_with_sinks(Vec::new()).await
    }

    pub(crate) async fn build_with_sinks(self, more: Vec<Trail>) -> House {
        let probe = MoodyProbe::new(self.mood);
        let critical = |name: &str| {
            // So rarely that only the gate asks; a dependency in trouble is looked at each second.
            let dependency = Dependency::new(name).probe_every(Duration::from_secs(3600));
            (self.adapt)(match self.is_probed {
                true => dependency.probe(probe.clone()),
                false => dependency,
            })
        };
        let mut registry = HealthRegistry::builder()
            .seed(1)
            .clock(Shared(self.clock))
            .dependency(critical("redis"))
            .dependency(critical("api"));
        for other in self.others {
            registry = registry.dependency(other);
        }
        let registry = registry.build().unwrap();
        let mut builder = health_runtime::builder()
            .registry(registry.clone())
            .gate(self.policy)
            .audit(self.trail.clone());
        for sink in more {
            builder = builder.audit(sink);
        }
        for (name, policy) in self.operations {
            builder = builder.operation(name, policy);
        }
        let guard = match self.is_initialised {
            true => Some(builder.init().await.unwrap()),
            false => None,
        };
        House {
            registry,
            probe,
            trail: self.trail,
            guard,
        }
    }
}

pub(crate) struct House {
    pub(crate) registry: HealthRegistry,
    /// That of both critical dependencies.
    pub(crate) probe: MoodyProbe,
    pub(crate) trail: Trail,
    pub(crate) guard: Option<HealthGuard>,
}

/// What came of one destructive call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) ran: bool,
    /// The reasons of the gate.
    pub(crate) codes: Vec<&'static str>,
    pub(crate) error: Option<DependencyUnhealthy>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is_allowed(&self) {
        assert!(self.ran, "expected the body to run, got {self:?}");
        assert!(self.codes.is_empty(), "allowed in spite of {self:?}");
    }

    #[track_caller]
    pub(crate) fn is_denied_for(&self, codes: &[&str]) {
        self.is_refused_as(Reason::GateDenied, codes);
    }

    #[track_caller]
    pub(crate) fn is_indeterminate_for(&self, codes: &[&str]) {
        self.is_refused_as(Reason::GateIndeterminate, codes);
    }

    #[track_caller]
    pub(crate) fn is_refused_as(&self, reason: Reason, codes: &[&str]) {
        assert!(!self.ran, "the body ran: {self:?}");
        assert_eq!(self.codes, codes, "{self:?}");
        let error = self.error.as_ref().expect("an error");
        assert_eq!(error.reason(), reason, "{self:?}");
    }
}

impl House {
    /// Built with the defaults, and proven healthy by its first probes.
    pub(crate) async fn healthy() -> Self {
        Self::healthy_with(Plan::default()).await
    }

    pub(crate) async fn healthy_with(plan: Plan) -> Self {
        let house = plan.build().await;
        house.prove().await;
        house.purge().await.is_allowed();
        house
    }

    /// Lets every critical dependency succeed now, by a probe or by traffic.
    pub(crate) async fn prove(&self) {
        for name in ["redis", "api"] {
            self.registry.record_success(name);
        }
        // Lets the loops run, which begin with a probe.
        super::pass(Duration::from_millis(1)).await;
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        self.registry.scope(future)
    }

    /// Asks for a destructive call that needs `redis` and `api`.
    pub(crate) async fn purge(&self) -> Answer {
        self.ask(purge).await
    }

    pub(crate) async fn ask<F>(&self, call: impl FnOnce(&'static Ran) -> F) -> Answer
    where
        F: Future<Output = Result<(), DependencyUnhealthy>>,
    {
        let ran: &'static Ran = Box::leak(Box::default());
        let output = self.run(call(ran)).await;
        let record = self.trail.records().pop();
        let codes = record.iter().flat_map(|record| record.verdict.vetoes());
        Answer {
            ran: ran.times() > 0,
            codes: codes.map(|veto| veto.code()).collect(),
            error: output.err(),
        }
    }

    pub(crate) fn fail(&self, dependency: &str) {
        self.registry
            .record_failure(dependency, "connection refused");
    }

    pub(crate) async fn trip(&self, dependency: &str) {
        self.run(async { health_runtime::testing::trip(dependency) })
            .await;
    }
}
