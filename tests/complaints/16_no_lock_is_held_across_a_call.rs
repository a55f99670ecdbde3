//! "With the breaker around it only one request runs at a time."
//!
//! Met by users of pybreaker (danielfm/pybreaker#3, #40, #55 mended by #57), and the reason why some
//! chose a breaker with no locks at all (fabfuel/circuitbreaker#61). Here calls run side by side,
//! and whatever user code the breaker meets (bodies, errors that show or classify themselves,
//! subscribers of its events) may use the breaker.

use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

use health_runtime::{
    BreakerState, Classify, DependencyUnhealthy, HealthRegistry, Outcome, Override,
};
use tokio::sync::Barrier;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::subject::{Answer, ByName, Error, SECOND, Subject, registry_of, three_strikes};

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_of_one_dependency_run_side_by_side() {
    let subject = ByName::new();
    let all_in = std::sync::Arc::new(Barrier::new(100));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (subject, all_in) = (subject.clone(), std::sync::Arc::clone(&all_in));
        calls.spawn(async move {
            // Nobody leaves before all of them are in.
            subject
                .call(async move {
                    all_in.wait().await;
                    Ok(())
                })
                .await
        });
    }
    for answer in calls.join_all().await {
        answer.unwrap();
    }
}

/// Runs on a thread of its own, which is left behind if it deadlocks.
fn within_a_minute(what: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        what();
        done.send(()).expect("somebody waits");
    });
    ended
        .recv_timeout(Duration::from_secs(60))
        .expect("it waits for itself, or has panicked");
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

/// Uses everything that takes a lock.
fn use_everything(registry: &HealthRegistry) {
    let why = || Override::new("test", "from inside", SECOND);
    let _health = registry.health("redis").unwrap();
    let _system = registry.system();
    let _why = registry.explain("redis").unwrap();
    registry.record_failure("redis", "from inside");
    registry.record_success("redis");
    registry.force_closed("redis", why()).unwrap();
    registry.reset("redis", why()).unwrap();
}

#[test]
fn a_body_may_use_its_own_breaker() {
    within_a_minute(|| {
        run(async {
            let registry = registry_of([("redis", three_strikes())]);
            for on_trial in [false, true] {
                if on_trial {
                    let why = Override::new("test", "to the trial", Duration::ZERO);
                    registry.force_open("redis", why).unwrap();
                }
                let answer: Answer = registry
                    .call("redis", async {
                        use_everything(&registry);
                        Ok(())
                    })
                    .await;
                answer.unwrap();
            }
        });
    });
}

struct Curious(HealthRegistry);

impl fmt::Display for Curious {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use_everything(&self.0);
        f.write_str("shown")
    }
}

impl From<DependencyUnhealthy> for Curious {
    fn from(_: DependencyUnhealthy) -> Self {
        Self(HealthRegistry::new())
    }
}

impl Classify for Curious {
    fn classify(&self) -> Outcome {
        use_everything(&self.0);
        Outcome::FAILURE
    }

    fn dependency(&self) -> Option<&str> {
        use_everything(&self.0);
        None
    }
}

#[test]
fn an_error_may_use_the_breaker_while_it_is_shown_or_classified() {
    within_a_minute(|| {
        run(async {
            let registry = registry_of([("redis", three_strikes())]);
            let failed: Result<(), Curious> = registry
                .call("redis", async { Err(Curious(registry.clone())) })
                .await;
            assert!(failed.is_err());
            let failed: Result<(), Curious> = registry
                .call_classified("redis", async { Err(Curious(registry.clone())) })
                .await;
            assert!(failed.is_err());
        });
    });
}

/// Does something to the dependency whenever it is told of a transition.
struct Meddler(HealthRegistry);

struct Names(bool);

impl Visit for Names {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 |= field.name() == "dependency" && format!("{value:?}") == "redis";
    }
}

impl<S: tracing::Subscriber> Layer<S> for Meddler {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut names = Names(false);
        event.record(&mut names);
        if names.0 {
            use_everything(&self.0);
        }
    }
}

#[test]
fn a_subscriber_of_the_events_may_use_the_breaker() {
    within_a_minute(|| {
        let registry = registry_of([("redis", three_strikes())]);
        let subscriber = tracing_subscriber::registry().with(Meddler(registry.clone()));
        tracing::subscriber::with_default(subscriber, || {
            run(async {
                for _ in 0..3 {
                    let _failed: Answer = registry
                        .call("redis", async { Err(Error::Failed("down")) })
                        .await;
                }
                let why = Override::new("test", "a refusal as well", SECOND);
                registry.force_open("redis", why).unwrap();
                let _refused: Answer = registry.call("redis", async { Ok(()) }).await;
            });
        });
    });
}

#[test]
fn a_body_that_blocks_its_thread_blocks_nobody_else() {
    within_a_minute(|| {
        let registry = registry_of([("redis", three_strikes())]);
        let (let_go, blocked) = mpsc::channel::<()>();
        let (started, is_started) = mpsc::channel();
        let blocking = std::thread::spawn({
            let registry = registry.clone();
            move || {
                run(async {
                    let _answer: Answer = registry
                        .call("redis", async {
                            started.send(()).unwrap();
                            blocked.recv().unwrap();
                            Ok(())
                        })
                        .await;
                });
            }
        });
        is_started.recv().unwrap();
        run(async {
            let answer: Answer = registry.call("redis", async { Ok(()) }).await;
            answer.unwrap();
            use_everything(&registry);
            assert_eq!(
                registry.health("redis").unwrap().breaker,
                BreakerState::Closed
            );
        });
        let_go.send(()).unwrap();
        blocking.join().unwrap();
    });
}
