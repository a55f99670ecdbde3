//! The rate rules: what trips, what degrades, and what is counted.

use super::*;
use crate::breaker::transition::Cause;
use crate::breaker::{Breaker, FailureRate, SlowCallRate, Window};
use crate::sync::{AtomicU64, Ordering};

const HALF_A_MINUTE: Window = Window::Time(Duration::from_secs(30));

/// Half of at least four calls.
fn by_failures(window: Window) -> BreakerPolicy {
    BreakerPolicy {
        consecutive: None,
        failure_rate: Some(FailureRate {
            rate: 0.5,
            window,
            min_calls: 4,
        }),
        ..plain()
    }
}

/// Half of at least four calls take a second or longer.
fn by_slowness(window: Window) -> BreakerPolicy {
    BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than: SECOND,
            rate: 0.5,
            window,
            min_calls: 4,
        }),
        ..plain()
    }
}

impl Bench {
    fn ends(&mut self, report: Report, took: Duration) -> Option<Transition> {
        let word = self.admitted();
        let took = word.is_timed().then_some(took);
        self.machine
            .settle_timed(word, report, took, self.now, || 0.5)
    }

    fn dependency_state(&self) -> DependencyState {
        self.machine.dependency_state(self.now)
    }
}

#[test]
fn failures_between_successes_trip_once_they_are_the_part_and_there_are_enough() {
    for window in [Window::Calls(10), HALF_A_MINUTE] {
        let mut bench = Bench::new(by_failures(window));
        assert_eq!(bench.fails(), None, "1 of 1, and 3 calls short");
        assert_eq!(bench.succeeds(), None);
        assert_eq!(bench.succeeds(), None);
        let opened = bench.fails().expect("2 of 4");
        assert_eq!(opened.to, BreakerState::Open);
        let cause = opened.cause.to_string();
        let expected = match window {
            Window::Calls(_) => "2 of the last 4 calls failed (50% >= 50%)",
            Window::Time(_) => "2 of 4 calls failed in the last 30s (50% >= 50%)",
        };
        assert_eq!(cause, expected);
    }
}

#[test]
fn a_success_never_trips_although_it_makes_the_minimum() {
    let mut bench = Bench::new(by_failures(HALF_A_MINUTE));
    for _ in 0..3 {
        bench.fails();
    }
    assert_eq!(bench.succeeds(), None);
    assert!(bench.fails().is_some());
}

#[test]
fn what_says_nothing_of_the_dependency_is_not_counted() {
    let mut bench = Bench::new(by_failures(Window::Calls(10)));
    for report in [Report::Neutral, Report::Cancelled] {
        for _ in 0..100 {
            let word = bench.admitted();
            assert_eq!(bench.settle(word, report.clone()), None);
        }
    }
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 0);
}

#[test]
fn a_failure_of_one_of_several_counts_as_a_call_that_did_not_fail() {
    let mut bench = Bench::new(by_failures(Window::Calls(10)));
    for _ in 0..10 {
        let word = bench.admitted();
        assert_eq!(bench.settle(word, failure_of_one_of_several()), None);
    }
    let count = bench.machine.rates(bench.now)[0].count;
    assert_eq!((count.calls, count.bad), (10, 0));
}

#[test]
fn a_window_of_calls_slides() {
    let mut bench = Bench::new(by_failures(Window::Calls(10)));
    // What peers with a window that only starts over never see: the failures at the end of many
    // successes.
    for _ in 0..1_000 {
        bench.succeeds();
    }
    for _ in 0..4 {
        assert_eq!(bench.fails(), None);
    }
    let opened = bench.fails().expect("5 of the last 10");
    assert_eq!(
        opened.cause.to_string(),
        "5 of the last 10 calls failed (50% >= 50%)"
    );
}

