//! What the gate makes of what is known. Pure: no clock, no lock, no I/O.

use std::time::Duration;

use super::config::{DenyAt, GatePolicy};
use super::verdict::Veto;
use crate::breaker::Trouble;
use crate::dependency::{Evidence, Vitals};
use crate::state::DependencyState;

/// A dependency that an operation relies on.
pub(crate) struct Witness {
    pub(crate) dependency: &'static str,
    pub(crate) vitals: Vitals,
    pub(crate) evidence: Evidence,
    /// How old its last success may be.
    pub(crate) max_age: Duration,
    /// Why a probe has not helped, or what could be done for one.
    pub(crate) probe: Option<String>,
}

impl Witness {
    /// Whether only a fresh success is missing, which a probe might give.
    pub(crate) fn lacks_only_freshness(&self, policy: &GatePolicy) -> bool {
        matches!(&*self.vetoes(policy), [Veto::Stale { .. }])
    }

    /// Says what speaks against relying on this dependency.
    pub(crate) fn vetoes(&self, policy: &GatePolicy) -> Vec<Veto> {
        let Self {
            dependency,
            vitals,
            max_age,
            ..
        } = self;
        let mut found = Vec::new();
        if self.denies_by_state(policy) {
            let settle = match vitals.state {
                DependencyState::Unhealthy => policy.settle_after_open,
                _ => policy.settle,
            };
            let needed = vitals
                .unsettled
                .map_or(settle, |unsettled| unsettled.needed);
            found.push(Veto::State {
                dependency,
                state: vitals.state,
                failures: vitals.failures,
                last_failure: vitals
                    .last_failure
                    .as_ref()
                    .map(|error| (error.kind, error.age)),
                last_success: vitals.last_success_age,
                needed: *max_age,
                retry_after: vitals.retry_after + needed,
            });
            return found;
        }
        // Before the rule of state only: an override hides the state.
        if vitals.forced {
            found.push(Veto::Forced {
                dependency,
                retry_after: vitals.retry_after,
            });
            return found;
        }
        if self.evidence == Evidence::State {
            return found;
        }
        let is_fresh = vitals.proof_age.is_some_and(|age| age < *max_age);
        // A degraded dependency that is tolerated must all the same have answered.
        if !is_fresh {
            found.push(Veto::Stale {
                dependency,
                age: vitals.proof_age,
                needed: *max_age,
                probe: self.probe.clone().unwrap_or_default(),
            });
        }
        // Whoever tolerates failures tolerates their echo.
        let tolerated =
            |trouble| policy.deny_at == DenyAt::Unhealthy && trouble == Trouble::Failure;
        if let Some(unsettled) = vitals
            .unsettled
            .filter(|unsettled| !tolerated(unsettled.trouble))
        {
            found.push(Veto::Unsettled {
                dependency,
                healthy_for: unsettled.healthy_for,
                needed: unsettled.needed,
                is_new_identity: unsettled.trouble == Trouble::NewIdentity,
            });
        }
        found
    }

    fn denies_by_state(&self, policy: &GatePolicy) -> bool {
        match policy.deny_at {
            DenyAt::Degraded => self.vitals.state != DependencyState::Healthy,
            DenyAt::Unhealthy => self.vitals.state == DependencyState::Unhealthy,
        }
    }
}

