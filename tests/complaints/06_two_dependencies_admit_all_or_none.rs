//! "The trial that A let in was refused by B, and A waits for it still."
//!
//! Whoever puts one breaker into another has to give back what the first has reserved when the
//! second refuses; that "it is not ok to ask for permission and never record a result" is the rule
//! that OpenLiberty's reviewers had to spell out (OpenLiberty/open-liberty#7079). Here a function
//! names both dependencies, and gets a place in each or in none.

use std::time::Duration;

use health_runtime::{
    BreakerState, DependencyHealth, HealthRegistry, Override, Reason, guarded, testing,
};

use crate::subject::{Answer, Error, SECOND, assert_refused};

#[guarded(deps = ["all-a", "all-b"])]
async fn needs_both(answer: Answer) -> Answer {
    answer
}

#[guarded(deps = ["all-b", "all-a"])]
async fn needs_both_the_other_way_round(answer: Answer) -> Answer {
    answer
}

#[guarded(deps = ["all-a"])]
async fn needs_a(answer: Answer) -> Answer {
    answer
}

fn health(name: &str) -> DependencyHealth {
    HealthRegistry::current().health(name).unwrap()
}

fn hold_open(name: &str) {
    let why = Override::new("test", "down", 3600 * SECOND);
    HealthRegistry::current().force_open(name, why).unwrap();
}

#[health_runtime::test]
async fn a_dependency_is_not_put_on_trial_for_a_call_that_another_one_refuses() {
    testing::trip("all-a");
    testing::advance(SECOND).await;
    hold_open("all-b");
    let epoch = health("all-a").epoch;
    for _ in 0..10 {
        assert_refused(needs_both(Ok(())).await, Reason::ForcedOpen);
        assert_refused(
            needs_both_the_other_way_round(Ok(())).await,
            Reason::ForcedOpen,
        );
    }
    assert_eq!(health("all-a").epoch, epoch, "nothing has happened to A");
    needs_a(Ok(())).await.expect("the place is free");
    assert_eq!(health("all-a").breaker, BreakerState::Closed);
}

#[health_runtime::test]
async fn two_dependencies_on_trial_recover_with_one_call() {
    testing::trip("all-a");
    testing::trip("all-b");
    testing::advance(SECOND).await;
    needs_both(Ok(())).await.unwrap();
    for name in ["all-a", "all-b"] {
        assert_eq!(health(name).breaker, BreakerState::Closed);
    }
}

#[health_runtime::test]
async fn a_dropped_call_gives_back_the_places_in_both() {
    testing::trip("all-a");
    testing::trip("all-b");
    testing::advance(SECOND).await;
    testing::inject("all-a").hang().next(1);
    let dropped = tokio::time::timeout(SECOND / 10, needs_both(Ok(()))).await;
    assert!(dropped.is_err());
    needs_both_the_other_way_round(Ok(())).await.unwrap();
}

#[health_runtime::test]
async fn callers_that_name_two_dependencies_in_different_orders_do_not_block_each_other() {
    for _ in 0..200 {
        testing::trip("all-a");
        testing::trip("all-b");
        testing::advance(61 * SECOND).await;
        let (one, other) = tokio::join!(needs_both(Ok(())), needs_both_the_other_way_round(Ok(())));
        assert!(one.is_ok() || other.is_ok(), "one of them is the trial");
    }
}

/// Threads that lock two breakers in different orders: with the wrong order this never ends.
#[test]
fn two_orders_on_several_threads_do_not_lock_each_other_out() {
    use health_runtime::InCurrentRegistry;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    let (done, ended) = std::sync::mpsc::channel();
    runtime.spawn(HealthRegistry::new().scope(async move {
        let mut callers = tokio::task::JoinSet::new();
        for nth in 0..4 {
            let caller = async move {
                for round in 0..500 {
                    if round % 8 == 0 {
                        let why = || Override::new("test", "on trial", Duration::ZERO);
                        let registry = HealthRegistry::current();
                        registry.force_open("all-a", why()).unwrap();
                        registry.force_open("all-b", why()).unwrap();
                    }
                    let answer = || Err(Error::Failed("down"));
                    let _answer = match nth % 2 {
                        0 => needs_both(answer()).await,
                        _ => needs_both_the_other_way_round(answer()).await,
                    };
                }
            };
            callers.spawn(caller.in_current_registry());
        }
        callers.join_all().await;
        done.send(()).unwrap();
    }));
    let ended = ended.recv_timeout(60 * SECOND);
    runtime.shutdown_background();
    ended.expect("they wait for each other");
}
