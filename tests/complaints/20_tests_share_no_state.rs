//! "One test trips the breaker, and another one, far away, fails now and then."
//!
//! Met wherever breakers are global (PostHog/posthog-dotnet#247, mangowhoiscloud/geode#1432,
//! banso-labs/banso#1178). Here a registry is a value, and a scope replaces the global one for a
//! task and what it carries it into.

use health_runtime::{
    BreakerState, DependencyState, HealthRegistry, InCurrentRegistry, guarded, testing,
};

use crate::subject::{Answer, Error, SECOND};

#[guarded(deps = ["shared-by-all"])]
async fn call(answer: Answer) -> Answer {
    answer
}

async fn trip() {
    for _ in 0..5 {
        let _failed = call(Err(Error::Failed("down"))).await;
    }
}

fn breaker_in(registry: &HealthRegistry) -> BreakerState {
    registry.health("shared-by-all").unwrap().breaker
}

/// The same test many times over, all at once, as a test program would run them.
#[test]
fn tests_of_the_same_function_on_many_threads_do_not_meet() {
    std::thread::scope(|threads| {
        for nth in 0..8 {
            threads.spawn(move || {
                for _ in 0..20 {
                    testing::run(async {
                        assert!(call(Ok(())).await.is_ok(), "somebody else has tripped it");
                        if nth % 2 == 0 {
                            trip().await;
                            assert!(call(Ok(())).await.is_err());
                            testing::advance(SECOND).await;
                        }
                        assert!(call(Ok(())).await.is_ok());
                    });
                }
            });
        }
    });
}

#[tokio::test(start_paused = true)]
async fn two_registries_of_the_same_names_know_nothing_of_each_other() {
    let (one, other) = (HealthRegistry::new(), HealthRegistry::new());
    one.scope(trip()).await;
    other.scope(call(Ok(()))).await.unwrap();
    assert_eq!(breaker_in(&one), BreakerState::Open);
    assert_eq!(
        other.get_state("shared-by-all").unwrap(),
        DependencyState::Healthy
    );
}

#[tokio::test(start_paused = true)]
async fn a_scope_leaves_the_global_registry_alone() {
    HealthRegistry::new().scope(trip()).await;
    assert!(
        HealthRegistry::global().health("shared-by-all").is_err(),
        "it has never heard of it"
    );
}

#[tokio::test(start_paused = true)]
async fn scopes_nest_and_end() {
    let (outer, inner) = (HealthRegistry::new(), HealthRegistry::new());
    outer
        .scope(async {
            inner.scope(trip()).await;
            call(Ok(())).await.expect("the outer one again");
        })
        .await;
    assert_eq!(breaker_in(&inner), BreakerState::Open);
    assert_eq!(breaker_in(&outer), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_call_belongs_to_the_registry_it_began_in() {
    let (began_in, other) = (HealthRegistry::new(), HealthRegistry::new());
    let mut slow = Box::pin(began_in.scope(async {
        slow_failure().await.unwrap_err();
    }));
    let (ended, ()) = tokio::join!(
        &mut slow,
        other.scope(async { call(Ok(())).await.unwrap() })
    );
    let () = ended;
    assert_eq!(
        began_in
            .health("shared-by-all")
            .unwrap()
            .consecutive_failures,
        1
    );
    assert_eq!(
        other.health("shared-by-all").unwrap().consecutive_failures,
        0
    );
}

#[guarded(deps = ["shared-by-all"])]
async fn slow_failure() -> Answer {
    tokio::time::sleep(SECOND).await;
    Err(Error::Failed("down"))
}

#[tokio::test(start_paused = true)]
async fn a_registry_follows_into_a_task_when_it_is_carried() {
    let registry = HealthRegistry::new();
    registry
        .scope(async {
            tokio::spawn(trip().in_current_registry()).await.unwrap();
        })
        .await;
    assert_eq!(breaker_in(&registry), BreakerState::Open);
}

#[health_runtime::test]
async fn faults_are_injected_into_one_registry_only() {
    testing::inject("shared-by-all").error().always();
    assert!(call(Ok(())).await.is_err());
    let other = HealthRegistry::new();
    other.scope(call(Ok(()))).await.unwrap();
}

#[health_runtime::test]
async fn a_test_begins_with_everything_healthy() {
    let registry = HealthRegistry::current();
    let health = registry.health("shared-by-all").unwrap();
    assert_eq!(health.state, DependencyState::Healthy);
    assert!(health.last_success.is_some());
}
