//! Random faults on real processes against the annotated service under load, for some rounds: the
//! example `chaos`, which can run a thousand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod lab;
#[path = "support/program.rs"]
mod program;

use program::Told;

/// Chosen so that every place fails, and Redis comes back empty, within the rounds below.
const SEED: &str = "7";

fn chaos(arguments: &[&str]) -> Told {
    Told::by("chaos", &[&["--seed", SEED, "--quiet"], arguments].concat())
}

#[test]
fn no_live_session_is_lost_and_every_dead_one_goes() {
    if !lab::has_redis() {
        return;
    }
    let told = chaos(&["--rounds", "15"]);
    assert_eq!(told.code, Some(0));
    assert_eq!(told.count("live ones lost"), 0);
    assert_eq!(told.count("dead ones left"), 0);
    let ended = told.count("ended by their users");
    assert_eq!(told.count("dead ones removed"), ended);
    assert!(told.line("RESULT").starts_with("RESULT  15 rounds, "));

    // The other way to keep all sessions would be to do nothing, or to have nothing happen.
    assert!(ended > 0 && told.count("allowed") > 0 && told.count("denied") > 0);
    assert!(told.count("signs of life taken by faults") > 0);
    for place in ["redis: ", "api: ", "path to redis: ", "path to api: "] {
        let is_there = told.text.lines().any(|line| line.trim().starts_with(place));
        assert!(is_there, "nothing happened to {place}");
    }
}

/// Without these, the one above could pass because the faults threaten nobody.
#[test]
fn with_less_than_the_whole_gate_such_rounds_cost_sessions() {
    if !lab::has_redis() {
        return;
    }
    for (protection, rounds) in [
        ("none", "8"),
        ("breaker", "8"),
        ("observe", "8"),
        // It loses what dies in the middle of a pass, and no more: seldom, and soon well again.
        ("no-settle", "40"),
    ] {
        // What a server forgets is what all of them take for an absence, and fall for every time.
        let faults = ["--only", "restarted empty", "--only", "killed"];
        let rounds = ["--rounds", rounds, "--protection", protection];
        let told = chaos(&[faults, rounds].concat());
        assert_eq!(told.code, Some(1), "{protection}");
        assert!(told.count("live ones lost") > 0, "{protection}");
        assert!(told.text.contains("\nLOST s"), "{protection}");
        let again = format!("again: --seed {SEED} --from ");
        assert!(told.text.contains(&again), "{protection}");
        assert!(told.line("RESULT").ends_with("THIS IS NOT AS IT SHOULD BE"));
    }
}

#[test]
fn what_is_not_understood_is_an_error_and_help_is_not() {
    for arguments in [
        &["--rounds", "some"][..],
        &["--protection", "hope"],
        &["--speed", "0"],
        &["-x"],
    ] {
        assert_eq!(chaos(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(chaos(&["--help"]).code, Some(0));
}
