//! Single histories in which something was wrong once, each under the name of what is right.

use std::time::Duration;

use health_runtime::{
    Backoff, BreakerMode, BreakerPolicy, BypassRule, Criticality, GatePolicy, Jitter,
};

use crate::driver::{Sums, play};
use crate::event::{Body, CallSpec, Command, DependencyPlan, Ending, Event, History, Route, Then};
use crate::trouble::{Says, Told, Whose};

const SECOND: Duration = Duration::from_secs(1);

const FAILS: Ending = Ending::Error(Told {
    says: Says::Failed,
    whose: Whose::Unsaid,
});

/// Four dependencies that trip at the first failure, nothing by chance, and nothing happens.
fn calm() -> History {
    let breaker = BreakerPolicy {
        consecutive: Some(1),
        backoff: Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    };
    let plan = DependencyPlan {
        breaker,
        timeout: Some(5 * SECOND),
        criticality: Criticality::Critical,
        probe: None,
    };
    History {
        seed: 1,
        dependencies: std::array::from_fn(|_| plan.clone()),
        gate: GatePolicy {
            max_evidence_age: Some(10 * SECOND),
            ..GatePolicy::default()
        },
        mode: None,
        bypass: BypassRule::Allow,
        events: Vec::new(),
    }
}

#[track_caller]
fn agrees(history: &History) {
    assert_eq!(play(history, &mut Sums::default()), Ok(()), "{history:#?}");
}

fn fails(dependency: usize) -> Event {
    Event::Report {
        dependency,
        failed: true,
    }
}

/// A call of dependency 0 with a call of dependency 1 within it, whose error it passes on.
fn nested(inner: Body) -> Event {
    let inner = CallSpec {
        route: Route::One(1),
        body: inner,
    };
    Event::Call(CallSpec {
        route: Route::One(0),
        body: Body::Nests {
            inner: Box::new(inner),
            patience: None,
            then: Then::PassOn,
        },
    })
}

#[test]
fn a_failure_within_of_a_dependency_that_only_observes_opens_no_other() {
    let mut history = calm();
    history.dependencies[1].breaker.mode = BreakerMode::Observe;
    // Open, and let through.
    history.events = vec![fails(1), nested(Body::Ends(FAILS))];
    agrees(&history);
}

#[test]
fn a_failure_within_of_a_dependency_that_is_forced_closed_opens_no_other() {
    let mut history = calm();
    let forced = Event::Operator {
        dependency: 1,
        command: Command::ForceClosed(60 * SECOND),
    };
    history.events = vec![forced, nested(Body::Ends(FAILS))];
    agrees(&history);
}

#[test]
fn a_call_within_that_hangs_in_a_dependency_that_only_observes_opens_no_other() {
    let mut history = calm();
    history.dependencies[1].breaker.mode = BreakerMode::Observe;
    let hangs = nested(Body::Waits);
    let dropped = Event::Drop { which: 0 };
    history.events = vec![fails(1), hangs, Event::Pass(2 * SECOND), dropped];
    agrees(&history);
    // The same when its time is over.
    history.events = vec![fails(1), nested(Body::Waits), Event::Pass(6 * SECOND)];
    agrees(&history);
}

/// A call of dependency 0 without a limit that waits for one within it, and then for itself.
fn gets_over_it(patience: Option<Duration>) -> Vec<Event> {
    let inner = CallSpec {
        route: Route::One(1),
        body: Body::Waits,
    };
    let call = Event::Call(CallSpec {
        route: Route::One(0),
        body: Body::Nests {
            inner: Box::new(inner),
            patience,
            then: Then::GetOverAndWait,
        },
    });
    // Nothing wakes it between the moment from which on it hangs and that at which it is dropped.
    vec![call, Event::Pass(5 * SECOND), Event::Drop { which: 0 }]
}

#[test]
fn a_call_that_hangs_after_one_within_it_has_run_out_of_time_is_abandoned_all_the_same() {
    let mut history = calm();
    history.dependencies[0].timeout = None;
    history.events = gets_over_it(None);
    agrees(&history);
}

#[test]
fn a_call_that_hangs_after_it_has_dropped_one_within_it_is_abandoned_all_the_same() {
    let mut history = calm();
    for dependency in &mut history.dependencies {
        dependency.timeout = None;
    }
    history.events = gets_over_it(Some(5 * SECOND));
    agrees(&history);
}
