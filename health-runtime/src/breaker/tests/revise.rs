//! Another policy in the middle: what stays, and what it changes from then on.

use super::*;
use crate::breaker::{FailureRate, SlowCallRate, Unsettled, Window};
use crate::error::Reason;

impl Bench {
    fn revise(&mut self, policy: BreakerPolicy) {
        assert_eq!(policy.check(), Ok(()));
        self.machine.revise(Arc::new(policy), self.now);
    }

    /// What will be missing until it counts as settled, if nothing happens for so long.
    fn unsettled_in(&self, passed: Duration) -> Option<Unsettled> {
        let settle = Settle::default();
        self.machine.record.unsettled(self.now + passed, settle)
    }
}

fn of_calls(calls: u32, rate: f64) -> FailureRate {
    FailureRate {
        rate,
        window: Window::Calls(calls),
        min_calls: 4,
    }
}

#[test]
fn failures_in_a_row_stay_and_a_lower_threshold_trips_at_the_next_one() {
    let mut bench = Bench::new(BreakerPolicy {
        consecutive: Some(5),
        ..plain()
    });
    for _ in 0..4 {
        bench.fails();
    }
    bench.revise(plain());
    assert_eq!(
        bench.state(),
        BreakerState::Closed,
        "an update is no failure"
    );
    assert_eq!(bench.machine.failures(), 4);
    let word = bench.admitted();
    assert_eq!(bench.settle(word, failure_of_one_of_several()), None);
    assert!(
        bench.fails().is_some(),
        "the fifth, and three are enough now"
    );
}

#[test]
fn a_call_admitted_before_settles_after() {
    let mut bench = Bench::plain();
    let running = bench.admitted();
    bench.fails();
    bench.fails();
    bench.revise(BreakerPolicy {
        failure_rate: Some(of_calls(10, 0.5)),
        ..plain()
    });
    assert!(bench.settle(running, failure()).is_some(), "the third");
}

#[test]
fn a_running_cooldown_keeps_its_end_and_the_next_one_its_level() {
    let mut bench = Bench::plain();
    bench.trips();
    let (epoch, until) = (bench.machine.epoch(), bench.machine.until());
    bench.revise(BreakerPolicy {
        backoff: Backoff {
            initial: 10 * SECOND,
            ..plain().backoff
        },
        ..plain()
    });
    assert_eq!(
        (bench.machine.epoch(), bench.machine.until()),
        (epoch, until)
    );
    assert_eq!(
        bench.ask(Asker::Call).unwrap_err().reason,
        Reason::CircuitOpen
    );
    bench.now = until.unwrap();
    let opened = bench.fails().expect("the trial fails");
    assert_eq!(
        opened.lasts,
        Some(20 * SECOND),
        "level 1, by the new policy"
    );
}

#[test]
fn a_half_open_breaker_keeps_its_trial_and_goes_by_the_new_threshold() {
    let mut bench = Bench::new(BreakerPolicy {
        success_threshold: 3,
        ..plain()
    });
    bench.trips_and_cools_down();
    bench.succeeds();
    let trial = bench.admitted();
    bench.revise(BreakerPolicy {
        success_threshold: 2,
        ..plain()
    });
    assert_eq!(
        bench.ask(Asker::Call).unwrap_err().reason,
        Reason::TrialInFlight
    );
    assert!(bench.settle(trial, Report::Success).is_some(), "the second");
    assert_eq!(bench.state(), BreakerState::Closed);
}

#[test]
fn an_override_stays_as_it_is() {
    let mut bench = Bench::plain();
    let why = by_operator(60 * SECOND);
    bench
        .machine
        .force(DependencyState::Unhealthy, why, bench.now);
    bench.revise(BreakerPolicy {
        consecutive: Some(1),
        ..plain()
    });
    assert_eq!(bench.state(), BreakerState::ForcedOpen);
    assert_eq!(bench.machine.until(), Some(bench.now + 60 * SECOND));
}

#[test]
fn the_proof_of_health_stays_unlike_with_another_configuration() {
    let mut bench = Bench::plain();
    bench.succeeds();
    let voids = bench.machine.voids();
    bench.revise(BreakerPolicy {
        consecutive: Some(7),
        ..plain()
    });
    assert_eq!(bench.machine.record.proof(), Some(bench.now));
    assert_eq!(bench.machine.voids(), voids);
    bench
        .machine
        .configure(Arc::new(plain()), Settle::default(), bench.now);
    assert_eq!(bench.machine.record.proof(), None);
}

