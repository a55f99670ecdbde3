//! Who is the trial: the probe, as long as there is one and a loop that runs it.

use std::sync::Arc;

use super::explore::{Bound, Run, explore};
use super::house::{House, consecutive};
use crate::dependency::{Dependency, ProbeLoop};
use crate::probe::TcpProbe;

fn declared() -> Dependency {
    Dependency::new("redis").breaker(consecutive(1))
}

fn probed() -> Dependency {
    declared().probe(TcpProbe::new("127.0.0.1:6379"))
}

/// Declares it anew while a loop begins to probe it.
fn race(run: &Run, before: Dependency, after: Dependency) -> (House, ProbeLoop) {
    let house = House::of(before);
    let other = Arc::clone(&house.redis);
    let (began, _entry) = run.both(
        move || other.probe_loop(),
        || house.registry.directory().declare(after),
    );
    (house, began)
}

#[test]
fn a_probe_that_is_taken_away_while_its_loop_begins_is_not_the_trial() {
    explore(Bound::Exhaustive, &["calls are the trials"], |run| {
        let (house, _loop) = race(run, probed(), declared());
        assert!(!house.redis.lock().is_probed());
        run.saw("calls are the trials");
    });
}

#[test]
fn a_probe_that_is_declared_while_its_loop_begins_is_the_trial() {
    explore(Bound::Exhaustive, &["the probe is the trial"], |run| {
        let (house, began) = race(run, declared(), probed());
        assert!(house.redis.lock().is_probed());
        drop(began);
        assert!(!house.redis.lock().is_probed(), "nobody runs it");
        run.saw("the probe is the trial");
    });
}
