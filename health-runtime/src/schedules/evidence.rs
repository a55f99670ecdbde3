//! The bit in the word that saves successes a write, and the proof that it stands for.

use super::explore::{Bound, explore};
use super::house::{House, SECOND, consecutive, failure, settle};
use crate::outcome::Report;

/// Whether the word says that a success was seen, and the next one has nothing to write.
fn is_seen(house: &House) -> bool {
    let word = house.redis.word();
    word.is_quiet(word)
}

/// How old the proof is.
fn age(house: &House) -> Option<u64> {
    let proof = house.redis.lock().record.proof();
    proof.map(|at| (house.redis.context().now() - at).as_secs())
}

#[test]
fn after_a_tick_the_next_success_is_stamped() {
    explore(
        Bound::Exhaustive,
        &["the one that raced was stamped", "the next one was stamped"],
        |run| {
            let house = House::new(consecutive(5));
            let word = house.redis.word();
            settle(&house.redis, word, Report::Success);
            house.hand.advance(5 * SECOND);
            let other = house.clone();
            run.both(
                move || other.redis.tick(),
                || settle(&house.redis, word, Report::Success),
            );
            house.hand.advance(5 * SECOND);
            settle(&house.redis, word, Report::Success);
            run.saw(match age(&house) {
                Some(0) => "the next one was stamped",
                Some(5) => "the one that raced was stamped",
                age => panic!("the proof is that of before the tick: {age:?}"),
            });
        },
    );
}

#[test]
fn no_word_says_seen_without_proof_after_a_void() {
    explore(
        Bound::Exhaustive,
        &["void", "a success came after it"],
        |run| {
            let house = House::new(consecutive(5));
            let word = house.redis.word();
            let other = house.clone();
            run.both(
                move || other.redis.void(),
                || settle(&house.redis, word, Report::Success),
            );
            assert_eq!(is_seen(&house), age(&house).is_some());
            run.saw(if is_seen(&house) {
                "a success came after it"
            } else {
                "void"
            });
            settle(&house.redis, word, Report::Success);
            assert!(age(&house).is_some(), "the next success is proof");
        },
    );
}

#[test]
fn a_success_is_stamped_at_a_time_between_its_end_and_the_report_of_it() {
    explore(
        Bound::Exhaustive,
        &["when it ended", "when it was reported"],
        |run| {
            let house = House::new(consecutive(5));
            let word = house.redis.word();
            house.hand.advance(SECOND);
            let other = house.clone();
            run.both(
                move || {
                    // Something that both meet at, so that the hand moves before or after it.
                    other.redis.tick();
                    other.hand.advance(4 * SECOND);
                    other.redis.tick();
                },
                || settle(&house.redis, word, Report::Success),
            );
            run.saw(match age(&house) {
                Some(4) => "when it ended",
                Some(0) => "when it was reported",
                age => panic!("neither: {age:?}"),
            });
        },
    );
}

#[test]
fn a_success_and_a_failure_at_once_leave_no_word_that_says_seen_and_degraded() {
    explore(Bound::Exhaustive, &["healthy", "degraded"], |run| {
        let house = House::new(consecutive(5));
        let word = house.redis.word();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, word, failure()),
            || settle(&house.redis, word, Report::Success),
        );
        let is_healthy = house.redis.word().is_healthy();
        assert_eq!(is_seen(&house), is_healthy);
        run.saw(if is_healthy { "healthy" } else { "degraded" });
        // Quiet or not: this one is taken in, as it ends the row.
        settle(&house.redis, house.redis.word(), Report::Success);
        assert!(house.redis.word().is_healthy());
    });
}
