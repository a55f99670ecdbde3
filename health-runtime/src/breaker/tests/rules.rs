//! Every row of the table at the top of the rules, every invariant below it, and the edges.

use super::*;
use crate::breaker::transition::Cause;
use crate::breaker::word::Phase;
use crate::error::Reason;

#[test]
fn closed_opens_at_the_threshold_and_not_before() {
    let mut bench = Bench::plain();
    assert_eq!(bench.fails(), None);
    assert_eq!(bench.fails(), None);
    assert_eq!(bench.state(), BreakerState::Closed);
    let opened = bench.fails().expect("the third failure trips");
    assert_eq!(
        (opened.from, opened.to, opened.epoch),
        (BreakerState::Closed, BreakerState::Open, 1)
    );
    assert_eq!(opened.cause, Cause::FailuresInARow(3));
    assert_eq!(opened.lasts, Some(SECOND));
}

#[test]
fn a_success_between_failures_starts_the_count_anew() {
    let mut bench = Bench::plain();
    for _ in 0..10 {
        assert_eq!(bench.fails(), None);
        assert_eq!(bench.fails(), None);
        assert_eq!(bench.succeeds(), None);
    }
    assert_eq!(bench.machine.failures(), 0);
    assert_eq!(bench.machine.epoch(), 0);
}

#[test]
fn neutral_and_cancelled_calls_neither_count_nor_erase_failures() {
    let mut bench = Bench::plain();
    bench.fails();
    bench.fails();
    for report in [Report::Neutral, Report::Cancelled] {
        let word = bench.admitted();
        assert_eq!(bench.settle(word, report), None);
    }
    assert_eq!(bench.machine.failures(), 2);
    assert!(bench.fails().is_some(), "the next failure is the third");
}

#[test]
fn a_failure_of_one_of_several_degrades_and_never_trips() {
    let mut bench = Bench::plain();
    for _ in 0..100 {
        let word = bench.admitted();
        assert_eq!(bench.settle(word, failure_of_one_of_several()), None);
    }
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Degraded
    );
    assert_eq!(bench.machine.failures(), 0);
    bench.succeeds();
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Healthy
    );
}

#[test]
fn open_refuses_with_the_time_that_is_left() {
    let mut bench = Bench::plain();
    bench.trips();
    bench.pass(SECOND / 4);
    for asker in [Asker::Call, Asker::Probe] {
        let refusal = bench.ask(asker).unwrap_err();
        assert_eq!(refusal.reason, Reason::CircuitOpen);
        assert_eq!(refusal.retry_after, SECOND * 3 / 4);
    }
}

#[test]
fn open_becomes_half_open_when_the_cooldown_is_over_and_somebody_asks() {
    for asker in [Asker::Call, Asker::Probe] {
        let mut bench = Bench::plain();
        bench.trips();
        bench.pass(SECOND - Duration::from_nanos(1));
        assert!(bench.ask(asker).is_err());
        bench.pass(Duration::from_nanos(1));
        assert_eq!(bench.machine.epoch(), 1, "time alone writes nothing");
        let (word, transition) = bench.ask(asker).unwrap();
        let transition = transition.expect("a change of state");
        assert_eq!(
            (transition.from, transition.to, transition.epoch),
            (BreakerState::Open, BreakerState::HalfOpen, 2)
        );
        assert_eq!(transition.cause, Cause::CooldownOver);
        assert_eq!((word.phase(), word.epoch()), (Phase::HalfOpen, 2));
    }
}

#[test]
fn a_breaker_whose_cooldown_is_over_never_reads_as_open() {
    let mut bench = Bench::plain();
    bench.trips();
    assert_eq!(bench.state(), BreakerState::Open);
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Unhealthy
    );
    bench.pass(SECOND);
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Degraded
    );
}

#[test]
fn checking_changes_nothing() {
    let mut bench = Bench::plain();
    bench.trips_and_cools_down();
    let before = format!("{:?}", bench.machine);
    for asker in [Asker::Call, Asker::Probe] {
        assert_eq!(bench.machine.check(bench.now, asker), Ok(()));
    }
    assert_eq!(format!("{:?}", bench.machine), before);
}

