//! Seen in the field: a guard said no and nobody heard it. Here every denial shows in the error, the
//! log, the counters, the audit and in what an operator can ask.

use crate::support::{House, Logs, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn a_denial_shows_in_every_place() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    house.fail("redis");
    let answer = house.purge().await;
    assert_eq!(
        answer.error.unwrap().to_string(),
        "System unhealthy; retry in 10s"
    );
    let warnings = logs.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].starts_with("purge denied: redis is degraded"),
        "{warnings:?}"
    );
    let counts = house.registry.operations();
    assert_eq!(counts.iter().map(|of| of.denied).sum::<u64>(), 1);
    assert_eq!(house.trail.last().verdict.code(), "denied");
    let asked = house.registry.verdict("purge").await.unwrap();
    assert_eq!(asked.vetoes()[0].code(), "degraded");
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_is_denied_is_heard_now_and_then_and_counted_every_time() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    for _ in 0..200 {
        house.fail("redis");
        house.purge().await;
        pass(SECOND / 10).await;
    }
    let told = logs.warning_lines();
    assert!((2..=3).contains(&told.len()), "{told:?}");
    assert!(told[1].fields.contains("suppressed="), "{told:?}");
    assert!(!told[1].fields.contains("suppressed=0"), "{told:?}");
    let counts = house.registry.operations();
    let purge = counts.iter().find(|of| of.operation == "purge").unwrap();
    assert_eq!(purge.denied, 200);
    assert_eq!(house.trail.records().len(), 201);
}
