//! What comes late, against what has changed meanwhile.

use super::explore::{Bound, explore};
use super::house::{House, admit, consecutive, failure, operator, settle};
use super::story;
use crate::breaker::Phase;
use crate::outcome::Report;
use crate::state::DependencyState;

#[test]
fn a_late_success_neither_closes_nor_proves_anything() {
    explore(Bound::Exhaustive, &["open"], |run| {
        let house = House::new(consecutive(1));
        let word = house.redis.word();
        story::take();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, word, failure()),
            || settle(&house.redis, word, Report::Success),
        );
        let open = house.redis.word();
        assert_eq!((open.phase(), open.epoch()), (Phase::Open, 1));
        assert_eq!(house.redis.lock().record.proof(), None);
        assert_eq!(story::take(), ["closed -> open (1)"]);
        run.saw("open");
    });
}

#[test]
fn a_late_failure_does_not_outlive_the_reset_of_an_operator() {
    explore(
        Bound::Exhaustive,
        &[
            "it came late",
            "it opened the breaker, and the reset closed it",
        ],
        |run| {
            let house = House::new(consecutive(1));
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || settle(&other.redis, word, failure()),
                || house.redis.reset(operator()),
            );
            let word = house.redis.word();
            assert!(word.is_healthy(), "closed, and nothing is outstanding");
            assert_eq!(house.redis.lock().failures(), 0);
            run.saw(match word.epoch() {
                1 => "it came late",
                2 => "it opened the breaker, and the reset closed it",
                epoch => panic!("epoch {epoch}"),
            });
        },
    );
}

#[test]
fn a_late_success_is_no_proof_after_the_reset_of_an_operator() {
    explore(Bound::Exhaustive, &["not proven"], |run| {
        let house = House::new(consecutive(1));
        let word = house.redis.word();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, word, Report::Success),
            || house.redis.reset(operator()),
        );
        let machine = house.redis.lock();
        assert_eq!(machine.epoch(), 1);
        assert_eq!(machine.record.proof(), None, "proof has to come anew");
        run.saw("not proven");
    });
}

#[test]
fn what_an_operator_forces_stays_however_calls_end() {
    explore(
        Bound::Exhaustive,
        &["forced while closed", "forced while open"],
        |run| {
            let house = House::new(consecutive(1));
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || {
                    settle(&other.redis, word, failure());
                    settle(&other.redis, word, Report::Success);
                },
                || house.redis.force(DependencyState::Unhealthy, operator()),
            );
            let word = house.redis.word();
            assert_eq!(word.phase(), Phase::Aside);
            assert!(admit(&house.redis).is_err());
            run.saw(match word.epoch() {
                1 => "forced while closed",
                2 => "forced while open",
                epoch => panic!("epoch {epoch}"),
            });
        },
    );
}

#[test]
fn two_resets_and_a_failure_of_before_them_are_two_epochs_at_least_and_end_healthy() {
    // All orders of three threads take minutes.
    explore(Bound::Preemptions(2), &["healthy"], |run| {
        let house = House::new(consecutive(1));
        let word = house.redis.word();
        let (second, third) = (house.clone(), house.clone());
        run.all_three(
            move || second.redis.reset(operator()),
            move || third.redis.reset(operator()),
            || settle(&house.redis, word, failure()),
        );
        let word = house.redis.word();
        // The failure counts in the epoch of its call alone: before both of them, or not at all.
        assert!(word.is_healthy() && (2..=3).contains(&word.epoch()));
        run.saw("healthy");
    });
}

#[test]
fn epochs_are_seen_to_grow_by_whoever_only_reads() {
    explore(Bound::Exhaustive, &["before", "between", "after"], |run| {
        let house = House::new(consecutive(1));
        let other = house.clone();
        let ((), seen) = run.both(
            move || {
                other.open();
                other.redis.reset(operator());
            },
            || [house.redis.word(), house.redis.word_relaxed()],
        );
        let [first, second] = seen;
        assert!(first.epoch() <= second.epoch());
        run.saw(match second.epoch() {
            0 => "before",
            1 => "between",
            _ => "after",
        });
    });
}
