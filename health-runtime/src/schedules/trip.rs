//! Closed to open: what failures that race do, and what a success beside them does not.

use super::explore::{Bound, explore};
use super::house::{House, consecutive, failure, settle};
use super::story;
use crate::breaker::Phase;
use crate::outcome::Report;

#[test]
fn two_that_trip_at_once_trip_once_and_tell_it_once() {
    explore(Bound::Exhaustive, &["tripped"], |run| {
        let house = House::new(consecutive(2));
        let (word, version) = (house.redis.word(), house.version());
        story::take();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, word, failure()),
            || settle(&house.redis, word, failure()),
        );
        let open = house.redis.word();
        assert_eq!((open.phase(), open.epoch()), (Phase::Open, 1));
        assert_eq!(story::take(), ["closed -> open (1)"]);
        assert_eq!(house.version(), version + 2, "degraded, and then open");
        run.saw("tripped");
    });
}

#[test]
fn of_three_failures_beyond_the_limit_the_late_one_trips_nothing_more() {
    explore(
        // Exhaustive for three threads takes minutes.
        Bound::Preemptions(2),
        &["tripped"],
        |run| {
            let house = House::new(consecutive(2));
            let word = house.redis.word();
            let (second, third) = (house.clone(), house.clone());
            run.all_three(
                move || settle(&second.redis, word, failure()),
                move || settle(&third.redis, word, failure()),
                || settle(&house.redis, word, failure()),
            );
            let open = house.redis.word();
            assert_eq!((open.phase(), open.epoch()), (Phase::Open, 1));
            run.saw("tripped");
        },
    );
}

#[test]
fn no_failure_is_lost_to_a_success_that_races_it() {
    explore(
        Bound::Exhaustive,
        &["the failure is outstanding", "the success came after it"],
        |run| {
            let house = House::new(consecutive(5));
            // The word says so: a success of this epoch was seen, and the next has nothing to write.
            settle(&house.redis, house.redis.word(), Report::Success);
            let (word, version) = (house.redis.word(), house.version());
            let other = house.clone();
            run.both(
                move || settle(&other.redis, word, failure()),
                || settle(&house.redis, word, Report::Success),
            );
            // Whatever the success has made of the count, the failure was taken in.
            let machine = house.redis.lock();
            assert!(machine.record.last_failure().is_some());
            assert!(machine.record.went_bad().is_some());
            run.saw(match machine.failures() {
                1 => "the failure is outstanding",
                0 => "the success came after it",
                more => panic!("one failure was counted as {more}"),
            });
            drop(machine);
            assert!(house.version() > version, "the gate is told to look again");
        },
    );
}

#[test]
fn a_row_of_failures_trips_unless_a_success_came_between() {
    explore(
        Bound::Exhaustive,
        &["tripped", "the success broke the row"],
        |run| {
            let house = House::new(consecutive(2));
            settle(&house.redis, house.redis.word(), Report::Success);
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || {
                    settle(&other.redis, word, failure());
                    settle(&other.redis, word, failure());
                },
                || settle(&house.redis, word, Report::Success),
            );
            let is_open = house.redis.word().phase() == Phase::Open;
            match (is_open, house.redis.lock().failures()) {
                (true, _) => run.saw("tripped"),
                // Between the two: one is outstanding. It cannot have come after both, as they trip.
                (false, 1) => run.saw("the success broke the row"),
                (false, failures) => panic!("closed, with {failures} in a row"),
            }
        },
    );
}