#[test]
fn half_open_closes_after_enough_successful_trials() {
    let mut bench = Bench::new(BreakerPolicy {
        success_threshold: 3,
        ..plain()
    });
    bench.trips_and_cools_down();
    assert_eq!(bench.succeeds(), None);
    assert_eq!(bench.succeeds(), None);
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    let closed = bench.succeeds().expect("the third success closes");
    assert_eq!(
        (closed.from, closed.to, closed.epoch),
        (BreakerState::HalfOpen, BreakerState::Closed, 3)
    );
    assert_eq!(closed.cause, Cause::TrialSucceeded);
    assert_eq!(bench.machine.failures(), 0);
}

#[test]
fn half_open_opens_again_at_the_first_failed_trial_and_backs_off_further() {
    let mut bench = Bench::new(BreakerPolicy {
        success_threshold: 3,
        ..plain()
    });
    bench.trips_and_cools_down();
    bench.succeeds();
    bench.succeeds();
    for cooldown in [2, 4, 8, 16, 32, 60, 60] {
        let opened = bench.fails().expect("one failure is enough");
        assert_eq!(
            (opened.from, opened.to),
            (BreakerState::HalfOpen, BreakerState::Open)
        );
        assert_eq!(opened.cause, Cause::TrialFailed);
        assert_eq!(opened.lasts, Some(cooldown * SECOND));
        bench.pass(cooldown * SECOND);
    }
}

#[test]
fn half_open_refuses_calls_beyond_the_trial_limit() {
    for max_trials in 1..4 {
        let mut bench = Bench::new(BreakerPolicy {
            max_trials,
            ..plain()
        });
        bench.trips_and_cools_down();
        for _ in 0..max_trials {
            bench.admitted();
        }
        for asker in [Asker::Call, Asker::Probe] {
            let refusal = bench.ask(asker).unwrap_err();
            assert_eq!(refusal.reason, Reason::TrialInFlight);
            assert_eq!(
                refusal.retry_after, SECOND,
                "soon, and not at the end of the lease"
            );
        }
    }
}

#[test]
fn a_dropped_trial_gives_its_slot_back_and_proves_nothing() {
    for report in [
        Report::Cancelled,
        Report::Neutral,
        failure_of_one_of_several(),
    ] {
        let mut bench = Bench::plain();
        bench.trips_and_cools_down();
        for _ in 0..10 {
            let word = bench.admitted();
            assert!(bench.ask(Asker::Call).is_err(), "the slot is taken");
            assert_eq!(bench.settle(word, report.clone()), None, "{report:?}");
        }
        assert_eq!(bench.state(), BreakerState::HalfOpen);
        assert!(bench.succeeds().is_some(), "and the next success closes");
    }
}

#[test]
fn a_trial_past_its_lease_loses_its_slot_and_its_say() {
    for late in [Report::Success, failure(), Report::Cancelled] {
        let mut bench = Bench::plain();
        bench.trips_and_cools_down();
        let hung = bench.admitted();
        bench.pass(30 * SECOND - Duration::from_nanos(1));
        assert!(bench.ask(Asker::Call).is_err());
        bench.pass(Duration::from_nanos(1));
        let (next, transition) = bench.ask(Asker::Call).unwrap();
        let transition = transition.expect("a new epoch");
        assert_eq!(transition.cause, Cause::TrialOverdue);
        assert_eq!(
            (transition.from, transition.to),
            (BreakerState::HalfOpen, BreakerState::HalfOpen)
        );
        let before = format!("{:?}", bench.machine);
        assert_eq!(bench.settle(hung, late), None);
        assert_eq!(format!("{:?}", bench.machine), before);
        assert!(
            bench.ask(Asker::Call).is_err(),
            "the late one freed no slot that was not its own"
        );
        assert!(bench.settle(next, Report::Success).is_some());
    }
}

#[test]
fn an_overdue_trial_loses_its_say_even_if_another_slot_was_free() {
    let mut bench = Bench::new(BreakerPolicy {
        max_trials: 2,
        ..plain()
    });
    bench.trips_and_cools_down();
    let hung = bench.admitted();
    bench.pass(30 * SECOND);
    let next = bench.admitted();
    assert_eq!(bench.settle(hung, Report::Success), None);
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    assert!(bench.settle(next, Report::Success).is_some());
}

