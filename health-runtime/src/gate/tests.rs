//! Every combination of what the pure parts of the gate can be given.
//!
//! The expectations are written from the contract, and share nothing with the code but its types.

mod granted;

use std::time::Duration;

use super::ask::decide;
use super::evidence::{Witness, suspects_observer};
use super::*;
use crate::breaker::{Trouble, Unsettled};
use crate::dependency::Evidence;
use crate::dependency::Vitals;
use crate::outcome::FailureKind;
use crate::state::DependencyState;

const SECOND: Duration = Duration::from_secs(1);
const MAX_AGE: Duration = Duration::from_secs(10);

const STATES: [DependencyState; 3] = [
    DependencyState::Healthy,
    DependencyState::Degraded,
    DependencyState::Unhealthy,
];

const AGES: [Option<Duration>; 6] = [
    None,
    Some(Duration::ZERO),
    Some(Duration::from_nanos(9_999_999_999)),
    Some(MAX_AGE),
    Some(Duration::from_nanos(10_000_000_001)),
    Some(Duration::MAX),
];

fn unsettled() -> Vec<Option<Unsettled>> {
    let mut all = vec![None];
    for trouble in [Trouble::Failure, Trouble::WasOpen, Trouble::NewIdentity] {
        for healthy_for in [0, 1, 59] {
            all.push(Some(Unsettled {
                trouble,
                healthy_for: healthy_for * SECOND,
                needed: 60 * SECOND,
            }));
        }
    }
    all
}

/// Everything that can be known of one dependency.
fn witnesses() -> Vec<Witness> {
    let mut all = Vec::new();
    for state in STATES {
        for proof_age in AGES {
            for forced in [false, true] {
                for unsettled in unsettled() {
                    for evidence in [Evidence::Proof, Evidence::State] {
                        for retry_after in [Duration::ZERO, 7 * SECOND] {
                            let vitals = Vitals {
                                state,
                                epoch: 3,
                                forced,
                                proof_age,
                                // For people. Whatever it says, it is no proof.
                                last_success_age: Some(Duration::ZERO),
                                failures: 0,
                                last_failure: None,
                                unsettled,
                                went_bad_age: None,
                                retry_after,
                            };
                            all.push(Witness {
                                dependency: "redis",
                                vitals,
                                evidence,
                                max_age: MAX_AGE,
                                probe: None,
                            });
                        }
                    }
                }
            }
        }
    }
    all
}

fn may_rely_on(witness: &Witness, deny_at: DenyAt) -> bool {
    let Vitals {
        state,
        proof_age,
        forced,
        unsettled,
        ..
    } = witness.vitals;
    let tolerates_failures = deny_at == DenyAt::Unhealthy;
    let state_is_good = match state {
        DependencyState::Healthy => true,
        DependencyState::Degraded => tolerates_failures,
        DependencyState::Unhealthy => false,
    };
    let is_proven = proof_age.is_some_and(|age| age.as_nanos() < 10_000_000_000);
    let is_settled = match unsettled.map(|unsettled| unsettled.trouble) {
        None => true,
        Some(Trouble::Failure) => tolerates_failures,
        Some(Trouble::WasOpen | Trouble::NewIdentity) => false,
    };
    let needs_nothing_else = witness.evidence == Evidence::State;
    state_is_good && !forced && (needs_nothing_else || (is_proven && is_settled))
}

#[test]
fn of_all_that_can_be_known_of_a_dependency_only_fresh_settled_health_is_relied_on() {
    let mut relied_on = 0;
    for deny_at in [DenyAt::Degraded, DenyAt::Unhealthy] {
        let policy = GatePolicy {
            deny_at,
            ..GatePolicy::default()
        };
        for witness in witnesses() {
            let vetoes = witness.vetoes(&policy);
            let expected = may_rely_on(&witness, deny_at);
            let vitals = &witness.vitals;
            assert_eq!(vetoes.is_empty(), expected, "{deny_at:?}: {vitals:?}");
            relied_on += usize::from(expected && witness.evidence == Evidence::Proof);
            // A probe is run only for what a probe can mend.
            if witness.lacks_only_freshness(&policy) {
                let mut fresh = witness;
                fresh.vitals.proof_age = Some(Duration::ZERO);
                assert!(fresh.vetoes(&policy).is_empty());
            }
        }
    }
    assert!(relied_on > 0);
}

