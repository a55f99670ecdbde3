//! Full load with faults, for some seconds: the example `soak`, which can run for hours.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod lab;
#[path = "support/program.rs"]
mod program;

use program::Told;

#[test]
fn memory_is_flat_and_nothing_is_left() {
    if !lab::has_redis() {
        return;
    }
    let told = Told::by("soak", &["--seconds", "20"]);
    assert_eq!(told.code, Some(0));
    assert_eq!(
        told.line("RESULT"),
        "RESULT  memory is flat, nothing is left"
    );
    for stretch in ["healthy", "faulty"] {
        for call in [
            "round trip, plain",
            "round trip, guarded",
            "in memory, by key",
            "gate",
        ] {
            let row = told.line(&format!("{stretch:8} {call}"));
            let calls = row[call.len() + 9..].split_whitespace().next().unwrap();
            assert!(calls.parse::<u64>().unwrap() > 0, "{row}");
        }
    }
}

/// Without this, the one above could pass because nothing is measured.
#[test]
fn whatever_leaks_is_noticed() {
    if !lab::has_redis() {
        return;
    }
    let leaks = ["memory", "task", "descriptor"].map(|leak| ["--leak", leak]);
    let told = Told::by(
        "soak",
        &[&["--seconds", "10"], leaks.as_flattened()].concat(),
    );
    assert_eq!(told.code, Some(1));
    for complaint in [
        "memory has grown from ",
        " tasks are left",
        " descriptors are left",
    ] {
        assert!(told.line("RESULT").contains(complaint), "{complaint}");
    }
}
