//! Open to half-open and on: one trial, whoever asks and however it ends.

use std::time::Duration;

use super::explore::{Bound, explore};
use super::house::{COOLDOWN, House, admit, at_once, consecutive, failure, settle};
use super::story;
use crate::breaker::{BreakerPolicy, Phase, Word};
use crate::error::DependencyUnhealthy;
use crate::outcome::Report;

const LEASE: Duration = Duration::from_secs(30);

/// Trips at the first failure.
fn strict() -> BreakerPolicy {
    BreakerPolicy {
        trial_lease: LEASE,
        ..consecutive(1)
    }
}

#[test]
fn of_two_that_ask_after_the_cooldown_one_is_the_trial() {
    explore(Bound::Exhaustive, &["one"], |run| {
        let house = House::cooled_down(strict());
        story::take();
        let other = house.clone();
        let (first, second) = run.both(move || admit(&other.redis), || admit(&house.redis));
        let trials = [first, second].into_iter().flatten();
        let epochs: Vec<u64> = trials.map(|word| word.epoch()).collect();
        assert_eq!(epochs, [2], "one trial, in the epoch that it began");
        assert_eq!(story::take(), ["open -> half-open (2)"]);
        run.saw("one");
    });
}

#[test]
fn of_three_that_ask_after_the_cooldown_one_is_the_trial() {
    // All orders of three threads take minutes.
    explore(Bound::Preemptions(2), &["one"], |run| {
        let house = House::cooled_down(strict());
        let (second, third) = (house.clone(), house.clone());
        let (first, second, third) = run.all_three(
            move || admit(&second.redis).is_ok(),
            move || admit(&third.redis).is_ok(),
            || admit(&house.redis).is_ok(),
        );
        assert_eq!(u8::from(first) + u8::from(second) + u8::from(third), 1);
        run.saw("one");
    });
}

#[test]
fn a_probe_and_a_call_that_ask_at_once_are_one_trial() {
    explore(Bound::Exhaustive, &["the probe", "the call"], |run| {
        let house = House::cooled_down(strict());
        let other = house.clone();
        let (probe, call) = run.both(
            move || other.redis.admit_probe().0.is_ok(),
            || admit(&house.redis).is_ok(),
        );
        assert!(probe != call, "one of them");
        run.saw(if probe { "the probe" } else { "the call" });
    });
}

#[test]
fn a_trial_cancelled_while_another_asks_frees_its_slot_once() {
    explore(
        Bound::Exhaustive,
        &["it got in", "it came too early"],
        |run| {
            let house = House::cooled_down(strict());
            let trial = house.call().unwrap();
            let other = house.clone();
            let ((), asked) = run.both(move || drop(trial), || other.call());
            let next = house.call();
            match asked {
                Ok(asked) => {
                    run.saw("it got in");
                    assert!(next.is_err(), "the slot was freed once, and is taken");
                    drop(asked);
                }
                Err(_) => {
                    run.saw("it came too early");
                    drop(next.expect("the slot is free, so the next one gets in"));
                }
            }
            assert_eq!(house.redis.word().phase(), Phase::HalfOpen);
            assert!(house.call().is_ok(), "the slot is free again");
        },
    );
}

#[test]
fn a_trial_cancelled_while_two_others_ask_lets_at_most_one_in() {
    // All orders of three threads take minutes.
    explore(
        Bound::Preemptions(2),
        &["one got in", "both came too early"],
        |run| {
            let house = House::cooled_down(strict());
            let trial = house.call().unwrap();
            let (second, third) = (house.clone(), house.clone());
            let ((), one, two) =
                run.all_three(move || drop(trial), move || second.call(), || third.call());
            match [&one, &two].iter().filter(|asked| asked.is_ok()).count() {
                0 => run.saw("both came too early"),
                1 => run.saw("one got in"),
                more => panic!("{more} trials"),
            }
            drop((one, two));
            assert!(house.call().is_ok(), "nobody holds the slot any more");
        },
    );
}

