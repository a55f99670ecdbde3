//! The rule of the bad node: one failing key must not open the whole dependency.

use super::{House, dependency, failure};
use crate::breaker::Override;
use crate::outcome::Report;

/// Reports a failure to a key and, if it counts, to the dependency: what a call does.
fn fail(house: &House, key: &str) {
    let keyed = house.get(key);
    keyed.report(failure());
    if keyed.counts_for(house.entry.streak()) {
        house.entry.report(failure());
    }
}

fn house() -> House {
    House::of(dependency(5))
}

#[test]
fn one_host_that_fails_a_thousand_times_never_opens_the_dependency() {
    let house = house();
    for _ in 0..1000 {
        fail(&house, "bad.example");
    }
    assert!(!house.get("bad.example").word().is_closed());
    assert!(house.entry.word().is_closed());
    assert_eq!(house.entry.lock().failures(), 1);
}

#[test]
fn five_hosts_that_fail_in_a_row_open_it() {
    let house = house();
    for host in ["a", "b", "c", "d"] {
        fail(&house, host);
    }
    assert!(house.entry.word().is_closed());
    fail(&house, "e");
    assert!(!house.entry.word().is_closed());
}

#[test]
fn a_success_of_the_dependency_lets_every_key_count_again() {
    let house = house();
    fail(&house, "a");
    house.entry.report(Report::Success);
    assert_eq!(house.entry.lock().failures(), 0);
    fail(&house, "a");
    fail(&house, "a");
    assert_eq!(house.entry.lock().failures(), 1);
}

#[test]
fn a_success_that_ends_nothing_begins_no_streak() {
    let house = house();
    let streak = house.entry.streak();
    house.entry.report(Report::Success);
    assert_eq!(house.entry.streak(), streak);
    house.entry.report(failure());
    assert_eq!(house.entry.streak(), streak);
    house.entry.report(Report::Success);
    assert_ne!(house.entry.streak(), streak);
}

#[test]
fn a_change_of_state_begins_a_streak() {
    let house = house();
    let before = house.entry.streak();
    house
        .entry
        .reset(Override::new("test", "a new epoch", super::SECOND));
    assert_ne!(house.entry.streak(), before);
}

#[test]
fn a_role_counts_beside_its_key() {
    let house = house();
    let streak = house.entry.streak();
    for (key, role) in [(Some("a"), None), (Some("a"), Some("r")), (None, Some("r"))] {
        let part = house.entry.keyed(key, role).unwrap();
        assert!(part.counts_for(streak));
        assert!(!part.counts_for(streak));
    }
}

#[test]
fn a_latecomer_of_an_older_streak_does_not_let_the_key_count_twice() {
    let house = house();
    let key = house.get("a");
    assert!(key.counts_for(7));
    assert!(!key.counts_for(6));
    assert!(!key.counts_for(7));
}

#[test]
fn of_racing_failures_exactly_one_counts() {
    let house = house();
    let key = house.get("a");
    for streak in 1..200 {
        let counted = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| key.counts_for(streak)))
                .collect();
            let counted = racers.into_iter().map(|racer| racer.join().unwrap());
            counted.filter(|counted| *counted).count()
        });
        assert_eq!(counted, 1);
    }
}

#[test]
fn a_failing_key_leaves_the_grants_of_the_gate_alone() {
    let house = house();
    let key = house.get("a");
    let before = house.entry.context().version();
    for _ in 0..10 {
        key.report(failure());
    }
    assert!(!key.word().is_closed());
    assert_eq!(house.entry.context().version(), before);
}