#[test]
fn an_outcome_from_an_older_epoch_changes_nothing() {
    type Later = fn(&mut Bench);
    let laters: [Later; 6] = [
        Bench::trips,
        Bench::trips_and_cools_down,
        |bench| {
            bench.trips_and_cools_down();
            bench.admitted();
        },
        |bench| {
            bench.trips_and_cools_down();
            bench.succeeds();
        },
        |bench| {
            bench.trips_and_cools_down();
            bench.succeeds();
            bench.fails();
            bench.fails();
        },
        |bench| {
            let (why, now) = (by_operator(SECOND), bench.now);
            bench.machine.force(DependencyState::Unhealthy, why, now);
        },
    ];
    for (index, later) in laters.iter().enumerate() {
        for report in [
            Report::Success,
            failure(),
            retry_after(60 * SECOND),
            failure_of_one_of_several(),
            Report::Neutral,
            Report::Cancelled,
        ] {
            let mut bench = Bench::plain();
            let stale = bench.admitted();
            later(&mut bench);
            let before = format!("{:?}", bench.machine);
            assert_eq!(bench.settle(stale, report.clone()), None);
            assert_eq!(
                format!("{:?}", bench.machine),
                before,
                "{report:?} after history {index}"
            );
        }
    }
}

#[test]
fn every_change_of_state_is_a_new_epoch() {
    let mut bench = Bench::plain();
    let mut epochs = vec![bench.machine.epoch()];
    bench.trips_and_cools_down();
    epochs.push(bench.machine.epoch());
    let trial = bench.admitted();
    epochs.push(bench.machine.epoch());
    bench.settle(trial, Report::Success);
    epochs.push(bench.machine.epoch());
    let now = bench.now;
    bench
        .machine
        .force(DependencyState::Degraded, by_operator(SECOND), now);
    epochs.push(bench.machine.epoch());
    bench.pass(SECOND);
    let now = bench.now;
    bench.machine.expire(now);
    epochs.push(bench.machine.epoch());
    bench.machine.reset(by_operator(SECOND), now);
    epochs.push(bench.machine.epoch());
    assert_eq!(epochs, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn the_backoff_level_decays_with_healthy_time_and_not_with_one_lucky_success() {
    let mut bench = Bench::plain();
    bench.trips_and_cools_down();
    for _ in 0..3 {
        bench.fails();
        bench.now = bench.machine.until().unwrap();
    }
    bench.succeeds();
    let at_closing = bench.now;

    bench.pass(10 * SECOND);
    bench.trips();
    assert_eq!(bench.machine.until(), Some(bench.now + 8 * SECOND));

    // The same outage, but healthy for two minutes: two levels less.
    let mut bench = Bench {
        machine: Bench::plain().machine,
        now: at_closing,
    };
    bench.trips_and_cools_down();
    for _ in 0..3 {
        bench.fails();
        bench.now = bench.machine.until().unwrap();
    }
    bench.succeeds();
    bench.pass(120 * SECOND);
    bench.trips();
    assert_eq!(bench.machine.until(), Some(bench.now + 2 * SECOND));
}

#[test]
fn a_long_outage_is_forgotten_as_soon_as_one_that_has_just_reached_the_longest_cooldown() {
    let mut bench = Bench::plain();
    bench.trips();
    for _ in 0..1_000 {
        bench.now = bench.machine.until().expect("it is open");
        bench.fails();
    }
    bench.now = bench.machine.until().expect("it is open");
    bench.succeeds();
    assert_eq!(bench.state(), BreakerState::Closed);
    assert_eq!(bench.machine.cooldown(bench.now), 60 * SECOND);
    // From 60 s down to 1 s: 60, 32, 16, 8, 4, 2, 1.
    bench.pass(6 * 60 * SECOND);
    assert_eq!(bench.machine.cooldown(bench.now), SECOND);
}

#[test]
fn retry_after_lengthens_the_cooldown_and_no_success_shortens_it() {
    let mut bench = Bench::plain();
    let word = bench.admitted();
    bench.settle(word, retry_after(20 * SECOND));
    let asked_until = bench.now + 20 * SECOND;
    bench.pass(SECOND);
    bench.succeeds();
    let word = bench.admitted();
    bench.settle(word, retry_after(SECOND));
    bench.trips();
    assert_eq!(bench.machine.until(), Some(asked_until));
}

#[test]
fn retry_after_never_shortens_a_cooldown_that_is_longer() {
    let mut bench = Bench::new(BreakerPolicy {
        consecutive: Some(1),
        ..plain()
    });
    let word = bench.admitted();
    bench.settle(word, retry_after(SECOND / 2));
    assert_eq!(bench.machine.until(), Some(bench.now + SECOND));
}

#[test]
fn an_absurd_retry_after_is_believed_only_up_to_the_cap() {
    let mut bench = Bench::new(BreakerPolicy {
        consecutive: Some(1),
        ..plain()
    });
    let word = bench.admitted();
    bench.settle(word, retry_after(Duration::MAX));
    assert_eq!(bench.machine.until(), Some(bench.now + 900 * SECOND));
}

#[test]
fn forced_open_refuses_until_it_expires_and_then_asks_for_a_trial() {
    let mut bench = Bench::plain();
    let now = bench.now;
    bench
        .machine
        .force(DependencyState::Unhealthy, by_operator(10 * SECOND), now);
    let refusal = bench.ask(Asker::Call).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.retry_after),
        (Reason::ForcedOpen, 10 * SECOND)
    );
    assert_eq!(bench.machine.expire(bench.now), None);
    bench.pass(10 * SECOND);
    let expired = bench.machine.expire(bench.now).expect("its time is over");
    assert_eq!(expired.cause, Cause::OverrideExpired);
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    let trial = bench.admitted();
    assert_eq!(
        trial.phase(),
        Phase::HalfOpen,
        "nobody has proved the dependency healthy"
    );
    assert!(bench.ask(Asker::Call).is_err());
}

