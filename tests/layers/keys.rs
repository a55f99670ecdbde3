//! `key` and `role`: a breaker for each host, tenant or kind of call.

use std::pin::Pin;
use std::time::Duration;

use health_runtime::{
    BreakerState, Dependency, HealthRegistry, PolicyPatch, Reason, guarded, host, testing,
};

use crate::support::Error;

#[guarded(deps = ["http"], key = host(address))]
async fn fetch(address: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[guarded(deps = ["http"])]
async fn any(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

fn breaker(dependency: &str) -> BreakerState {
    let health = HealthRegistry::current().health(dependency).unwrap();
    health.breaker
}

fn breaker_of(dependency: &str, key: &str) -> BreakerState {
    let registry = HealthRegistry::current();
    let health = registry.key_health(dependency, key).unwrap();
    health.expect("the key is known").breaker
}

fn reason(answer: Result<u32, Error>) -> Option<Reason> {
    answer.unwrap_err().reason()
}

#[health_runtime::test]
async fn one_bad_host_is_refused_and_no_other() {
    for _ in 0..1_000 {
        let _refused_or_failed = fetch("bad.example", Err(Error::Down)).await;
    }
    assert_eq!(breaker_of("http", "bad.example"), BreakerState::Open);
    assert_eq!(
        reason(fetch("bad.example", Ok(7)).await),
        Some(Reason::CircuitOpen)
    );
    assert_eq!(fetch("good.example", Ok(7)).await, Ok(7));
    assert_eq!(breaker("http"), BreakerState::Closed);
}

#[health_runtime::test]
async fn one_bad_host_whose_calls_all_pass_still_opens_only_itself() {
    let patch = PolicyPatch::new()
        .no_consecutive()
        .mode(health_runtime::BreakerMode::Off);
    HealthRegistry::builder()
        .dependency(Dependency::new("http").key("bad.example", patch))
        .build()
        .unwrap()
        .scope(async {
            for _ in 0..1_000 {
                assert_eq!(
                    fetch("bad.example", Err(Error::Down)).await,
                    Err(Error::Down)
                );
            }
            assert_eq!(breaker("http"), BreakerState::Closed);
            let health = HealthRegistry::current().health("http").unwrap();
            assert_eq!(health.consecutive_failures, 1, "one part, one failure");
        })
        .await;
}

#[health_runtime::test]
async fn five_hosts_that_fail_in_a_row_are_the_whole_service() {
    for host in ["a", "b", "c", "d", "e"] {
        assert_eq!(breaker("http"), BreakerState::Closed);
        assert!(fetch(host, Err(Error::Down)).await.is_err());
    }
    assert_eq!(breaker("http"), BreakerState::Open);
    assert_eq!(reason(fetch("f", Ok(7)).await), Some(Reason::CircuitOpen));
    assert_eq!(reason(any(Ok(7)).await), Some(Reason::CircuitOpen));
}

#[health_runtime::test]
async fn a_success_of_any_host_begins_the_count_anew() {
    for round in 0..10 {
        for host in ["a", "b", "c", "d"] {
            let _refused_or_failed = fetch(host, Err(Error::Down)).await;
        }
        assert_eq!(fetch("good", Ok(round)).await, Ok(round));
    }
    assert_eq!(breaker("http"), BreakerState::Closed);
}

#[health_runtime::test]
async fn the_same_host_in_other_letters_is_the_same_host() {
    for host in [
        "Bad.Example",
        "bad.example.",
        "BAD.EXAMPLE",
        "bad.example",
        "bad.Example.",
    ] {
        assert!(fetch(host, Err(Error::Down)).await.is_err());
    }
    assert_eq!(
        reason(fetch("bad.example", Ok(7)).await),
        Some(Reason::CircuitOpen)
    );
}

#[guarded(deps = ["tenants"], key = tenant)]
async fn of_tenant(tenant: Option<String>) -> Result<u32, Error> {
    Err(Error::Down)
}

#[health_runtime::test]
async fn without_a_key_the_dependency_alone_is_asked() {
    for _ in 0..5 {
        assert_eq!(of_tenant(None).await, Err(Error::Down));
    }
    assert_eq!(breaker("tenants"), BreakerState::Open);
    let keys = HealthRegistry::current().keys("tenants").unwrap();
    assert_eq!(keys.tracked, 0);
}

#[guarded(deps = ["mirror"], key = host, role = "metadata")]
async fn metadata(host: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

#[guarded(deps = ["mirror"], key = host, role = "artifact")]
async fn artifact(host: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}

fn with_roles() -> HealthRegistry {
    let mirror = Dependency::new("mirror")
        .role("metadata", PolicyPatch::new().consecutive(2))
        .role(
            "artifact",
            PolicyPatch::new().timeout(Duration::from_secs(60)),
        );
    HealthRegistry::builder()
        .seed(1)
        .dependency(mirror)
        .build()
        .unwrap()
}

#[health_runtime::test]
async fn a_kind_of_call_has_a_breaker_and_values_of_its_own() {
    with_roles()
        .scope(async {
            for _ in 0..2 {
                assert_eq!(metadata("a", Err(Error::Down)).await, Err(Error::Down));
            }
            assert_eq!(
                reason(metadata("a", Ok(7)).await),
                Some(Reason::CircuitOpen)
            );
            assert_eq!(artifact("a", Ok(7)).await, Ok(7), "the other kind passes");
            assert_eq!(metadata("b", Ok(7)).await, Ok(7), "so does the other host");
            assert_eq!(breaker_of("mirror", "a"), BreakerState::Closed);
        })
        .await;
}

#[guarded(deps = ["mirror"], role = "artifact")]
async fn slow_artifact(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}

#[health_runtime::test]
async fn the_time_of_a_role_is_that_of_its_calls() {
    with_roles()
        .scope(async {
            assert_eq!(slow_artifact(Duration::from_secs(59)).await, Ok(7));
            let answer = slow_artifact(Duration::from_secs(61)).await;
            assert_eq!(reason(answer), Some(Reason::TimedOut));
        })
        .await;
}

#[guarded(deps = ["http", "dns"], key = ["http" = host(address), "dns" = resolver])]
async fn resolve_and_fetch(
    address: &str,
    resolver: std::net::Ipv4Addr,
    answer: Result<u32, Error>,
) -> Result<u32, Error> {
    answer
}

#[health_runtime::test]
async fn all_keys_of_a_call_must_admit_it_or_none_is_asked() {
    let (one, other) = ([9, 9, 9, 9].into(), [1, 1, 1, 1].into());
    assert_eq!(resolve_and_fetch("a.example", one, Ok(7)).await, Ok(7));
    let registry = HealthRegistry::current();
    let why = || health_runtime::Override::new("ops", "broken", Duration::from_secs(60));
    registry.force_open_key("dns", "9.9.9.9", why()).unwrap();
    testing::trip("http");
    testing::advance(Duration::from_secs(2)).await;
    // `http` would admit a trial; the resolver refuses, so it has none.
    let answer = resolve_and_fetch("a.example", one, Ok(7)).await;
    assert_eq!(reason(answer), Some(Reason::ForcedOpen));
    let health = registry.health("http").unwrap();
    assert_eq!(health.refusal, None, "its trial is still to be had");
    assert_eq!(resolve_and_fetch("a.example", other, Ok(7)).await, Ok(7));
    assert_eq!(breaker("http"), BreakerState::Closed);
}

#[guarded(
    deps = ["http"],
    key = host(address),
    attempts = 2,
    backoff = "1ms",
    fallback = from_mirror
)]
async fn everything(address: &str, fails: u32) -> Result<u32, Error> {
    if fails == 0 { Ok(7) } else { Err(Error::Down) }
}

async fn from_mirror(_address: &str, _fails: u32) -> Result<u32, Error> {
    Ok(9)
}

#[health_runtime::test]
async fn a_keyed_call_is_tried_again_and_answered() {
    assert_eq!(everything("a", 0).await, Ok(7));
    for _ in 0..5 {
        assert_eq!(everything("a", 1).await, Ok(9));
    }
    assert_eq!(breaker_of("http", "a"), BreakerState::Open);
    assert_eq!(everything("a", 0).await, Ok(9), "refused, and answered");
    assert_eq!(breaker("http"), BreakerState::Closed);
}

#[guarded(deps = ["global-http"], key = address)]
async fn in_the_global_registry(address: &str, fails: bool) -> Result<u32, Error> {
    tokio::task::yield_now().await;
    if fails { Err(Error::Down) } else { Ok(7) }
}

#[tokio::test]
async fn the_same_holds_outside_of_any_scope() {
    for _ in 0..5 {
        assert_eq!(in_the_global_registry("bad", true).await, Err(Error::Down));
    }
    assert_eq!(
        reason(in_the_global_registry("bad", false).await),
        Some(Reason::CircuitOpen)
    );
    assert_eq!(in_the_global_registry("good", false).await, Ok(7));
    assert_eq!(breaker("global-http"), BreakerState::Closed);
}

#[health_runtime::test]
async fn a_call_that_is_dropped_gives_its_places_in_all_parts_back() {
    #[guarded(deps = ["http"], key = address, timeout = "none")]
    async fn hang(address: &str) -> Result<u32, Error> {
        std::future::pending().await
    }
    for _ in 0..5 {
        assert!(fetch("a", Err(Error::Down)).await.is_err());
    }
    testing::advance(Duration::from_secs(2)).await;
    let trial = tokio::time::timeout(Duration::from_millis(10), hang("a")).await;
    assert!(trial.is_err(), "it was dropped");
    assert_eq!(fetch("a", Ok(7)).await, Ok(7), "the next one is the trial");
    assert_eq!(breaker_of("http", "a"), BreakerState::Closed);
}

/// Has its arguments when it is called, and asks for its places when its future is polled.
#[guarded(deps = ["moved"], key = address, role = "reads")]
fn fetch_later(address: u32) -> impl Future<Output = Result<u32, Error>> {
    async { Err(Error::Down) }
}

type Made = Pin<Box<dyn Future<Output = Result<u32, Error>>>>;

/// The future of [`fetch_later`], made where this one is polled.
async fn made(address: u32) -> Made {
    Box::pin(fetch_later(address))
}

/// Failures of a key in the present registry.
fn failures_of(key: u32) -> Option<u32> {
    let health = HealthRegistry::current().key_health("moved", key).unwrap();
    health.map(|health| health.consecutive_failures)
}

fn registry() -> HealthRegistry {
    let dependency = Dependency::new("moved");
    HealthRegistry::builder()
        .dependency(dependency)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_key_counts_where_the_future_is_polled_and_not_where_it_was_made() {
    // The argument of `scope` is made outside of it.
    let (one, other) = (registry(), registry());
    let _failed = one.scope(fetch_later(1)).await;
    assert_eq!(one.scope(async { failures_of(1) }).await, Some(1));
    let made_in_one = one.scope(made(2)).await;
    let _failed = other.scope(made_in_one).await;
    assert_eq!(other.scope(async { failures_of(2) }).await, Some(1));
    let made_in_one = one.scope(made(3)).await;
    let _failed = made_in_one.await;
    assert_eq!(failures_of(3), Some(1), "in the global one");
    let strays = one.scope(async { (failures_of(2), failures_of(3)) }).await;
    assert!(
        matches!(strays, (None | Some(0), None | Some(0))),
        "{strays:?}"
    );
    assert!(matches!(failures_of(1), None | Some(0)));
}
