//! "One host went down, and the breaker cut us off from all of them."
//!
//! Met where one breaker guards several things (Listenarrs/Listenarr#867: one Polly breaker for
//! four clients; dodopizza/httpclient-resilience-policies#44; App-vNext/Polly#994), and feared for
//! shared state (App-vNext/Polly#287: what is wrong with one node must not be promoted to all).
//! Here is the part that is local to a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use health_runtime::{
    BreakerState, Criticality, Dependency, DependencyState, HealthRegistry, Reason, guarded,
    testing,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::subject::{Answer, Error, assert_refused, registry_of, three_strikes};

const SHARDS: [&str; 4] = ["shard-0", "shard-1", "shard-2", "shard-3"];

#[tokio::test(start_paused = true)]
async fn one_dead_shard_of_four_cuts_off_nothing_but_itself() {
    let registry = registry_of(SHARDS.map(|shard| (shard, three_strikes())));
    for round in 0..100 {
        for shard in SHARDS {
            let is_dead = shard == "shard-2";
            let answer: Answer = registry
                .call(shard, async {
                    if is_dead {
                        Err(Error::Failed("down"))
                    } else {
                        Ok(())
                    }
                })
                .await;
            assert_eq!(answer.is_err(), is_dead, "{shard}, round {round}");
        }
    }
    for shard in SHARDS {
        let health = registry.health(shard).unwrap();
        if shard == "shard-2" {
            assert_eq!(health.breaker, BreakerState::Open);
        } else {
            assert_eq!(health.state, DependencyState::Healthy);
            assert_eq!((health.epoch, health.refusals), (0, 0));
            assert!(health.last_error.is_none());
        }
    }
}

#[guarded(deps = ["local-good", "local-bad"])]
async fn needs_both(answer: Answer) -> Answer {
    answer
}

#[guarded(deps = ["local-good"])]
async fn needs_the_good_one() -> Answer {
    Ok(())
}

#[guarded(deps = ["local-bad"])]
async fn needs_the_bad_one(answer: Answer) -> Answer {
    answer
}

#[health_runtime::test]
async fn a_function_that_needs_both_is_refused_and_the_good_one_is_not_held_guilty() {
    testing::trip("local-bad");
    for _ in 0..50 {
        assert_refused(needs_both(Ok(())).await, Reason::CircuitOpen);
    }
    let good = HealthRegistry::current().health("local-good").unwrap();
    assert_eq!(good.state, DependencyState::Healthy);
    assert_eq!((good.epoch, good.refusals), (0, 0));
    needs_the_good_one()
        .await
        .expect("nothing is wrong with it");
}

#[health_runtime::test]
async fn failures_of_which_nobody_knows_whose_they_are_open_nothing() {
    for _ in 0..50 {
        let failed = needs_both(Err(Error::Failed("one of them"))).await;
        assert!(matches!(failed, Err(Error::Failed(_))), "it ran");
    }
    for name in ["local-good", "local-bad"] {
        let health = HealthRegistry::current().health(name).unwrap();
        assert_eq!(health.breaker, BreakerState::Closed);
        assert_eq!(health.state, DependencyState::Degraded);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_dependency_that_is_not_critical_can_degrade_the_system_and_no_more() {
    let registry = HealthRegistry::builder()
        .dependency(Dependency::new("database"))
        .dependency(Dependency::new("search").criticality(Criticality::Low))
        .build()
        .unwrap();
    registry.record_success("database");
    for _ in 0..5 {
        registry.record_failure("search", "down");
    }
    assert_eq!(registry.system().state, DependencyState::Degraded);
    for _ in 0..5 {
        registry.record_failure("database", "down");
    }
    assert_eq!(registry.system().state, DependencyState::Unhealthy);
}

/// The second herd: everybody who was refused is waiting for the same moment.
#[health_runtime::test]
async fn after_the_cooldown_one_call_of_all_call_sites_together_is_let_in() {
    use health_runtime::InCurrentRegistry;

    testing::trip("local-bad");
    let ran = Arc::new(AtomicUsize::new(0));
    let asked = Arc::new(Barrier::new(300));
    let mut crowd = JoinSet::new();
    for nth in 0..300 {
        let (ran, asked) = (Arc::clone(&ran), Arc::clone(&asked));
        let caller = async move {
            let told = match needs_the_bad_one(Ok(())).await {
                Err(Error::Refused(refusal)) => refusal.retry_after(),
                other => panic!("{other:?}"),
            };
            // All of them do as they are told.
            tokio::time::sleep(told).await;
            let inside = Arc::clone(&asked);
            let registry = HealthRegistry::current();
            let body = async move {
                ran.fetch_add(1, Ordering::Relaxed);
                inside.wait().await;
                Ok(())
            };
            let answer: Answer = match nth % 2 {
                0 => waits_by_attribute(body).await,
                _ => registry.call("local-bad", body).await,
            };
            if answer.is_err() {
                asked.wait().await;
            }
        };
        crowd.spawn(caller.in_current_registry());
    }
    crowd.join_all().await;
    assert_eq!(ran.load(Ordering::Relaxed), 1);
}

#[guarded(deps = ["local-bad"])]
async fn waits_by_attribute(body: impl Future<Output = Answer> + Send) -> Answer {
    body.await
}
