//! What the gate has granted, against what happens meanwhile.

use std::pin::pin;
use std::sync::Arc;

use super::explore::{Bound, explore};
use super::house::{House, at_once, consecutive, failure, settle};
use crate::error::DependencyUnhealthy;
use crate::gate::{
    Budget, Declared, DestructivePermit, Gate, GatePolicy, Operation, WatchDestructive,
};
use crate::outcome::Report;
use crate::{Criticality, Dependency, HealthRegistry};

/// A gate that has allowed an operation once, and would do so again.
pub(super) struct Granted {
    pub(super) house: House,
    pub(super) operation: Arc<Operation>,
}

impl Granted {
    pub(super) fn with(budget: Option<Budget>) -> Self {
        let house = House::new(consecutive(5));
        let gate = house.registry.gate();
        gate.set_started(true);
        let operation = gate.operation(Declared {
            name: "purge",
            module: "models",
            file: "models.rs",
            line: 1,
            deps: &["redis"],
            options: "",
            budget,
        });
        settle(&house.redis, house.redis.word(), Report::Success);
        let granted = Self { house, operation };
        let permit = granted.ask().expect("all is well");
        assert!(check(&permit).is_ok());
        granted
    }

    pub(super) fn gate(&self) -> &Arc<Gate> {
        self.house.registry.gate()
    }

    pub(super) fn other(&self) -> Self {
        Self {
            house: self.house.clone(),
            operation: Arc::clone(&self.operation),
        }
    }

    /// Without a look: what was granted last is granted again.
    pub(super) fn again(&self) -> Option<DestructivePermit> {
        self.gate().grant_again(&self.operation)
    }

    /// All there is to ask.
    pub(super) fn ask(&self) -> Result<DestructivePermit, DependencyUnhealthy> {
        at_once(Arc::clone(self.gate()).ask(Arc::clone(&self.operation), None))
    }

    fn fail(&self) {
        settle(&self.house.redis, self.house.redis.word(), failure());
    }
}

/// What a body hears that looks at its permit right before what cannot be undone.
fn check(permit: &DestructivePermit) -> Result<(), DependencyUnhealthy> {
    let body = pin!(async { permit.check() });
    at_once(WatchDestructive::new(permit, body))
}

#[test]
fn nothing_is_granted_again_once_the_word_shows_a_failure() {
    explore(
        Bound::Exhaustive,
        &["granted before it", "refused"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let ((), (is_known, permit)) = run.both(
                move || other.fail(),
                || {
                    let is_known = !granted.house.redis.word().is_healthy();
                    (is_known, granted.again())
                },
            );
            match permit {
                None => run.saw("refused"),
                Some(permit) => {
                    assert!(!is_known, "granted across a failure");
                    assert!(check(&permit).is_err(), "the body hears of it");
                    run.saw("granted before it");
                }
            }
        },
    );
}

#[test]
fn nothing_is_granted_again_once_the_rules_know_of_a_failure() {
    explore(
        Bound::Exhaustive,
        &["granted before it", "refused"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let ((), (is_known, permit)) = run.both(
                move || other.fail(),
                || {
                    let is_known = granted.house.redis.lock().failures() > 0;
                    (is_known, granted.again())
                },
            );
            match permit {
                None => run.saw("refused"),
                Some(_) => {
                    assert!(!is_known, "granted across a failure");
                    run.saw("granted before it");
                }
            }
        },
    );
}

#[test]
fn a_question_that_races_a_failure_is_no_grant_for_later() {
    explore(
        // All that a question looks at, against all that a failure changes: more than 100,000 orders.
        Bound::Preemptions(3),
        &["allowed before it", "denied"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let ((), asked) = run.both(move || other.fail(), || granted.ask());
            match asked {
                Ok(permit) => {
                    assert!(check(&permit).is_err(), "the body hears of it");
                    run.saw("allowed before it");
                }
                Err(_) => run.saw("denied"),
            }
            assert!(granted.again().is_none(), "nothing is granted again");
        },
    );
}

#[test]
fn a_question_that_races_another_policy_is_no_grant_under_that() {
    explore(
        Bound::Preemptions(3),
        &["allowed by the policy of before", "denied"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let ((), asked) = run.both(
                move || other.gate().set_policy(GatePolicy::default()),
                || granted.ask(),
            );
            run.saw(match asked {
                Ok(_) => "allowed by the policy of before",
                Err(_) => "denied",
            });
            assert!(granted.again().is_none());
            assert!(granted.ask().is_err(), "proof has to come anew");
        },
    );
}

#[test]
fn nothing_is_granted_again_once_there_is_one_more_dependency() {
    explore(
        Bound::Exhaustive,
        &["granted before it", "refused"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let is_there = |registry: &HealthRegistry| registry.directory().get("api").is_some();
            let ((), (is_known, permit)) = run.both(
                move || {
                    let directory = other.house.registry.directory();
                    directory.declare(Dependency::new("api"));
                },
                || (is_there(&granted.house.registry), granted.again()),
            );
            match permit {
                None => run.saw("refused"),
                Some(_) => {
                    assert!(!is_known, "nothing has proven it");
                    run.saw("granted before it");
                }
            }
            assert!(granted.again().is_none());
        },
    );
}

#[test]
fn a_question_that_races_a_dependency_made_critical_is_no_grant_for_later() {
    explore(
        Bound::Preemptions(3),
        &["allowed before it", "denied"],
        |run| {
            let granted = Granted::with(None);
            let api = |criticality| Dependency::new("api").criticality(criticality);
            let directory = Arc::clone(granted.house.registry.directory());
            directory.declare(api(Criticality::Low));
            let ((), asked) = run.both(
                move || drop(directory.declare(api(Criticality::Critical))),
                || granted.ask(),
            );
            run.saw(match asked {
                Ok(_) => "allowed before it",
                Err(_) => "denied",
            });
            assert!(granted.again().is_none(), "nothing has proven api");
            assert!(granted.ask().is_err());
        },
    );
}

#[test]
fn nothing_is_granted_by_a_gate_that_has_stopped() {
    explore(
        Bound::Preemptions(3),
        &["allowed before it", "denied"],
        |run| {
            let granted = Granted::with(None);
            let other = granted.other();
            let ((), asked) = run.both(move || other.gate().set_started(false), || granted.ask());
            run.saw(match asked {
                Ok(_) => "allowed before it",
                Err(_) => "denied",
            });
            assert!(granted.again().is_none() && granted.ask().is_err());
        },
    );
}