#[test]
fn a_probe_of_a_breaker_that_is_forced_open_informs_and_does_not_decide() {
    let mut bench = Bench::plain();
    let now = bench.now;
    bench
        .machine
        .force(DependencyState::Unhealthy, by_operator(10 * SECOND), now);
    let (probe, _) = bench.ask(Asker::Probe).unwrap();
    assert_eq!(bench.settle(probe, Report::Success), None);
    assert_eq!(bench.state(), BreakerState::ForcedOpen);
}

#[test]
fn forced_closed_lets_everything_pass_and_never_trips_until_it_expires() {
    for forced in [DependencyState::Healthy, DependencyState::Degraded] {
        let mut bench = Bench::plain();
        bench.trips();
        let now = bench.now;
        bench.machine.force(forced, by_operator(10 * SECOND), now);
        for _ in 0..100 {
            assert_eq!(bench.fails(), None);
        }
        assert_eq!(bench.state(), BreakerState::ForcedClosed);
        assert_eq!(bench.machine.dependency_state(bench.now), forced);
        bench.pass(10 * SECOND);
        assert_eq!(
            bench.machine.dependency_state(bench.now),
            DependencyState::Healthy,
            "reading sees the time pass, even before anybody ends the override"
        );
        bench.machine.expire(bench.now);
        assert_eq!(bench.state(), BreakerState::Closed);
        bench.trips();
    }
}

#[test]
fn a_reset_forgets_failures_backoff_and_wishes() {
    let mut bench = Bench::plain();
    let word = bench.admitted();
    bench.settle(word, retry_after(600 * SECOND));
    bench.trips_and_cools_down();
    bench.fails();
    let now = bench.now;
    let reset = bench.machine.reset(by_operator(SECOND), now);
    assert_eq!(reset.to, BreakerState::Closed);
    bench.trips();
    assert_eq!(bench.machine.until(), Some(bench.now + SECOND));
}

#[test]
fn an_operator_can_force_and_reset_every_state() {
    type Before = fn(&mut Bench);
    let befores: [Before; 4] = [
        |_| {},
        Bench::trips,
        |bench| {
            bench.trips_and_cools_down();
            bench.admitted();
        },
        |bench| {
            let (why, now) = (by_operator(SECOND), bench.now);
            bench.machine.force(DependencyState::Healthy, why, now);
        },
    ];
    for before in befores {
        let mut bench = Bench::plain();
        before(&mut bench);
        let epoch = bench.machine.epoch();
        let now = bench.now;
        let forced = bench
            .machine
            .force(DependencyState::Unhealthy, by_operator(SECOND), now);
        assert_eq!(
            (forced.to, forced.epoch),
            (BreakerState::ForcedOpen, epoch + 1)
        );
        let reset = bench.machine.reset(by_operator(SECOND), now);
        assert_eq!((reset.to, reset.epoch), (BreakerState::Closed, epoch + 2));
    }
}