#[test]
fn the_late_result_of_an_overdue_trial_does_not_end_the_trial_that_took_over() {
    explore(
        Bound::Exhaustive,
        &["it was not too late", "another took over"],
        |run| {
            let house = House::cooled_down(strict());
            let hung = admit(&house.redis).unwrap();
            house.hand.advance(LEASE);
            story::take();
            let other = house.clone();
            let ((), asked) = run.both(
                move || settle(&other.redis, hung, failure()),
                || admit(&house.redis),
            );
            let word = house.redis.word();
            match asked {
                Ok(trial) => {
                    run.saw("another took over");
                    assert_eq!(word.bits(), trial.bits(), "nothing has changed since");
                    assert_eq!(story::take(), ["half-open -> half-open (3)"]);
                }
                Err(_) => {
                    run.saw("it was not too late");
                    assert_eq!((word.phase(), word.epoch()), (Phase::Open, 3));
                    assert_eq!(story::take(), ["half-open -> open (3)"]);
                }
            }
        },
    );
}

/// Two trials at once, as the policy allows.
fn two_trials() -> (House, Word) {
    let house = House::cooled_down(BreakerPolicy {
        max_trials: 2,
        success_threshold: 2,
        ..strict()
    });
    let [first, second] = [(); 2].map(|()| admit(&house.redis).expect("there are two slots"));
    assert_eq!(first.epoch(), second.epoch());
    story::take();
    (house, first)
}

#[test]
fn two_trials_that_succeed_at_once_close_once() {
    explore(Bound::Exhaustive, &["closed"], |run| {
        let (house, trial) = two_trials();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, trial, Report::Success),
            || settle(&house.redis, trial, Report::Success),
        );
        assert_eq!(story::take(), ["half-open -> closed (3)"]);
        assert!(house.redis.word().is_healthy());
        run.saw("closed");
    });
}

#[test]
fn a_trial_that_fails_beside_one_that_succeeds_opens_once() {
    explore(Bound::Exhaustive, &["open"], |run| {
        let (house, trial) = two_trials();
        let other = house.clone();
        run.both(
            move || settle(&other.redis, trial, failure()),
            || settle(&house.redis, trial, Report::Success),
        );
        assert_eq!(story::take(), ["half-open -> open (3)"]);
        assert_eq!(house.redis.lock().record.proof(), None, "it proved nothing");
        run.saw("open");
    });
}

#[test]
fn a_call_from_end_to_end_closes_the_breaker_beside_one_that_is_refused() {
    explore(
        // All that a call locks from its beginning to its end, twice: more than 100,000 orders.
        Bound::Preemptions(2),
        &["both ran", "the other was refused"],
        |run| {
            let house = House::cooled_down(strict());
            let other = house.clone();
            let answer = |house: &House| -> Result<(), DependencyUnhealthy> {
                at_once(house.registry.call("redis", async { Ok(()) }))
            };
            let (first, second) = run.both(move || answer(&other), || answer(&house));
            run.saw(match (first.is_ok(), second.is_ok()) {
                (true, true) => "both ran",
                (false, false) => panic!("nobody was the trial"),
                _ => "the other was refused",
            });
            let word = house.redis.word();
            assert_eq!((word.phase(), word.epoch()), (Phase::Closed, 3));
            assert!(word.is_healthy());
        },
    );
}

#[test]
fn a_call_that_asks_as_the_cooldown_ends_is_refused_or_the_trial() {
    explore(Bound::Exhaustive, &["refused", "the trial"], |run| {
        let house = House::new(strict());
        house.open();
        let other = house.clone();
        let ((), asked) = run.both(
            move || {
                other.hand.advance(COOLDOWN);
                other.redis.tick();
            },
            || admit(&house.redis),
        );
        let phase = house.redis.word().phase();
        match asked {
            Ok(trial) => {
                run.saw("the trial");
                assert_eq!((trial.phase(), phase), (Phase::HalfOpen, Phase::HalfOpen));
            }
            Err(_) => {
                run.saw("refused");
                assert_eq!(phase, Phase::Open);
            }
        }
    });
}
