//! "When the cooldown ends everybody comes at once", and "one lucky call closes it, then it opens
//! again, and again".
//!
//! Met where breakers have no jitter (zoharbabin/web-researcher-mcp#471), where one success opens
//! the gates (Tr3kkR/Yuzu#3018, worse under flapping than in an outage), and where the threshold of
//! successes was asked for (fabfuel/circuitbreaker#71).

use std::time::Duration;

use health_runtime::{BreakerPolicy, BreakerState, Dependency, HealthRegistry};

use crate::subject::{Answer, Error, SECOND, registry_of, three_strikes};

async fn ask(registry: &HealthRegistry, answer: Answer) -> Answer {
    registry.call("redis", async { answer }).await
}

async fn trip(registry: &HealthRegistry) -> Duration {
    for _ in 0..5 {
        registry.record_failure("redis", "down");
    }
    registry.health("redis").unwrap().retry_after
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_lost_the_same_dependency_does_not_come_back_in_step() {
    const FLEET: u64 = 200;
    let mut returns = Vec::new();
    for seed in 0..FLEET {
        let registry = HealthRegistry::builder()
            .seed(seed)
            .dependency(Dependency::new("redis"))
            .build()
            .unwrap();
        returns.push(trip(&registry).await);
    }
    // Cut into slices of 25 ms: no slice of the cooldown has a third of the fleet.
    for slice in 0..=20 {
        let from = Duration::from_millis(500 + slice * 25);
        let to = from + Duration::from_millis(25);
        let together = returns.iter().filter(|at| (from..to).contains(at)).count();
        assert!(together < FLEET as usize / 3, "{together} at {from:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_lucky_success_does_not_make_the_next_outage_a_first_one() {
    let registry = registry_of([("redis", three_strikes())]);
    let mut cooldowns = vec![trip(&registry).await];
    for _ in 0..4 {
        // Flapping: each trial fails once, then one succeeds, and the calls after it fail.
        tokio::time::sleep(*cooldowns.last().unwrap()).await;
        let _failed = ask(&registry, Err(Error::Failed("still down"))).await;
        tokio::time::sleep(registry.health("redis").unwrap().retry_after).await;
        ask(&registry, Ok(())).await.expect("the lucky one");
        cooldowns.push(trip(&registry).await);
    }
    assert_eq!(
        cooldowns,
        [1, 2, 4, 8, 16].map(|seconds| seconds * SECOND),
        "each time it is trusted less"
    );
}

#[tokio::test(start_paused = true)]
async fn trust_comes_back_with_healthy_time() {
    let registry = registry_of([("redis", three_strikes())]);
    trip(&registry).await;
    for _ in 0..4 {
        tokio::time::sleep(registry.health("redis").unwrap().retry_after).await;
        let _failed = ask(&registry, Err(Error::Failed("still down"))).await;
    }
    assert_eq!(registry.health("redis").unwrap().retry_after, 16 * SECOND);
    tokio::time::sleep(16 * SECOND).await;
    ask(&registry, Ok(())).await.unwrap();
    tokio::time::sleep(10 * 60 * SECOND).await;
    assert_eq!(trip(&registry).await, SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_threshold_of_successes_is_not_met_by_a_lucky_one() {
    let policy = BreakerPolicy {
        success_threshold: 3,
        ..three_strikes()
    };
    let registry = registry_of([("redis", policy)]);
    trip(&registry).await;
    tokio::time::sleep(SECOND).await;
    ask(&registry, Ok(())).await.unwrap();
    ask(&registry, Ok(())).await.unwrap();
    let _failed = ask(&registry, Err(Error::Failed("not yet"))).await;
    assert_eq!(
        registry.health("redis").unwrap().breaker,
        BreakerState::Open
    );
    tokio::time::sleep(2 * SECOND).await;
    ask(&registry, Ok(())).await.unwrap();
    assert_eq!(
        registry.health("redis").unwrap().breaker,
        BreakerState::HalfOpen,
        "the successes before the failure are not counted again"
    );
}
