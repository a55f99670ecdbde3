//! What the published refusal says is what the rules would say, and where they have to be asked it
//! says nothing.

use super::super::{Breaker, Locked, Phase};
use super::rates::shell;
use super::*;
use crate::error::Reason;

const OPEN_FOR: Duration = SECOND;

/// Trips at the third failure.
fn tripped(mode: BreakerMode, now: Instant) -> Breaker {
    let breaker = shell(BreakerPolicy { mode, ..plain() }, now);
    for _ in 0..3 {
        let word = breaker.word();
        breaker.lock().settle(word, failure(), now, || 0.5);
    }
    breaker
}

/// What the rules say.
fn by_the_rules(breaker: &Breaker, now: Instant) -> Option<Refusal> {
    breaker.lock().check(now, Asker::Call).err()
}

fn force(machine: &mut Locked<'_>, reported: DependencyState, now: Instant) {
    machine.force(reported, by_operator(10 * SECOND), now);
}

#[test]
fn an_open_breaker_refuses_without_its_lock_until_its_cooldown_is_over() {
    let now = Instant::now();
    let breaker = tripped(BreakerMode::Enforce, now);
    for passed in [
        Duration::ZERO,
        OPEN_FOR / 2,
        OPEN_FOR - Duration::from_nanos(1),
    ] {
        let rules = by_the_rules(&breaker, now + passed).expect("it is open");
        // Would wait for ever if it took the lock.
        let held = breaker.lock();
        let refusal = breaker.refusal(|| now + passed).expect("it is open");
        drop(held);
        assert_eq!(refusal.reason, Reason::CircuitOpen);
        assert_eq!(refusal.retry_after, rules.retry_after);
        assert_eq!(refusal.retry_after, OPEN_FOR - passed);
    }
    for passed in [OPEN_FOR, 2 * OPEN_FOR] {
        assert!(
            breaker.refusal(|| now + passed).is_none(),
            "the rules decide"
        );
    }
}

#[test]
fn a_cooldown_that_the_dependency_lengthens_is_the_one_that_holds() {
    let now = Instant::now();
    let breaker = tripped(BreakerMode::Enforce, now);
    let Report::Failure(failure) = failure() else {
        unreachable!("it is one")
    };
    let asked = Failure {
        retry_after: Some(5 * SECOND),
        ..failure
    };
    let later = now + OPEN_FOR;
    breaker.lock().admit(later);
    let word = breaker.word();
    assert!(
        breaker.refusal(|| later).is_none(),
        "half-open: the rules decide"
    );
    breaker
        .lock()
        .settle(word, Report::Failure(asked), later, || 0.5);
    let refusal = breaker.refusal(|| later).expect("it is open again");
    assert_eq!(
        Some(refusal.retry_after),
        by_the_rules(&breaker, later).map(|r| r.retry_after)
    );
    assert!(refusal.retry_after >= 5 * SECOND);
}

#[test]
fn a_breaker_that_closes_or_is_forced_says_so_at_once() {
    let now = Instant::now();
    let breaker = tripped(BreakerMode::Enforce, now);
    breaker.lock().reset(by_operator(SECOND), now);
    assert!(breaker.refusal(|| now).is_none(), "reset");

    force(&mut breaker.lock(), DependencyState::Unhealthy, now);
    let refusal = breaker.refusal(|| now).expect("forced open");
    assert_eq!(refusal.reason, Reason::ForcedOpen);
    assert_eq!(refusal.retry_after, 10 * SECOND);
    assert!(
        breaker.refusal(|| now + 10 * SECOND).is_none(),
        "it has expired"
    );

    force(&mut breaker.lock(), DependencyState::Healthy, now);
    assert!(breaker.refusal(|| now).is_none(), "forced closed");
}

#[test]
fn what_is_only_observed_or_off_is_never_refused_past_the_rules() {
    let now = Instant::now();
    let breaker = tripped(BreakerMode::Observe, now);
    assert_eq!(breaker.word().phase(), Phase::Open, "it trips all the same");
    assert!(breaker.refusal(|| now).is_none());
    force(&mut breaker.lock(), DependencyState::Unhealthy, now);
    assert!(
        breaker.refusal(|| now).is_none(),
        "observed even when forced"
    );

    // Switched while it is open, both ways.
    let breaker = tripped(BreakerMode::Enforce, now);
    let revise = |mode| {
        let policy = Arc::new(BreakerPolicy { mode, ..plain() });
        breaker.lock().revise(policy, now);
    };
    revise(BreakerMode::Off);
    assert!(breaker.refusal(|| now).is_none());
    force(&mut breaker.lock(), DependencyState::Unhealthy, now);
    assert!(
        breaker.refusal(|| now).is_some(),
        "an operator's word holds"
    );
    let breaker = tripped(BreakerMode::Enforce, now);
    breaker.lock().revise(
        Arc::new(BreakerPolicy {
            mode: BreakerMode::Observe,
            ..plain()
        }),
        now,
    );
    assert!(breaker.refusal(|| now).is_none());
    breaker.lock().revise(Arc::new(plain()), now);
    assert!(breaker.refusal(|| now).is_some());
}