#[test]
fn a_window_of_time_slides() {
    let mut bench = Bench::new(by_failures(HALF_A_MINUTE));
    for _ in 0..3 {
        bench.fails();
    }
    bench.pass(34 * SECOND);
    assert_eq!(bench.fails(), None, "the others are out of it");
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 1);
}

#[test]
fn successes_that_were_counted_in_shards_are_part_of_all() {
    let mut bench = Bench::new(by_failures(HALF_A_MINUTE));
    bench.machine.absorb(96);
    for _ in 0..95 {
        assert_eq!(bench.fails(), None);
    }
    assert!(bench.fails().is_some(), "96 of 192");
}

#[test]
fn a_window_starts_empty_after_the_breaker_closes() {
    let mut bench = Bench::new(by_failures(Window::Calls(10)));
    for _ in 0..4 {
        bench.fails();
    }
    assert_eq!(bench.state(), BreakerState::Open);
    bench.now = bench.machine.until().unwrap();
    let closed = bench.succeeds().expect("the trial closes it");
    assert_eq!(closed.to, BreakerState::Closed);
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 0);
    for _ in 0..3 {
        assert_eq!(bench.fails(), None, "below the minimum again");
    }
}

#[test]
fn the_outcome_of_an_older_epoch_is_not_counted() {
    let mut bench = Bench::new(by_failures(Window::Calls(10)));
    let late = bench.admitted();
    for _ in 0..4 {
        bench.fails();
    }
    bench.now = bench.machine.until().unwrap();
    bench.succeeds();
    assert_eq!(bench.settle(late, failure()), None);
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 0);
}

#[test]
fn slow_successes_trip() {
    for window in [Window::Calls(10), HALF_A_MINUTE] {
        let mut bench = Bench::new(by_slowness(window));
        for took in [SECOND / 2, SECOND / 2, SECOND] {
            assert_eq!(bench.ends(Report::Success, took), None);
        }
        let opened = bench.ends(Report::Success, 2 * SECOND).expect("2 of 4");
        let expected = match window {
            Window::Calls(_) => "2 of the last 4 calls took 1s or longer (50% >= 50%)",
            Window::Time(_) => "2 of 4 calls took 1s or longer in the last 30s (50% >= 50%)",
        };
        assert_eq!(opened.cause.to_string(), expected);
    }
}

#[test]
fn a_slow_failure_counts_for_both_rules() {
    let mut bench = Bench::new(BreakerPolicy {
        failure_rate: by_failures(Window::Calls(10)).failure_rate,
        ..by_slowness(Window::Calls(10))
    });
    bench.ends(failure(), SECOND);
    let counts: Vec<(u64, u64)> = bench
        .machine
        .rates(bench.now)
        .iter()
        .map(|reading| (reading.count.calls, reading.count.bad))
        .collect();
    assert_eq!(counts, [(1, 1), (1, 1)]);
}

#[test]
fn a_slow_call_degrades_until_a_quick_one_succeeds() {
    let mut bench = Bench::new(by_slowness(Window::Calls(10)));
    bench.ends(Report::Success, SECOND);
    assert_eq!(bench.dependency_state(), DependencyState::Degraded);
    let missing = bench.machine.record.unsettled(bench.now, Settle::default());
    assert!(missing.is_some(), "the gate is to wait for it to settle");
    bench.ends(failure(), SECOND / 2);
    assert!(
        bench.machine.had_slow_call(),
        "a quick failure ends nothing"
    );
    bench.ends(Report::Success, SECOND - Duration::from_millis(1));
    assert_eq!(bench.dependency_state(), DependencyState::Healthy);
}

#[test]
fn a_slow_success_ends_a_row_of_failures() {
    let mut bench = Bench::new(by_slowness(Window::Calls(10)));
    bench.ends(failure(), Duration::ZERO);
    bench.ends(failure(), Duration::ZERO);
    bench.ends(Report::Success, SECOND);
    assert_eq!(bench.machine.failures(), 0);
}

