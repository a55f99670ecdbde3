//! Calls over several dependencies: all places or none, in whatever order they are named.

use std::sync::Arc;

use super::explore::{Bound, explore};
use super::house::{COOLDOWN, House, consecutive, failure};
use crate::breaker::{Phase, Word};
use crate::call::admission;
use crate::circuit::Circuit;
use crate::dependency::{Dependency, Entry};
use crate::outcome::Report;

/// Two dependencies whose cooldowns are over.
fn two_cooled_down() -> (House, Arc<Entry>) {
    let house = House::new(consecutive(1));
    let api = Dependency::new("api").breaker(consecutive(1));
    let api = house.registry.directory().declare(api);
    house.open();
    api.report(failure());
    house.hand.advance(COOLDOWN);
    (house, api)
}

fn admit(circuits: [&Circuit; 2]) -> Option<[Word; 2]> {
    let mut words = circuits.map(Circuit::word);
    admission::admit(&circuits, &mut words).ok()?;
    Some(words)
}

#[test]
fn two_calls_that_name_the_same_two_in_other_orders_are_one_trial_of_both() {
    explore(
        // All that two admissions of two lock: no end within minutes.
        Bound::Preemptions(2),
        &["one trial of both"],
        |run| {
            let (house, api) = two_cooled_down();
            let (redis, other) = (Arc::clone(&house.redis), Arc::clone(&api));
            let (first, second) = run.both(
                move || admit([&redis, &other]),
                || admit([&api, &house.redis]),
            );
            assert!(first.is_some() != second.is_some());
            // The loser has left neither of them waiting for it.
            let second = second.map(|[api, redis]| [redis, api]);
            let [of_redis, of_api] = first.or(second).expect("one of them");
            house.redis.settle(of_redis, Report::Success);
            api.settle(of_api, Report::Success);
            assert!(house.redis.word().is_healthy() && api.word().is_healthy());
            run.saw("one trial of both");
        },
    );
}

#[test]
fn a_dependency_does_not_become_half_open_for_a_call_that_another_refuses() {
    explore(
        Bound::Preemptions(2),
        &["the trial of both", "refused, and redis stays open"],
        |run| {
            let (house, api) = two_cooled_down();
            let other = Arc::clone(&api);
            let (alone, both) = run.both(
                move || {
                    let mut word = [other.word()];
                    admission::admit(&[&**other], &mut word).is_ok()
                },
                || admit([&house.redis, &api]),
            );
            assert!(alone != both.is_some(), "one trial of api");
            let redis = house.redis.word().phase();
            if both.is_some() {
                assert_eq!(redis, Phase::HalfOpen);
                run.saw("the trial of both");
            } else {
                assert_eq!(redis, Phase::Open);
                run.saw("refused, and redis stays open");
            }
        },
    );
}
