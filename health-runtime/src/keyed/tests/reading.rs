//! What people and metrics see of the keys.

use std::net::IpAddr;
use std::time::Duration;

use super::{SECOND, dependency, failure};
use crate::breaker::Override;
use crate::clock::ManualClock;
use crate::error::Reason;
use crate::keyed::host;
use crate::outcome::Report;
use crate::registry::HealthRegistry;
use crate::state::{BreakerState, DependencyState};

const NAME: &str = "keyed-tests";

fn registry(max_keys: u32) -> (HealthRegistry, ManualClock) {
    let clock = ManualClock::new();
    let registry = HealthRegistry::builder()
        .clock(clock.clone())
        .dependency(dependency(2).max_keys(max_keys))
        .build()
        .unwrap();
    (registry, clock)
}

fn report(registry: &HealthRegistry, key: &str, reports: impl IntoIterator<Item = Report>) {
    let entry = registry.directory().get(NAME).unwrap();
    let keyed = entry.keyed(Some(key), None).unwrap();
    for report in reports {
        keyed.report(report);
    }
}

fn why() -> Override {
    Override::new("alice", "INC-7", 60 * SECOND)
}

#[test]
fn the_summary_counts_every_state() {
    let (registry, clock) = registry(100);
    assert_eq!(registry.keys(NAME).unwrap().max_keys, 100);
    report(&registry, "half-open", [failure(), failure()]);
    clock.advance(20 * SECOND);
    report(&registry, "open", [failure(), failure()]);
    report(&registry, "degraded", [failure()]);
    report(&registry, "healthy", [Report::Success]);
    report(&registry, "again healthy", [failure(), Report::Success]);
    registry.force_open_key(NAME, "forced", why()).unwrap();
    let summary = registry.keys(NAME).unwrap();
    assert_eq!((summary.tracked, summary.max_keys), (6, 100));
    assert_eq!(
        (summary.degraded, summary.half_open, summary.open),
        (1, 1, 2)
    );
    assert!(registry.keys("unknown").is_err());
}

#[test]
fn the_list_of_the_worst_is_bounded_and_in_order() {
    let (registry, _clock) = registry(5_000);
    report(&registry, "first open", [failure(), failure()]);
    for index in 0..1_000 {
        report(&registry, &format!("degraded {index}"), [failure()]);
        report(&registry, &format!("healthy {index}"), [Report::Success]);
    }
    report(&registry, "second open", [failure(), failure()]);
    let worst = registry.worst_keys(NAME, 4).unwrap();
    let keys: Vec<_> = worst.iter().map(|key| key.key.as_deref()).collect();
    let expected = ["first open", "second open", "degraded 0", "degraded 1"];
    assert_eq!(keys, expected.map(Some));
    assert!(registry.worst_keys(NAME, 0).unwrap().is_empty());
    assert_eq!(registry.worst_keys(NAME, usize::MAX).unwrap().len(), 1_002);
}

#[test]
fn a_role_is_told_apart_from_a_key_of_the_same_name() {
    let (registry, _clock) = registry(10);
    let entry = registry.directory().get(NAME).unwrap();
    entry.keyed(None, Some("read")).unwrap().report(failure());
    assert!(registry.key_health(NAME, "read").unwrap().is_none());
    let [worst] = registry.worst_keys(NAME, 9).unwrap().try_into().unwrap();
    assert_eq!((worst.key, worst.role.as_deref()), (None, Some("read")));
}

#[test]
fn the_health_of_a_key_says_what_the_next_call_would_find() {
    let (registry, clock) = registry(10);
    report(&registry, "a.com", [Report::Success, failure(), failure()]);
    clock.advance(3 * SECOND);
    let health = registry.key_health(NAME, host("A.com.")).unwrap().unwrap();
    assert_eq!(
        (health.dependency, health.key.as_deref()),
        (NAME, Some("a.com"))
    );
    assert_eq!(health.state, DependencyState::Unhealthy);
    assert_eq!(health.breaker, BreakerState::Open);
    assert_eq!(health.refusal, Some(Reason::CircuitOpen));
    assert_eq!(health.retry_after, 7 * SECOND);
    assert_eq!(health.last_success, Some(3 * SECOND));
    assert_eq!(&*health.last_error.unwrap().message, "no");
    let text = registry.explain_key(NAME, "a.com").unwrap().unwrap();
    assert_eq!(
        text,
        "keyed-tests[a.com] is unhealthy, breaker open; 0 of 2 failures in a row; last failure 3s ago: \
         no (error); last success 3s ago; calls are refused (circuit open), next one in 7s"
    );
    clock.advance(8 * SECOND);
    let health = registry.key_health(NAME, "a.com").unwrap().unwrap();
    assert_eq!(
        (health.breaker, health.refusal),
        (BreakerState::HalfOpen, None)
    );
}