/// One of each kind, with the words that the contract uses for it.
fn vetoes() -> Vec<(Veto, &'static str)> {
    let dependency = "redis";
    let state = |state| Veto::State {
        dependency,
        state,
        failures: 1,
        last_failure: Some((FailureKind::Timeout, SECOND)),
        last_success: None,
        needed: MAX_AGE,
        retry_after: 3 * SECOND,
    };
    let unsettled = |is_new_identity| Veto::Unsettled {
        dependency,
        healthy_for: SECOND,
        needed: MAX_AGE,
        is_new_identity,
    };
    vec![
        (Veto::NotInitialised, "not_initialised"),
        (state(DependencyState::Degraded), "degraded"),
        (state(DependencyState::Unhealthy), "unhealthy"),
        (
            Veto::Stale {
                dependency,
                age: None,
                needed: MAX_AGE,
                probe: String::new(),
            },
            "no_evidence",
        ),
        (
            Veto::Forced {
                dependency,
                retry_after: SECOND,
            },
            "forced",
        ),
        (unsettled(false), "settling"),
        (unsettled(true), "new_identity"),
        (Veto::NoWitness, "no_witness"),
        (
            Veto::Unknown {
                dependency: "rediss".to_owned(),
            },
            "unknown_dependency",
        ),
        (
            Veto::ObserverSuspect {
                bad: 3,
                of: 3,
                within: MAX_AGE,
            },
            "observer_suspect",
        ),
        (
            Veto::ObserverStalled { silent: MAX_AGE },
            "observer_stalled",
        ),
        (
            Veto::BudgetExhausted {
                budget: Budget::new(1, SECOND),
                retry_after: SECOND,
            },
            "budget_exhausted",
        ),
        (
            Veto::AuditUnavailable {
                error: "disk full".to_owned(),
            },
            "audit_unavailable",
        ),
    ]
}

/// Fails to compile when a kind is added and not swept.
fn is_swept(veto: &Veto) -> bool {
    match veto {
        Veto::NotInitialised
        | Veto::State { .. }
        | Veto::Stale { .. }
        | Veto::Forced { .. }
        | Veto::Unsettled { .. }
        | Veto::NoWitness
        | Veto::Unknown { .. }
        | Veto::ObserverSuspect { .. }
        | Veto::ObserverStalled { .. }
        | Veto::BudgetExhausted { .. }
        | Veto::AuditUnavailable { .. } => true,
    }
}

/// What a bypass skips: conditions of health, by their words.
const OF_HEALTH: [&str; 9] = [
    "degraded",
    "unhealthy",
    "no_evidence",
    "forced",
    "settling",
    "new_identity",
    "no_witness",
    "observer_suspect",
    "observer_stalled",
];

/// What could not be checked, as opposed to found bad.
const UNKNOWN: [&str; 5] = [
    "no_evidence",
    "forced",
    "no_witness",
    "unknown_dependency",
    "audit_unavailable",
];

#[test]
fn of_all_sets_of_reasons_only_the_empty_one_allows() {
    let all = vetoes();
    assert!(all.iter().all(|(veto, _)| is_swept(veto)));
    assert!(all.iter().all(|(veto, code)| veto.code() == *code));
    for set in 0_u32..1 << all.len() {
        let chosen: Vec<_> = (0..all.len())
            .filter(|index| set & (1 << index) != 0)
            .map(|index| all[index].clone())
            .collect();
        let codes: Vec<&str> = chosen.iter().map(|(_, code)| *code).collect();
        let verdict = Verdict::of(chosen.into_iter().map(|(veto, _)| veto).collect());

        assert_eq!(verdict.is_allow(), codes.is_empty());
        assert_eq!(verdict.refusal().is_none(), codes.is_empty());
        let expected = match &codes[..] {
            [] => "allowed",
            codes if codes.iter().all(|code| UNKNOWN.contains(code)) => "indeterminate",
            _ => "denied",
        };
        assert_eq!(verdict.code(), expected, "{codes:?}");

        for mode in [GateMode::Off, GateMode::Observe, GateMode::Enforce] {
            for honoured in [false, true] {
                let decision = decide(&verdict, mode, honoured);
                let is_waived = honoured && codes.iter().all(|code| OF_HEALTH.contains(code));
                let is_only_watched =
                    mode != GateMode::Enforce && !codes.contains(&"not_initialised");
                let runs = codes.is_empty() || is_waived || is_only_watched;
                assert_eq!(
                    decision != Decision::Denied,
                    runs,
                    "{mode:?}, bypass {honoured}: {codes:?}"
                );
                // An allowed call is one without a single reason against it.
                assert_eq!(decision == Decision::Allowed, codes.is_empty());
            }
        }
    }
}

#[test]
fn the_observer_is_suspected_from_three_or_a_third_on_whichever_is_more() {
    let policy = GatePolicy::default();
    let within = policy.settle;
    for of in 0..40 {
        for bad in 0..=of {
            let ages: Vec<_> = (0..of)
                .map(|index| match index {
                    _ if index < bad => Some(within - Duration::from_nanos(1)),
                    // Once, but not within one settle time.
                    _ if index % 2 == 0 => Some(within),
                    _ => None,
                })
                .collect();
            let expected = bad >= 3 && 3 * bad >= of;
            let suspected = suspects_observer(&ages, &policy).is_some();
            assert_eq!(suspected, expected, "{bad} of {of}");
        }
    }
}
