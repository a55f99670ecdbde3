//! The budget of an operation: never given out twice, whoever takes and gives back at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::explore::{Bound, explore};
use super::gate::Granted;
use super::house::SECOND;
use crate::clock::Clock;
use crate::gate::{Budget, OperationPolicy};

const MINUTE: Duration = SECOND.saturating_mul(60);

/// An operation with so many calls left: the question before took one.
fn left(calls: u32) -> Granted {
    Granted::with(Some(Budget::new(calls + 1, MINUTE)))
}

impl Granted {
    fn left(&self) -> u32 {
        let now = self.house.hand.now();
        let left = self.operation.with_bucket(|bucket| bucket.left(now));
        left.expect("there is a budget")
    }
}

#[test]
fn two_that_are_granted_the_last_place_at_once_are_one() {
    explore(Bound::Exhaustive, &["one"], |run| {
        let granted = left(1);
        let other = granted.other();
        let (first, second) = run.both(move || other.again(), || granted.again());
        assert!(first.is_some() != second.is_some());
        assert_eq!(granted.left(), 0);
        run.saw("one");
    });
}

#[test]
fn of_three_that_are_granted_at_once_two_get_the_two_places() {
    // All orders of three threads take minutes.
    explore(Bound::Preemptions(2), &["two"], |run| {
        let granted = left(2);
        let (second, third) = (granted.other(), granted.other());
        let (first, second, third) = run.all_three(
            move || second.again().is_some(),
            move || third.again().is_some(),
            || granted.again().is_some(),
        );
        assert_eq!(u8::from(first) + u8::from(second) + u8::from(third), 2);
        run.saw("two");
    });
}

#[test]
fn a_call_that_ends_beside_one_that_asks_gives_no_second_token() {
    explore(Bound::Exhaustive, &["spent"], |run| {
        let granted = left(1);
        let running = granted.again().unwrap();
        let other = granted.other();
        let ((), asked) = run.both(move || drop(running), || other.again());
        assert!(asked.is_none(), "the token of a call that ran stays spent");
        assert_eq!(granted.left(), 0);
        run.saw("spent");
    });
}

#[test]
fn what_is_in_flight_is_not_refilled_while_it_ends() {
    explore(Bound::Exhaustive, &["one"], |run| {
        let per = 8 * SECOND;
        let granted = Granted::with(Some(Budget::new(2, per)));
        let running = granted.again().unwrap();
        // Time for both tokens, but for that of the call that still runs.
        granted.house.hand.advance(per);
        let other = granted.other();
        let ((), asked) = run.both(move || drop(running), || [other.again(), other.again()]);
        assert_eq!(asked.iter().flatten().count(), 1);
        run.saw("one");
    });
}

#[test]
fn a_place_of_a_call_that_never_ran_is_given_on_once() {
    explore(Bound::Exhaustive, &["given on", "asked too early"], |run| {
        let granted = left(1);
        let now = granted.house.hand.now();
        let operation = &granted.operation;
        let took = operation.with_bucket(|bucket| bucket.take(now));
        assert!(took.is_ok());
        let other = granted.other();
        let ((), asked) = run.both(
            move || other.operation.with_bucket(|bucket| bucket.refund(now)),
            || granted.again(),
        );
        match asked {
            Some(_) => {
                assert_eq!(granted.left(), 0);
                run.saw("given on");
            }
            None => {
                assert_eq!(granted.left(), 1);
                run.saw("asked too early");
            }
        }
    });
}

#[test]
fn a_smaller_budget_counts_what_is_granted_beside_it() {
    explore(
        Bound::Exhaustive,
        &["granted, and counted", "refused"],
        |run| {
            let granted = left(5);
            let smaller = OperationPolicy {
                budget: Some(Budget::new(1, MINUTE)),
                ..OperationPolicy::default()
            };
            let other = granted.other();
            let ((), asked) = run.both(
                move || {
                    let policies = BTreeMap::from([("purge".to_owned(), smaller)]);
                    other.gate().set_operation_policies(policies);
                },
                || granted.again(),
            );
            let in_flight = u32::from(asked.is_some());
            assert_eq!(in_flight + granted.left(), 1);
            run.saw(if asked.is_some() {
                "granted, and counted"
            } else {
                "refused"
            });
        },
    );
}