#[test]
fn the_words_of_a_key_name_the_roles_of_it_that_refuse_and_no_other() {
    let (registry, _clock) = registry(100);
    let entry = registry.directory().get(NAME).unwrap();
    let of_role = |key, role, reports: &[Report]| {
        let keyed = entry.keyed(Some(key), Some(role)).unwrap();
        reports.iter().cloned().for_each(|one| keyed.report(one));
    };
    report(&registry, "a.com", [failure()]);
    of_role("a.com", "metadata", &[failure(), failure()]);
    of_role("a.com", "landing", &[failure()]);
    of_role("a.com", "artifact", &[Report::Success]);
    of_role("b.com", "metadata", &[failure(), failure()]);
    let text = registry.explain_key(NAME, "a.com").unwrap().unwrap();
    let starts: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(';').next())
        .collect();
    assert_eq!(
        starts,
        [
            "keyed-tests[a.com] is degraded, breaker closed",
            "keyed-tests[a.com, role landing] is degraded, breaker closed",
            "keyed-tests[a.com, role metadata] is unhealthy, breaker open",
        ]
    );
}

#[test]
fn asking_about_a_key_makes_none() {
    let (registry, _clock) = registry(10);
    assert!(registry.key_health(NAME, "a").unwrap().is_none());
    assert!(registry.explain_key(NAME, "a").unwrap().is_none());
    assert!(!registry.reset_key(NAME, "a", why()).unwrap());
    assert_eq!(registry.keys(NAME).unwrap().tracked, 0);
}

#[test]
fn an_operator_opens_and_resets_one_key_alone() {
    let (registry, clock) = registry(10);
    let address = IpAddr::from([10, 0, 0, 1]);
    assert!(registry.force_open_key(NAME, address, why()).unwrap());
    let health = registry.key_health(NAME, "10.0.0.1").unwrap().unwrap();
    assert_eq!(health.refusal, Some(Reason::ForcedOpen));
    assert_eq!(registry.get_state(NAME).unwrap(), DependencyState::Healthy);
    assert!(registry.reset_key(NAME, address, why()).unwrap());
    let health = registry.key_health(NAME, address).unwrap().unwrap();
    assert_eq!((health.refusal, health.forced_by), (None, None));
    // An override ends without a tick.
    registry.force_open_key(NAME, "b", why()).unwrap();
    clock.advance(61 * SECOND);
    let health = registry.key_health(NAME, "b").unwrap().unwrap();
    assert_eq!(health.refusal, None);
}

#[test]
fn an_override_that_would_not_hold_is_said_not_to() {
    let (registry, _clock) = registry(1);
    let entry = registry.directory().get(NAME).unwrap();
    let held = entry.keyed(Some("a"), None).unwrap();
    assert!(!registry.force_open_key(NAME, "b", why()).unwrap());
    assert!(!registry.force_open_key(NAME, None::<&str>, why()).unwrap());
    drop(held);
    assert!(registry.force_open_key(NAME, "b", why()).unwrap());
}

#[test]
fn the_last_success_is_stamped_anew_after_each_look() {
    let (registry, clock) = registry(10);
    let age = || {
        let health = registry.key_health(NAME, "a").unwrap().unwrap();
        health.last_success
    };
    let entry = registry.directory().get(NAME).unwrap();
    let keyed = entry.keyed(Some("a"), None).unwrap();
    let succeed = || {
        let word = keyed.word();
        if !word.is_quiet(keyed.word_relaxed()) {
            keyed.settle(word, Report::Success);
        }
    };
    succeed();
    assert_eq!(age(), Some(Duration::ZERO));
    clock.advance(5 * SECOND);
    succeed();
    assert_eq!(age(), Some(Duration::ZERO));
}
