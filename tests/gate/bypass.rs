//! Somebody who may can go ahead whatever the health, and it is seen.

use health_runtime::{Bypass, BypassRule, Decision, OperationPolicy};

use crate::support::operations::{close, close_as, close_perhaps_as, purge, with_bypassed_permit};
use crate::support::{House, Logs, Mood, Plan, SECOND, Trouble, pass};

fn alice() -> Bypass {
    Bypass::new("alice", "the customer asked for it on the phone")
}

async fn unhealthy() -> House {
    let house = House::healthy().await;
    house.trip("redis").await;
    house
}

#[tokio::test(start_paused = true)]
async fn a_bool_an_option_and_the_bypass_itself_are_taken() {
    let house = unhealthy().await;
    assert!(house.ask(|ran| close(ran, true)).await.ran);
    assert!(house.ask(|ran| close_as(ran, alice())).await.ran);
    let some = house.ask(|ran| close_perhaps_as(ran, Some(alice()))).await;
    assert!(some.ran);
}

#[tokio::test(start_paused = true)]
async fn false_and_none_bypass_nothing() {
    let house = unhealthy().await;
    house
        .ask(|ran| close(ran, false))
        .await
        .is_denied_for(&["unhealthy"]);
    house
        .ask(|ran| close_perhaps_as(ran, None))
        .await
        .is_denied_for(&["unhealthy"]);
}

#[tokio::test(start_paused = true)]
async fn every_condition_of_health_is_skipped() {
    // No evidence, and nobody waits for a probe that hangs.
    let house = Plan {
        mood: Mood::Hangs,
        ..Plan::default()
    }
    .build()
    .await;
    let began = tokio::time::Instant::now();
    assert!(house.ask(|ran| close_as(ran, alice())).await.ran);
    assert_eq!(began.elapsed(), std::time::Duration::ZERO);
    // Settling.
    let house = House::healthy_with(Plan::unprobed()).await;
    house.fail("redis");
    house.registry.record_success("redis");
    assert!(house.ask(|ran| close_as(ran, alice())).await.ran);
    // The observer is the suspect.
    for name in ["redis", "api", "search"] {
        house.fail(name);
    }
    let answer = house.ask(|ran| close_as(ran, alice())).await;
    assert!(answer.ran && answer.codes.contains(&"observer_suspect"));
    // An override.
    let house = House::healthy().await;
    let why = health_runtime::Override::new("bob", "INC-42", 60 * SECOND);
    house.registry.force_closed("redis", why).unwrap();
    assert!(house.ask(|ran| close_as(ran, alice())).await.ran);
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_skipped() {
    let house = Plan {
        is_initialised: false,
        ..Plan::default()
    }
    .build()
    .await;
    let ran = crate::support::Ran::default();
    assert!(house.run(close_as(&ran, alice())).await.is_err());
    assert_eq!(ran.times(), 0);
    // The budget and the audit trail have tests of their own in their modules.
}

#[tokio::test(start_paused = true)]
async fn the_configuration_may_forbid_it() {
    let forbidden = OperationPolicy {
        bypass: BypassRule::Deny,
        ..OperationPolicy::default()
    };
    let logs = Logs::collect();
    let house = House::healthy_with(Plan {
        operations: vec![("close_as", forbidden)],
        ..Plan::default()
    })
    .await;
    house.trip("redis").await;
    house
        .ask(|ran| close_as(ran, alice()))
        .await
        .is_denied_for(&["unhealthy"]);
    assert_eq!(house.trail.last().bypass, Some(alice()));
    let warnings = logs.warnings();
    let told = warnings.last().unwrap();
    assert!(!told.contains("`bypass` bypasses"), "{told}");
    assert!(told.contains("alice") && told.contains("forbid"), "{told}");
    // Others may.
    assert!(house.ask(|ran| close(ran, true)).await.ran);
}

#[tokio::test(start_paused = true)]
async fn it_is_logged_with_who_why_and_the_health_at_that_moment() {
    let logs = Logs::collect();
    let house = unhealthy().await;
    house.ask(|ran| close_as(ran, alice())).await;
    let warnings = logs.warnings();
    let [told] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    assert!(
        told.starts_with(
            "close_as bypassed the gate (alice: the customer asked for it on the phone), \
             which says denied: redis is unhealthy"
        ),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn every_single_one_is_logged() {
    let logs = Logs::collect();
    let house = unhealthy().await;
    for _ in 0..5 {
        house.ask(|ran| close_as(ran, alice())).await;
    }
    assert_eq!(logs.warnings().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_needed_is_an_ordinary_call() {
    let house = House::healthy().await;
    house.ask(|ran| close_as(ran, alice())).await.is_allowed();
    let record = house.trail.last();
    assert_eq!(record.decision, Decision::Allowed);
    assert_eq!(record.bypass, Some(alice()));
}

#[tokio::test(start_paused = true)]
async fn health_that_is_lost_while_the_intent_is_written_is_bypassed_too() {
    let house = House::healthy().await;
    let registry = house.registry.clone();
    house
        .trail
        .meanwhile(move || registry.record_failure("redis", "connection refused"));
    let answer = house.ask(|ran| close_as(ran, alice())).await;
    assert!(answer.ran, "{answer:?}");
}

/// Confirmed while all was well, and not needed then.
#[tokio::test(start_paused = true)]
async fn it_holds_also_for_what_goes_wrong_only_when_the_body_runs() {
    let house = House::healthy().await;
    let done = house
        .run(with_bypassed_permit::<_, Trouble>(
            Some(alice()),
            async |permit| {
                house.fail("redis");
                permit.check()?;
                permit.checkpoint().await?;
                Ok(())
            },
        ))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn it_holds_until_the_body_has_ended_and_for_that_body_alone() {
    let house = unhealthy().await;
    let done = house
        .run(with_bypassed_permit::<_, Trouble>(
            Some(alice()),
            async |permit| {
                permit.check()?;
                permit.checkpoint().await?;
                let ran = crate::support::Ran::default();
                assert!(purge(&ran).await.is_err(), "no bypass of its own");
                Ok(())
            },
        ))
        .await;
    assert_eq!(done, Ok(()));
    pass(SECOND).await;
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}