#[test]
fn a_window_of_the_same_shape_keeps_what_it_counted() {
    let with = |rate| BreakerPolicy {
        consecutive: None,
        failure_rate: Some(rate),
        ..plain()
    };
    let mut bench = Bench::new(with(of_calls(10, 1.0)));
    bench.succeeds();
    for _ in 0..4 {
        bench.fails();
    }
    bench.machine.absorb(5);
    bench.revise(with(of_calls(10, 0.5)));
    let count = bench.machine.rates(bench.now)[0].count;
    assert_eq!(
        (count.calls, count.bad),
        (10, 4),
        "with what shards had counted"
    );
    assert!(bench.fails().is_some(), "5 of 10");
}

#[test]
fn a_window_of_another_shape_starts_empty_and_says_so() {
    let with = |rate| BreakerPolicy {
        failure_rate: Some(rate),
        ..plain()
    };
    let mut bench = Bench::new(with(of_calls(10, 1.0)));
    bench.fails();
    let revised = bench
        .machine
        .revise(Arc::new(with(of_calls(20, 1.0))), bench.now);
    assert!(revised.failures && !revised.slow);
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 0);
}

#[test]
fn another_limit_of_slowness_is_another_shape() {
    let with = |slower_than| BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than,
            rate: 1.0,
            window: Window::Calls(10),
            min_calls: 5,
        }),
        ..plain()
    };
    let mut bench = Bench::new(with(SECOND));
    let word = bench.admitted();
    bench
        .machine
        .settle_timed(word, Report::Success, Some(SECOND), bench.now, || 0.5);
    let revised = bench.machine.revise(Arc::new(with(2 * SECOND)), bench.now);
    assert!(revised.slow && !revised.failures);
    assert_eq!(bench.machine.rates(bench.now)[0].count.calls, 0);
}

#[test]
fn without_a_rule_for_it_no_call_was_slow() {
    let mut bench = Bench::new(BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than: SECOND,
            rate: 1.0,
            window: Window::Calls(10),
            min_calls: 5,
        }),
        ..plain()
    });
    let word = bench.admitted();
    bench
        .machine
        .settle_timed(word, Report::Success, Some(SECOND), bench.now, || 0.5);
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Degraded
    );
    bench.revise(plain());
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Healthy
    );
    assert!(
        bench.machine.word().is_plain(),
        "calls take the short way again"
    );
    // What was slow is over, so the time to settle runs.
    assert!(bench.unsettled_in(SECOND).is_some());
    assert_eq!(bench.unsettled_in(3600 * SECOND), None);
}

#[test]
fn a_failure_is_not_over_because_the_rule_for_slow_calls_is_gone() {
    let mut bench = Bench::new(BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than: SECOND,
            rate: 1.0,
            window: Window::Calls(10),
            min_calls: 5,
        }),
        ..plain()
    });
    let word = bench.admitted();
    bench
        .machine
        .settle_timed(word, Report::Success, Some(SECOND), bench.now, || 0.5);
    bench.fails();
    bench.revise(plain());
    assert!(bench.unsettled_in(3600 * SECOND).is_some());
}

#[test]
fn switched_off_while_open_it_refuses_nobody() {
    let mut bench = Bench::plain();
    bench.trips();
    assert_eq!(bench.machine.pass_by(), None);
    bench.revise(BreakerPolicy {
        mode: BreakerMode::Off,
        ..plain()
    });
    assert!(bench.machine.pass_by().is_some());
    let why = by_operator(60 * SECOND);
    bench
        .machine
        .force(DependencyState::Unhealthy, why, bench.now);
    assert_eq!(
        bench.machine.pass_by(),
        None,
        "an operator's word still counts"
    );
}

#[test]
fn a_rule_that_is_taken_away_takes_no_suspicion_with_it() {
    let mut bench = Bench::new(BreakerPolicy {
        slow_call_rate: Some(SlowCallRate {
            slower_than: SECOND,
            rate: 1.0,
            window: Window::Calls(10),
            min_calls: 5,
        }),
        ..plain()
    });
    let word = bench.admitted();
    bench
        .machine
        .settle_timed(word, Report::Success, Some(SECOND), bench.now, || 0.5);
    let word = bench.admitted();
    bench.settle(word, failure_of_one_of_several());
    assert!(
        !bench.machine.word().is_healthy(),
        "suspected, though nobody is counted"
    );
    bench.revise(plain());
    assert!(
        bench.unsettled_in(3600 * SECOND).is_some(),
        "the settle time has not even begun"
    );
    bench.succeeds();
    assert!(bench.unsettled_in(SECOND).is_some());
    assert_eq!(bench.unsettled_in(3600 * SECOND), None);
}