/// Says whether so many dependencies went bad at once that the observer is the suspect.
///
/// `bad_ages` has, for every dependency of the registry, how long ago it went bad last.
pub(crate) fn suspects_observer(
    bad_ages: &[Option<Duration>],
    policy: &GatePolicy,
) -> Option<Veto> {
    let within = policy.settle;
    let of = bad_ages.len();
    let bad = bad_ages
        .iter()
        .flatten()
        .filter(|age| **age < within)
        .count();
    let too_many = of.div_ceil(3).max(3);
    (bad >= too_many).then_some(Veto::ObserverSuspect { bad, of, within })
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Verdict;
    use super::*;
    use crate::breaker::Unsettled;

    const SECOND: Duration = Duration::from_secs(1);

    fn healthy() -> Witness {
        Witness {
            dependency: "redis",
            vitals: Vitals {
                state: DependencyState::Healthy,
                epoch: 0,
                forced: false,
                proof_age: Some(SECOND),
                last_success_age: Some(SECOND),
                failures: 0,
                last_failure: None,
                unsettled: None,
                went_bad_age: None,
                retry_after: Duration::ZERO,
            },
            evidence: Evidence::Proof,
            max_age: 10 * SECOND,
            probe: None,
        }
    }

    fn codes(witness: &Witness) -> Vec<&'static str> {
        witness
            .vetoes(&GatePolicy::default())
            .iter()
            .map(Veto::code)
            .collect()
    }

    #[test]
    fn a_fresh_success_of_a_healthy_dependency_is_enough() {
        assert!(codes(&healthy()).is_empty());
    }

    #[test]
    fn each_single_condition_denies() {
        let with = |change: fn(&mut Vitals)| {
            let mut witness = healthy();
            change(&mut witness.vitals);
            codes(&witness)
        };
        assert_eq!(
            with(|vitals| vitals.state = DependencyState::Degraded),
            ["degraded"]
        );
        assert_eq!(
            with(|vitals| vitals.state = DependencyState::Unhealthy),
            ["unhealthy"]
        );
        assert_eq!(with(|vitals| vitals.proof_age = None), ["no_evidence"]);
        assert_eq!(
            with(|vitals| vitals.proof_age = Some(10 * SECOND)),
            ["no_evidence"]
        );
        assert_eq!(with(|vitals| vitals.forced = true), ["forced"]);
        let unsettled = |trouble| {
            Some(Unsettled {
                trouble,
                healthy_for: SECOND,
                needed: 10 * SECOND,
            })
        };
        let mut witness = healthy();
        witness.vitals.unsettled = unsettled(Trouble::Failure);
        assert_eq!(codes(&witness), ["settling"]);
        witness.vitals.unsettled = unsettled(Trouble::NewIdentity);
        assert_eq!(codes(&witness), ["new_identity"]);
    }

    #[test]
    fn the_rule_of_state_only_asks_for_nothing_else_and_still_denies_by_state() {
        let mut witness = Witness {
            evidence: Evidence::State,
            ..healthy()
        };
        witness.vitals.proof_age = None;
        assert!(codes(&witness).is_empty());
        witness.vitals.state = DependencyState::Degraded;
        assert_eq!(codes(&witness), ["degraded"]);
    }

    #[test]
    fn who_is_denied_hears_when_the_settle_time_after_it_will_be_over_too() {
        let policy = GatePolicy::default();
        let retry_after = |state| {
            let mut witness = healthy();
            witness.vitals.state = state;
            witness.vitals.retry_after = 3 * SECOND;
            Verdict::of(witness.vetoes(&policy)).retry_after()
        };
        let degraded = retry_after(DependencyState::Degraded);
        assert_eq!(degraded, 3 * SECOND + policy.settle);
        let unhealthy = retry_after(DependencyState::Unhealthy);
        assert_eq!(unhealthy, 3 * SECOND + policy.settle_after_open);
    }

    #[test]
    fn tolerating_a_degraded_dependency_does_not_tolerate_the_lack_of_evidence() {
        let policy = GatePolicy {
            deny_at: DenyAt::Unhealthy,
            ..GatePolicy::default()
        };
        let mut witness = healthy();
        witness.vitals.state = DependencyState::Degraded;
        assert!(witness.vetoes(&policy).is_empty());
        witness.vitals.proof_age = None;
        assert_eq!(witness.vetoes(&policy)[0].code(), "no_evidence");
        witness.vitals.state = DependencyState::Unhealthy;
        assert_eq!(witness.vetoes(&policy)[0].code(), "unhealthy");
    }

    #[test]
    fn three_or_a_third_at_once_is_the_observers_fault() {
        let policy = GatePolicy::default();
        let ages = |bad: usize, of: usize| -> Vec<Option<Duration>> {
            (0..of)
                .map(|index| (index < bad).then_some(SECOND))
                .collect()
        };
        assert_eq!(suspects_observer(&ages(2, 3), &policy), None);
        assert!(suspects_observer(&ages(3, 3), &policy).is_some());
        assert_eq!(
            suspects_observer(&ages(3, 12), &policy),
            None,
            "a third of twelve is four"
        );
        assert!(suspects_observer(&ages(4, 12), &policy).is_some());
        let old = vec![Some(10 * SECOND); 5];
        assert_eq!(
            suspects_observer(&old, &policy),
            None,
            "longer ago than one settle time"
        );
    }
}