#[test]
fn what_is_reported_by_hand_counts_while_closed_and_is_a_trial_after_the_cooldown() {
    let mut bench = Bench::plain();
    let report = |bench: &mut Bench, report| {
        let now = bench.now;
        bench.machine.report(report, now, || 0.5)
    };
    for _ in 0..2 {
        assert_eq!(report(&mut bench, failure()), [None, None]);
    }
    assert!(report(&mut bench, failure())[0].is_some());
    assert_eq!(
        report(&mut bench, Report::Success),
        [None, None],
        "a success within the cooldown is telemetry"
    );
    assert_eq!(bench.state(), BreakerState::Open);
    bench.pass(SECOND);
    let [half_open, closed] = report(&mut bench, Report::Success);
    assert_eq!(half_open.unwrap().to, BreakerState::HalfOpen);
    assert_eq!(closed.unwrap().to, BreakerState::Closed);
}

#[test]
fn what_is_reported_by_hand_frees_no_slot() {
    let mut bench = Bench::plain();
    bench.trips_and_cools_down();
    let trial = bench.admitted();
    let now = bench.now;
    assert_eq!(
        bench.machine.report(Report::Neutral, now, || 0.5),
        [None, None]
    );
    assert!(bench.ask(Asker::Call).is_err(), "the trial still runs");
    bench.settle(trial, Report::Cancelled);
    assert!(bench.ask(Asker::Call).is_ok());
}

#[test]
fn while_a_probe_is_registered_it_is_the_trial() {
    let mut bench = Bench::plain();
    bench.machine.set_probed(true);
    bench.trips_and_cools_down();
    let refusal = bench.ask(Asker::Call).unwrap_err();
    assert_eq!(refusal.reason, Reason::TrialInFlight);
    let (probe, _) = bench.ask(Asker::Probe).unwrap();
    assert!(bench.ask(Asker::Call).is_err());
    assert!(
        bench.ask(Asker::Probe).is_err(),
        "one probe at a time as well"
    );
    assert!(bench.settle(probe, Report::Success).is_some());
    assert!(bench.ask(Asker::Call).is_ok());
}

#[test]
fn a_probe_that_never_runs_loses_its_first_right_after_a_lease() {
    let mut bench = Bench::plain();
    bench.machine.set_probed(true);
    bench.trips_and_cools_down();
    bench.pass(30 * SECOND - Duration::from_nanos(1));
    assert!(bench.ask(Asker::Call).is_err());
    bench.pass(Duration::from_nanos(1));
    assert!(bench.ask(Asker::Call).is_ok());
}

#[test]
fn a_probe_that_was_dropped_keeps_its_first_right_for_one_lease() {
    let mut bench = Bench::plain();
    bench.machine.set_probed(true);
    bench.trips_and_cools_down();
    let (probe, _) = bench.ask(Asker::Probe).unwrap();
    bench.settle(probe, Report::Cancelled);
    assert!(bench.ask(Asker::Call).is_err());
    bench.pass(30 * SECOND);
    assert!(bench.ask(Asker::Call).is_ok());
}

#[test]
fn a_breaker_that_is_off_never_trips_and_still_degrades() {
    let mut bench = Bench::new(BreakerPolicy {
        mode: BreakerMode::Off,
        ..plain()
    });
    for _ in 0..100 {
        assert_eq!(bench.fails(), None);
    }
    assert_eq!(bench.state(), BreakerState::Closed);
    assert_eq!(
        bench.machine.dependency_state(bench.now),
        DependencyState::Degraded
    );
    assert_eq!(bench.machine.failures(), 100);
}

#[test]
fn a_breaker_that_only_observes_lets_pass_what_it_would_refuse_and_learns_nothing_from_it() {
    let mut bench = Bench::new(BreakerPolicy {
        mode: BreakerMode::Observe,
        ..plain()
    });
    bench.trips();
    assert!(bench.machine.check(bench.now, Asker::Call).is_err());
    let aside = bench.machine.pass_by().expect("observed only");
    assert_eq!(aside.phase(), Phase::Aside);
    assert_eq!(bench.settle(aside, Report::Success), None);
    assert_eq!(bench.settle(aside, failure()), None);
    assert_eq!(bench.state(), BreakerState::Open);
    bench.pass(SECOND);
    assert!(bench.succeeds().is_some(), "and it recovers by the rules");
    assert!(Bench::plain().machine.pass_by().is_none());
}

