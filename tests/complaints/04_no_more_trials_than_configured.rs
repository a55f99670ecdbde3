//! "Half-open should let one request through, and lets all of them."
//!
//! Met by users of opossum (nodeshift/opossum#119), resilience4j
//! (resilience4j/resilience4j#1432), SmallRye (smallrye/smallrye-fault-tolerance#323) and
//! tower-resilience (joshrotenberg/tower-resilience#407, which mended #382). A thousand callers
//! for one trial are in `hard_cases/at_half_open.rs`; here are the limits above one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::{BreakerPolicy, BreakerState, HealthRegistry, Override};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::subject::{Answer, SECOND, registry_of, three_strikes};

const CROWD: usize = 200;

async fn let_a_crowd_ask(registry: &HealthRegistry) -> usize {
    let ran = Arc::new(AtomicUsize::new(0));
    let asked = Arc::new(Barrier::new(CROWD));
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let (registry, ran, asked) = (registry.clone(), Arc::clone(&ran), Arc::clone(&asked));
        crowd.spawn(async move {
            let inside = Arc::clone(&asked);
            let answer: Answer = registry
                .call("redis", async move {
                    ran.fetch_add(1, Ordering::Relaxed);
                    inside.wait().await;
                    Ok(())
                })
                .await;
            if answer.is_err() {
                asked.wait().await;
            }
        });
    }
    crowd.join_all().await;
    ran.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as_many_trials_run_at_once_as_configured_and_no_more() {
    for max_trials in [1, 2, 7, 100] {
        let policy = BreakerPolicy {
            max_trials,
            success_threshold: max_trials,
            ..three_strikes()
        };
        let registry = registry_of([("redis", policy)]);
        let why = Override::new("test", "to the trial", Duration::ZERO);
        registry.force_open("redis", why).unwrap();
        assert_eq!(let_a_crowd_ask(&registry).await, max_trials as usize);
        assert_eq!(
            registry.health("redis").unwrap().breaker,
            BreakerState::Closed
        );
    }
}

#[tokio::test(start_paused = true)]
async fn trials_one_after_another_are_as_many_as_it_takes_to_close() {
    let policy = BreakerPolicy {
        success_threshold: 5,
        ..three_strikes()
    };
    let registry = registry_of([("redis", policy)]);
    for _ in 0..3 {
        registry.record_failure("redis", "down");
    }
    tokio::time::sleep(SECOND).await;
    for nth in 1..=5 {
        assert_eq!(
            registry.health("redis").unwrap().breaker,
            BreakerState::HalfOpen
        );
        let answer: Answer = registry.call("redis", async { Ok(()) }).await;
        assert!(answer.is_ok(), "trial {nth}");
    }
    assert_eq!(
        registry.health("redis").unwrap().breaker,
        BreakerState::Closed
    );
}
