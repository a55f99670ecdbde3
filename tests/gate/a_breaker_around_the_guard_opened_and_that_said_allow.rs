//! Seen in the field: the check itself ran behind a breaker, the breaker opened, and the fallback of
//! the check was "allow". Here every helper of the gate breaks at once.

use health_runtime::{Decision, DependencyState, Override};

use crate::support::operations::load;
use crate::support::{House, Manner, Mood, SECOND, Trouble, pass};

#[tokio::test(start_paused = true)]
async fn with_every_breaker_open_the_trail_broken_and_the_probe_dead_nothing_runs() {
    let house = House::healthy().await;
    for dependency in ["redis", "api", "search"] {
        house.trip(dependency).await;
    }
    house.trail.behaves(Manner::Fails);
    house.probe.is_now(Mood::Panics);
    // Through open, half-open and open again.
    for _ in 0..120 {
        let answer = house.purge().await;
        assert!(!answer.ran, "{answer:?}");
        pass(SECOND / 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_forced_open_denies_and_one_forced_closed_does_not_allow() {
    let house = House::healthy().await;
    for state in [DependencyState::Unhealthy, DependencyState::Healthy] {
        let why = Override::new("alice", "INC-42", 60 * SECOND);
        house.registry.set_state("redis", state, why).unwrap();
        let answer = house.purge().await;
        assert!(!answer.ran, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destructive_function_inside_a_guarded_call_is_denied_and_not_let_through() {
    let house = House::healthy().await;
    house.fail("redis");
    let answer = house
        .ask(|ran| async move {
            let inside = load(async {
                crate::support::operations::purge(ran).await?;
                Ok(1)
            });
            match inside.await {
                Err(Trouble::Refused(refusal)) => Err(refusal),
                other => panic!("{other:?}"),
            }
        })
        .await;
    answer.is_denied_for(&["degraded"]);
    // The gate's own no is no failure of the dependency.
    assert_eq!(house.trail.decisions().last(), Some(&Decision::Denied));
    assert_eq!(
        house.registry.health("redis").unwrap().consecutive_failures,
        1
    );
}
