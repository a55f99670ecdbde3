//! A success that races the failure that trips: in 2 of 13 breakers it erases it, in up to 240 of
//! 300 rounds.

use std::sync::Barrier;

use health_runtime::{BreakerPolicy, BreakerState, HealthRegistry, Override};

use crate::forms::in_both_forms;
use crate::subject::{Answer, SECOND, Subject, registry_of};

const ROUNDS: usize = 300;

#[derive(Clone)]
struct ByThreshold<const N: u32>(HealthRegistry);

impl<const N: u32> ByThreshold<N> {
    fn new() -> Self {
        let policy = BreakerPolicy {
            consecutive: Some(N),
            ..BreakerPolicy::default()
        };
        Self(registry_of([("redis", policy)]))
    }
}

impl<const N: u32> Subject for ByThreshold<N> {
    const THRESHOLD: u32 = N;

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
        self.0.call("redis", body)
    }
}

/// Lets one success and one failure of calls that were both let in race each other.
fn race(subject: &impl Subject) {
    let both_in = Barrier::new(2);
    std::thread::scope(|threads| {
        for fails in [true, false] {
            let (subject, both_in) = (subject.clone(), &both_in);
            threads.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let mut body = Box::pin(subject.call(async move {
                    tokio::task::yield_now().await;
                    if fails {
                        Err(crate::subject::Error::Failed("down"))
                    } else {
                        Ok(())
                    }
                }));
                runtime.block_on(async {
                    let first =
                        std::future::poll_fn(|cx| std::task::Poll::Ready(body.as_mut().poll(cx)));
                    assert!(first.await.is_pending(), "let in, and not over");
                    both_in.wait();
                    let _answer = body.await;
                });
            });
        }
    });
}

in_both_forms!(a_racing_success_cannot_erase_the_failure_that_trips on threads);
async fn a_racing_success_cannot_erase_the_failure_that_trips<S: Subject>(subject: S) {
    for round in 0..ROUNDS {
        for _ in 1..S::THRESHOLD {
            assert!(subject.fail().await.is_err());
        }
        race(&subject);
        let health = subject.health();
        // Either the failure was first, and has tripped, or it is the first since the success.
        let is_counted = match health.breaker {
            BreakerState::Open => true,
            _ => health.consecutive_failures == 1,
        };
        assert!(is_counted, "round {round}: {health:?}");
        let why = Override::new("test", "next round", SECOND);
        subject.registry().reset(subject.name(), why).unwrap();
    }
}

/// With a threshold of one there is no order in which the breaker may stay closed.
#[test]
fn a_failure_that_trips_alone_trips_in_every_race() {
    let subject = ByThreshold::<1>::new();
    for round in 0..ROUNDS {
        race(&subject);
        assert_eq!(subject.breaker(), BreakerState::Open, "round {round}");
        let why = Override::new("test", "next round", SECOND);
        subject.registry().reset(subject.name(), why).unwrap();
    }
}

/// Many failures at once, and no success: not one of them may be lost.
#[test]
fn failures_on_several_threads_are_all_counted() {
    let subject = ByThreshold::<4_000>::new();
    let start = Barrier::new(4);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            let (subject, start) = (subject.clone(), &start);
            threads.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                start.wait();
                runtime.block_on(async {
                    for _ in 0..1_000 {
                        let _failed = subject.fail().await;
                    }
                });
            });
        }
    });
    assert_eq!(subject.breaker(), BreakerState::Open);
}
