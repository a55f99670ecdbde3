//! Successes that are counted where threads do not meet, for the rules that take a rate of them.

use super::explore::{Bound, explore};
use super::house::{House, consecutive, operator, settle};
use crate::breaker::{BreakerPolicy, FailureRate, Window};
use crate::outcome::Report;

fn metered() -> BreakerPolicy {
    BreakerPolicy {
        failure_rate: Some(FailureRate {
            rate: 1.0,
            window: Window::Calls(100),
            min_calls: 100,
        }),
        ..consecutive(5)
    }
}

/// Where one success was counted and seen, so that the next ones are only counted.
fn warm() -> House {
    let house = House::new(metered());
    succeed(&house);
    assert_eq!(counted(&house), 1);
    house
}

fn succeed(house: &House) {
    settle(&house.redis, house.redis.word(), Report::Success);
}

fn counted(house: &House) -> u64 {
    let now = house.redis.context().now();
    let rates = house.redis.lock().rates(now);
    rates.first().expect("there is a rate rule").count.calls
}

#[test]
fn successes_of_two_threads_are_counted_once_each_whoever_looks() {
    // As above all of them: there are too many looks at the word and the shards.
    explore(Bound::Preemptions(3), &["counted"], |run| {
        let house = warm();
        let other = house.clone();
        run.both(
            move || {
                succeed(&other);
                succeed(&other);
            },
            || {
                succeed(&house);
                counted(&house)
            },
        );
        assert_eq!(counted(&house), 4);
        run.saw("counted");
    });
}

#[test]
fn a_success_of_before_a_reset_is_not_counted_after_it() {
    explore(Bound::Exhaustive, &["not counted"], |run| {
        let house = warm();
        let word = house.redis.word();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, word, Report::Success),
            || house.redis.reset(operator()),
        );
        assert_eq!(counted(&house), 0);
        run.saw("not counted");
    });
}

#[test]
fn a_success_admitted_under_the_new_epoch_is_counted_in_it() {
    explore(
        // Every look at the word and at each shard, in any order: no end within minutes.
        Bound::Preemptions(2),
        &["of the epoch before", "of the new one"],
        |run| {
            let house = warm();
            let other = house.clone();
            let ((), word) = run.both(
                move || {
                    other.redis.reset(operator());
                    succeed(&other);
                },
                || {
                    let word = house.redis.word();
                    settle(&house.redis, word, Report::Success);
                    word
                },
            );
            let is_new = word.epoch() == 1;
            assert_eq!(counted(&house), 1 + u64::from(is_new));
            run.saw(if is_new {
                "of the new one"
            } else {
                "of the epoch before"
            });
        },
    );
}

#[test]
fn a_rule_that_comes_while_a_call_ends_counts_from_then_on() {
    explore(
        Bound::Exhaustive,
        &["it came first", "the success did"],
        |run| {
            let house = House::new(consecutive(5));
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || {
                    let change = other
                        .redis
                        .revise(|policies| policies.own.breaker = metered());
                    assert!(change.is_ok());
                },
                || settle(&house.redis, word, Report::Success),
            );
            let before = counted(&house);
            run.saw(match before {
                0 => "the success did",
                1 => "it came first",
                more => panic!("one success was counted as {more}"),
            });
            succeed(&house);
            succeed(&house);
            assert_eq!(counted(&house), before + 2);
        },
    );
}
