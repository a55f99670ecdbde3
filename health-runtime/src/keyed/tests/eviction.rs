//! Who is forgotten when there are too many.

use std::sync::Arc;

use super::super::part::Part;
use super::super::shard::Shard;
use super::super::{Keyed, store};
use super::{House, SECOND, dependency, failure};
use crate::breaker::Override;
use crate::circuit::{Commons, Rules};
use crate::outcome::Report;
use crate::policy::Policy;
use crate::state::DependencyState;

#[test]
fn the_same_part_is_the_same_circuit() {
    let house = House::new(10);
    assert!(Arc::ptr_eq(&house.get("a"), &house.get("a")));
    let part = |key, role| house.entry.keyed(key, role).unwrap();
    let role = part(Some("a"), Some("r"));
    assert!(Arc::ptr_eq(&role, &part(Some("a"), Some("r"))));
    assert!(!Arc::ptr_eq(&role, &house.get("a")));
    assert!(!Arc::ptr_eq(&role, &part(None, Some("r"))));
    assert!(house.entry.keyed(None, None).is_none());
    assert_eq!(house.tracked(), 3);
}

#[test]
fn the_name_in_the_story_says_which_part_it_is() {
    let house = House::new(10);
    let name = |key, role| house.entry.keyed(key, role).unwrap().to_string();
    assert_eq!(name(Some("a.com"), None), "keyed-tests[a.com]");
    assert_eq!(name(None, Some("read")), "keyed-tests[role read]");
    assert_eq!(
        name(Some("a.com"), Some("read")),
        "keyed-tests[a.com, role read]"
    );
}

#[test]
fn the_longest_unused_goes_first() {
    let house = House::new(3);
    for key in ["a", "b", "c", "a", "d"] {
        house.get(key);
    }
    assert!(!house.has("b"));
    assert!(house.has("a") && house.has("c") && house.has("d"));
    assert_eq!(house.store().counts().evicted, 1);
}

#[test]
fn a_victim_that_was_used_since_it_was_picked_is_spared() {
    let house = House::new(16);
    for index in 0..16 {
        house.get(&index.to_string());
    }
    // The sweep for this one picks two: the second is the next victim.
    house.get("newcomer");
    assert!(!house.has("0") && house.has("1"));
    house.get("1");
    house.get("another");
    assert!(house.has("1"));
    assert!(!house.has("2"));
}

#[test]
fn each_goes_in_its_turn() {
    let house = House::new(5);
    house.open("half-open");
    house.clock.advance(20 * SECOND);
    house.open("open");
    house.open("forced");
    let why = Override::new("alice", "INC-1", 60 * SECOND);
    house.get("forced").force(DependencyState::Unhealthy, why);
    house.get("failed").report(failure());
    house.get("clean");
    let mut held = Vec::new();
    let order = ["clean", "failed", "half-open", "open", "forced"];
    for (index, gone) in order.iter().enumerate() {
        held.push(house.get(&index.to_string()));
        assert!(!house.has(gone), "{gone} should have gone");
        for stays in &order[index + 1..] {
            assert!(house.has(stays), "{stays} should have stayed");
        }
    }
}

#[test]
fn of_two_that_are_open_the_one_that_closes_sooner_goes() {
    let house = House::new(2);
    house.open("first");
    house.clock.advance(SECOND);
    house.open("second");
    let first_is_used = house.get("first");
    drop(first_is_used);
    let _held = house.get("newcomer");
    assert!(!house.has("first") && house.has("second"));
}

#[test]
fn a_breaker_whose_backoff_has_not_decayed_remembers_something() {
    let mut dependency = dependency(1).max_keys(2);
    dependency.policies.own.breaker.backoff.multiplier = 2.0;
    let house = House::of(dependency);
    let flapping = house.get("flapping");
    flapping.report(failure());
    house.clock.advance(11 * SECOND);
    flapping.report(failure());
    house.clock.advance(21 * SECOND);
    flapping.report(Report::Success);
    assert!(flapping.word().is_closed());
    drop(flapping);
    house.get("clean");
    house.get("newcomer");
    assert!(house.has("flapping") && !house.has("clean"));
}

#[test]
fn what_is_in_flight_is_never_forgotten() {
    let house = House::new(2);
    let held = [house.get("a"), house.get("b")];
    let untracked = house.get("c");
    assert_eq!(house.tracked(), 2);
    assert!(house.has("a") && house.has("b") && !house.has("c"));
    let counts = house.store().counts();
    assert_eq!((counts.untracked, counts.evicted), (1, 0));
    // It works as a breaker all the same, and counts as a call without a key.
    untracked.report(failure());
    assert!(untracked.counts_for(house.entry.streak()));
    drop(held);
    house.get("c");
    assert!(house.has("c"));
}

#[test]
fn a_flood_of_failing_keys_does_not_push_out_an_open_breaker_in_use() {
    let house = House::new(64);
    house.open("host in use");
    for index in 0..20_000 {
        house.open(&format!("flood {index}"));
        if index % 32 == 0 {
            let refused = house.get("host in use");
            assert!(!refused.word().is_closed(), "forgotten after {index} keys");
        }
    }
    assert_eq!(house.tracked(), 64);
}

#[test]
fn a_flood_cannot_buy_a_longer_stay_with_a_long_retry_after() {
    let house = House::new(64);
    house.open("host in use");
    for index in 0..5_000 {
        let flood = house.get(&format!("flood {index}"));
        for _ in 0..2 {
            let Report::Failure(failure) = failure() else {
                unreachable!()
            };
            flood.report(Report::Failure(crate::outcome::Failure {
                retry_after: Some(900 * SECOND),
                ..failure
            }));
        }
        drop(flood);
        if index % 16 == 0 {
            assert!(!house.get("host in use").word().is_closed(), "{index}");
        }
    }
}

#[test]
fn open_breakers_stay_while_healthy_keys_come_and_go() {
    let house = House::new(256);
    for index in 0..250 {
        house.open(&format!("open {index}"));
    }
    for index in 0..5_000 {
        house.get(&format!("healthy {index}"));
    }
    let lost = (0..250).filter(|index| !house.has(&format!("open {index}")));
    assert_eq!(lost.count(), 0);
}

#[test]
fn a_dependency_without_keys_has_no_store() {
    let house = House::new(10);
    assert!(house.entry.keyed_store().is_none());
    house.get("a");
    assert!(house.entry.keyed_store().is_some());
}

#[test]
fn long_keys_are_told_apart_and_kept_short() {
    let house = House::new(10);
    let long = "ü".repeat(1_000_000);
    let (a, b) = (format!("{long}a"), format!("{long}b"));
    assert!(Arc::ptr_eq(&house.get(&a), &house.get(&a)));
    assert!(!Arc::ptr_eq(&house.get(&a), &house.get(&b)));
    assert!(house.get(&a).part().unwrap().len() <= store::KEY_MAX);
    assert_eq!(house.tracked(), 2);
}

#[test]
fn two_parts_with_one_hash_never_share_a_breaker() {
    let house = House::new(10);
    let commons = Commons::new(house.entry.name(), Arc::clone(house.entry.context()));
    let rules = Rules::new(Policy::default());
    let mut shard = Shard::default();
    let parts = [Part::Key("a"), Part::Key("b"), Part::Role("a")];
    for part in parts {
        assert!(shard.find(42, part).is_none());
        let keyed = Keyed::new(part, rules.clone(), &commons);
        shard.insert(42, Arc::new(keyed));
    }
    for part in parts {
        assert_eq!(shard.find(42, part).unwrap().identity(), part);
    }
    assert!(shard.find(43, parts[0]).is_none());
}