#[test]
fn failures_beyond_the_width_of_the_word_do_not_wrap_around() {
    let mut bench = Bench::new(BreakerPolicy {
        consecutive: Some(70_000),
        ..plain()
    });
    for count in 0..69_999 {
        assert_eq!(bench.fails(), None, "at failure {count}");
    }
    assert_eq!(bench.machine.failures(), 69_999);
    assert!(!Word::new(0, Phase::Closed, 0, false).is_quiet(bench.machine.word()));
    assert!(bench.fails().is_some());
}

#[test]
fn the_longest_spans_that_a_policy_may_have_overflow_nothing() {
    let year = 365 * 24 * 3600 * SECOND;
    let mut bench = Bench::new(BreakerPolicy {
        consecutive: Some(1),
        trial_lease: year,
        abandoned_after: Duration::MAX,
        retry_after_max: year,
        backoff: Backoff {
            initial: year,
            multiplier: f64::MAX,
            max: year,
            jitter: Jitter::Equal,
            decay: Duration::MAX,
        },
        ..plain()
    });
    for _ in 0..3 {
        let word = bench.admitted();
        bench.settle(word, retry_after(Duration::MAX));
        assert!(bench.ask(Asker::Call).is_err());
        bench.now = bench.machine.until().unwrap();
    }
    assert!(bench.succeeds().is_some());
}

#[test]
fn time_that_goes_back_keeps_the_breaker_open_and_breaks_nothing() {
    let mut bench = Bench::plain();
    bench.pass(100 * SECOND);
    bench.trips();
    let opened = bench.now;
    bench.now = opened.checked_sub(50 * SECOND).unwrap();
    let refusal = bench.ask(Asker::Call).unwrap_err();
    assert_eq!(refusal.retry_after, 51 * SECOND);
    bench.now = opened + SECOND;
    assert!(bench.ask(Asker::Call).is_ok());
}

#[test]
fn the_word_says_what_the_rules_say() {
    let mut bench = Bench::plain();
    assert_eq!(bench.machine.word(), Word::new(0, Phase::Closed, 0, false));
    bench.succeeds();
    assert_eq!(bench.machine.word(), Word::new(0, Phase::Closed, 0, true));
    bench.fails();
    assert_eq!(bench.machine.word(), Word::new(0, Phase::Closed, 1, false));
    bench.trips_and_cools_down();
    assert_eq!(bench.machine.word(), Word::new(1, Phase::Open, 0, false));
    bench.admitted();
    assert_eq!(
        bench.machine.word(),
        Word::new(2, Phase::HalfOpen, 1, false)
    );
}

#[test]
fn an_override_says_whose_it_is_for_as_long_as_it_lasts() {
    let mut bench = Bench::plain();
    assert_eq!(bench.machine.forced_by(), None);
    let why = by_operator(SECOND);
    bench
        .machine
        .force(DependencyState::Unhealthy, why.clone(), bench.now);
    assert_eq!(bench.machine.forced_by(), Some(&why));
    bench.pass(SECOND);
    bench.machine.expire(bench.now);
    assert_eq!(bench.machine.forced_by(), None);
}

#[test]
fn the_word_of_a_dependency_that_is_only_suspected_takes_calls_off_the_short_way_out() {
    let mut bench = Bench::plain();
    bench.succeeds();
    let word = bench.admitted();
    bench.settle(word, failure_of_one_of_several());
    assert_eq!(bench.machine.failures(), 0, "nobody is counted");
    assert!(!bench.machine.word().is_healthy());
    assert!(
        !word.is_quiet(bench.machine.word()),
        "a success has to end it"
    );
    bench.succeeds();
    assert!(bench.machine.word().is_healthy());
}

#[cfg(feature = "testing")]
#[test]
fn a_breaker_that_a_test_lets_recover_begins_a_new_streak() {
    let mut bench = Bench::plain();
    bench.fails();
    let streak = bench.machine.streak();
    bench.machine.forgive(bench.now);
    assert_ne!(bench.machine.streak(), streak, "every key counts again");
    assert_eq!(bench.machine.failures(), 0);
}
