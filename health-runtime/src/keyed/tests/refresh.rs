//! New policies for circuits that are there already.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{House, SECOND, dependency, failure};
use crate::policy::PolicyPatch;

#[test]
fn a_new_policy_reaches_every_key_and_keeps_its_state() {
    let house = House::of(dependency(3));
    let part = |key, role| house.entry.keyed(key, role).unwrap();
    let before = [
        part(Some("a"), None),
        part(Some("b"), None),
        part(None, Some("r")),
    ];
    for keyed in &before {
        keyed.report(failure());
        keyed.report(failure());
    }
    let patched = dependency(4).key("a", PolicyPatch::new().consecutive(5));
    house.directory.declare(patched);
    let thresholds = before.each_ref().map(|keyed| {
        let machine = keyed.lock();
        assert_eq!(machine.failures(), 2, "the failures of before still count");
        assert_eq!(
            machine.policy().consecutive,
            keyed.policy().breaker.consecutive
        );
        machine.policy().consecutive
    });
    assert_eq!(thresholds, [Some(5), Some(4), Some(4)]);
    let [a, b, _] = &before;
    for keyed in [a, b] {
        keyed.report(failure());
        keyed.report(failure());
    }
    assert!(a.word().is_closed() && !b.word().is_closed());
    assert_eq!(part(Some("new"), None).lock().policy().consecutive, Some(4));
}

#[test]
fn an_open_breaker_stays_open_under_a_new_policy() {
    let house = House::new(10);
    house.open("a");
    let until = house.get("a").lock().until();
    house.clock.advance(SECOND);
    house.directory.declare(dependency(9).max_keys(10));
    assert!(!house.get("a").word().is_closed());
    assert_eq!(house.get("a").lock().until(), until);
}

#[test]
fn a_lower_cap_holds_at_once_and_open_breakers_are_the_last_to_go() {
    let house = House::new(100);
    for index in 0..90 {
        house.get(&format!("key {index}"));
    }
    house.open("open");
    let held = house.get("in flight");
    house.directory.declare(dependency(2).max_keys(2));
    assert_eq!(house.tracked(), 2);
    assert!(house.has("open") && house.has("in flight"));
    house.directory.declare(dependency(2).max_keys(1));
    assert_eq!(house.tracked(), 1);
    // The call goes on with the breaker that it has.
    held.report(failure());
    house.directory.declare(dependency(2).max_keys(5));
    for index in 0..10 {
        house.get(&format!("key {index}"));
    }
    assert_eq!(house.tracked(), 5);
}

#[test]
fn a_key_that_comes_while_policies_change_has_the_last_one() {
    let house = House::new(10_000);
    for round in 0..50_u32 {
        let next = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..40 {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        house.get(&format!("key {round} {index}"));
                    }
                });
            }
            scope.spawn(|| house.directory.declare(dependency(round + 3)));
        });
        house.store().for_each(|keyed| {
            assert_eq!(keyed.lock().policy().consecutive, Some(round + 3));
        });
    }
}
