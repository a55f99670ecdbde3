//! "Which of the annotations runs first is not what I thought."
//!
//! Asked again and again by users of resilience4j (resilience4j/resilience4j#515, #558, #593,
//! #614). Here there is one order, whatever the source says: the gate is asked first, then the
//! breaker, and then the body runs.

use std::cell::Cell;

use health_runtime::{
    DependencyHealth, DependencyUnhealthy, HealthRegistry, Reason, destructive, guarded, testing,
};

use crate::subject::SECOND;

thread_local! {
    static RAN: Cell<u32> = const { Cell::new(0) };
}

#[destructive]
#[guarded(deps = ["order"])]
async fn gate_above() -> Result<(), DependencyUnhealthy> {
    RAN.set(RAN.get() + 1);
    Ok(())
}

#[guarded(deps = ["order"])]
#[destructive]
async fn gate_below() -> Result<(), DependencyUnhealthy> {
    RAN.set(RAN.get() + 1);
    Ok(())
}

fn health() -> DependencyHealth {
    HealthRegistry::current().health("order").unwrap()
}

#[health_runtime::test]
async fn the_gate_answers_before_the_breaker_in_both_orders() {
    testing::trip("order");
    for answer in [gate_above().await, gate_below().await] {
        assert_eq!(answer.unwrap_err().reason(), Reason::GateDenied);
    }
    assert_eq!(health().refusals, 0, "the breaker was never asked");
    assert_eq!(RAN.get(), 0);
}

#[health_runtime::test]
async fn a_denied_call_takes_no_trial_in_both_orders() {
    testing::trip("order");
    testing::advance(SECOND).await;
    let epoch = health().epoch;
    assert!(gate_above().await.is_err());
    assert!(gate_below().await.is_err());
    assert_eq!(health().epoch, epoch);
}

#[health_runtime::test]
async fn the_body_runs_once_in_both_orders() {
    gate_above().await.unwrap();
    assert_eq!(RAN.get(), 1);
    gate_below().await.unwrap();
    assert_eq!(RAN.get(), 2);
}

#[destructive]
#[guarded(deps = ["order"])]
async fn gate_above_fails() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("disk on fire"))
}

#[guarded(deps = ["order"])]
#[destructive]
async fn gate_below_fails() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("disk on fire"))
}

#[health_runtime::test]
async fn the_breaker_hears_how_the_body_ended_in_both_orders() {
    assert!(gate_above_fails().await.is_err());
    assert_eq!(health().consecutive_failures, 1);
    testing::heal("order");
    assert!(gate_below_fails().await.is_err());
    assert_eq!(health().consecutive_failures, 1);
}
