//! Another policy, against what happens meanwhile by the one before.

use std::sync::Arc;

use super::explore::{Bound, explore};
use super::house::{House, consecutive, failure, settle};
use super::story;
use crate::breaker::Phase;
use crate::policy::Policies;

/// Puts another limit on the failures in a row into force.
fn limit(house: &House, failures: u32) {
    let change = |policies: &mut Policies| {
        policies.own.breaker.consecutive = Some(failures);
    };
    let revised = house.redis.revise(change);
    assert!(revised.is_ok());
}

#[test]
fn a_policy_that_is_swapped_as_a_failure_trips_loses_neither() {
    explore(
        Bound::Exhaustive,
        &["tripped by the old one", "counted by the new one"],
        |run| {
            let house = House::new(consecutive(2));
            let word = house.redis.word();
            settle(&house.redis, word, failure());
            story::take();
            let other = house.clone();
            run.both(
                move || settle(&other.redis, word, failure()),
                || limit(&house, 3),
            );
            let machine = house.redis.lock();
            assert_eq!(machine.policy().consecutive, Some(3));
            let (phase, epoch, failures) =
                (machine.word().phase(), machine.epoch(), machine.failures());
            drop(machine);
            match phase {
                Phase::Open => {
                    assert_eq!(story::take(), ["closed -> open (1)"]);
                    assert_eq!(epoch, 1, "a policy is no change of state");
                    run.saw("tripped by the old one");
                }
                _ => {
                    assert_eq!((epoch, failures), (0, 2), "no failure is lost");
                    settle(&house.redis, word, failure());
                    assert_eq!(house.redis.word().phase(), Phase::Open);
                    run.saw("counted by the new one");
                }
            }
        },
    );
}

#[test]
fn a_stricter_policy_that_races_a_failure_trips_at_the_latest_with_the_next() {
    explore(
        Bound::Exhaustive,
        &["tripped", "trips with the next"],
        |run| {
            let house = House::new(consecutive(5));
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || settle(&other.redis, word, failure()),
                || limit(&house, 1),
            );
            if house.redis.word().phase() == Phase::Open {
                return run.saw("tripped");
            }
            settle(&house.redis, word, failure());
            assert_eq!(house.redis.word().phase(), Phase::Open);
            run.saw("trips with the next");
        },
    );
}

#[test]
fn of_two_policies_at_once_one_is_in_force_everywhere() {
    explore(Bound::Exhaustive, &["the first", "the second"], |run| {
        let house = House::new(consecutive(5));
        let other = house.clone();
        run.both(move || limit(&other, 2), || limit(&house, 3));
        let by_rules = house.redis.lock().policy().consecutive;
        let by_circuit = house.redis.policy().breaker.consecutive;
        let as_given = Arc::clone(&house.redis.policies()).own.breaker.consecutive;
        assert_eq!((by_rules, by_circuit), (as_given, as_given));
        run.saw(match by_rules {
            Some(2) => "the first",
            Some(3) => "the second",
            other => panic!("neither: {other:?}"),
        });
    });
}