#[test]
fn a_trial_that_is_slow_does_not_close() {
    let mut bench = Bench::new(by_slowness(Window::Calls(10)));
    bench.trips_and_cools_down();
    let opened = bench.ends(Report::Success, SECOND).expect("it opens");
    assert_eq!(
        (opened.to, opened.cause),
        (BreakerState::Open, Cause::TrialSlow)
    );
    assert_eq!(
        opened.lasts,
        Some(2 * SECOND),
        "the next level of the backoff"
    );
    bench.now = bench.machine.until().unwrap();
    let closed = bench.ends(Report::Success, SECOND / 2).expect("it closes");
    assert_eq!(closed.to, BreakerState::Closed);
}

#[test]
fn a_breaker_that_is_off_counts_and_does_not_trip() {
    let mut bench = Bench::new(BreakerPolicy {
        mode: BreakerMode::Off,
        ..by_failures(Window::Calls(10))
    });
    for _ in 0..20 {
        assert_eq!(bench.fails(), None);
    }
    assert!(bench.machine.rates(bench.now)[0].is_met());
}

pub(super) fn shell(policy: BreakerPolicy, now: Instant) -> Breaker {
    let version = Arc::new(AtomicU64::new(0));
    Breaker::new(Arc::new(policy), Settle::default(), version, now)
}

#[test]
fn a_healthy_success_is_counted_without_the_lock() {
    let breaker = shell(by_failures(Window::Calls(10)), Instant::now());
    let now = Instant::now();
    let word = breaker.word();
    assert!(
        !breaker.count_success(word, None),
        "the first one is stamped"
    );
    breaker.lock().settle(word, Report::Success, now, || 0.5);
    let held = breaker.lock();
    for _ in 0..5 {
        // Would wait for ever if it took the lock.
        assert!(breaker.count_success(word, None));
    }
    drop(held);
    assert_eq!(breaker.lock().rates(now)[0].count.calls, 6);
}

#[test]
fn the_rules_see_every_success_that_may_be_slow_or_ends_something() {
    let breaker = shell(by_slowness(Window::Calls(10)), Instant::now());
    let now = Instant::now();
    let word = breaker.word();
    breaker.lock().settle(word, Report::Success, now, || 0.5);
    assert!(breaker.count_success(word, Some(SECOND / 2)));
    assert!(!breaker.count_success(word, Some(SECOND)));
    breaker.lock().settle(word, failure(), now, || 0.5);
    assert!(!breaker.count_success(word, Some(SECOND / 2)));
}

#[test]
fn a_success_of_before_the_outage_is_not_counted_after_it() {
    let breaker = shell(by_failures(Window::Calls(10)), Instant::now());
    let now = Instant::now();
    let early = breaker.word();
    breaker.lock().reset(by_operator(SECOND), now);
    let word = breaker.word();
    breaker.lock().settle(word, Report::Success, now, || 0.5);
    assert!(!breaker.count_success(early, None), "the rules drop it");
    assert!(breaker.count_success(word, None));
    assert_eq!(breaker.lock().rates(now)[0].count.calls, 2);
}

#[test]
fn a_breaker_without_rate_rules_has_no_shards_until_it_is_given_one() {
    let breaker = shell(plain(), Instant::now());
    assert!(breaker.word().is_plain());
    assert!(breaker.shards.get().is_none());
    let now = Instant::now();
    let policy = Arc::new(by_slowness(Window::Calls(10)));
    breaker.lock().revise(policy, now);
    assert!(breaker.shards.get().is_some());
    assert!(!breaker.word().is_plain() && breaker.word().is_timed());
}

#[test]
fn another_measure_is_no_change_of_health() {
    let breaker = shell(plain(), Instant::now());
    let version = breaker.version.load(Ordering::Relaxed);
    breaker
        .lock()
        .revise(Arc::new(by_slowness(Window::Calls(10))), Instant::now());
    assert_eq!(breaker.version.load(Ordering::Relaxed), version);
}
