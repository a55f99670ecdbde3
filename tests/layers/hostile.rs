//! Calls that are dropped, moved, nested and named twice at the worst moments.
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use health_runtime::{
    BulkheadPolicy, Dependency as Dep, HealthRegistry, InCurrentRegistry, Policy, guarded, testing,
};

use crate::support::{Dependency, Error};

const SECOND: Duration = Duration::from_secs(1);

fn failures(name: &str) -> u32 {
    HealthRegistry::current()
        .health(name)
        .map_or(0, |health| health.consecutive_failures)
}
fn last(name: &str) -> Option<String> {
    HealthRegistry::current()
        .health(name)
        .ok()?
        .last_error
        .map(|error| format!("{:?} {}", error.kind, error.message))
}

fn queueing(name: &str) -> HealthRegistry {
    let bulkhead = BulkheadPolicy {
        queue: 4,
        queue_timeout: 60 * SECOND,
        ..BulkheadPolicy::new(1)
    };
    let policy = Policy {
        bulkhead: Some(bulkhead),
        timeout: None,
        ..Policy::default()
    };
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new(name.to_owned()).policy(policy))
        .build()
        .unwrap()
}

// H5: queued in the inner's bulkhead when the outer call times out.
#[guarded(deps = ["pool"], timeout = "none")]
async fn inner_pool(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}
#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_waits_for_pool() -> Result<u32, Error> {
    inner_pool(SECOND).await
}
#[tokio::test(start_paused = true)]
async fn a_call_that_never_left_the_queue_is_no_failure_of_its_dependency() {
    queueing("pool")
        .scope(async {
            let running = tokio::spawn(inner_pool(30 * SECOND).in_current_registry());
            tokio::task::yield_now().await;
            assert!(outer_waits_for_pool().await.is_err());
            assert_eq!(failures("pool"), 0, "it never ran: {:?}", last("pool"));
            running.abort();
        })
        .await;
}

// H64b: the caller gives up while the inner one is queued.
#[guarded(deps = ["outer"], timeout = "none")]
async fn outer_without_limit() -> Result<u32, Error> {
    inner_pool(SECOND).await
}
#[tokio::test(start_paused = true)]
async fn dropped_while_the_inner_call_is_queued_blames_nobody() {
    queueing("pool")
        .scope(async {
            let running = tokio::spawn(inner_pool(30 * SECOND).in_current_registry());
            tokio::task::yield_now().await;
            assert!(
                tokio::time::timeout(2 * SECOND, outer_without_limit())
                    .await
                    .is_err()
            );
            assert_eq!(
                (failures("pool"), failures("outer")),
                (0, 0),
                "{:?} {:?}",
                last("pool"),
                last("outer")
            );
            running.abort();
        })
        .await;
}

// H64: caller gives up while the inner call waits between its attempts.
#[guarded(deps = ["inner"], attempts = 3, backoff = "10s", timeout = "none")]
async fn inner_retries(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()
}
#[guarded(deps = ["outer"], timeout = "none")]
async fn outer_of_retries(dependency: &Dependency) -> Result<u32, Error> {
    inner_retries(dependency).await
}
#[health_runtime::test]
async fn dropped_in_the_pause_of_a_nested_call_blames_the_nested_one_only() {
    let dependency = Dependency::failing(&Error::Down);
    assert!(
        tokio::time::timeout(2 * SECOND, outer_of_retries(&dependency))
            .await
            .is_err()
    );
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}

// H9: first poll knows no deadline.
#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_limits_retries(dependency: &Dependency) -> Result<u32, Error> {
    inner_retries(dependency).await
}
#[health_runtime::test]
async fn no_pause_that_ends_after_the_time_of_the_call_around() {
    let dependency = Dependency::failing(&Error::Down);
    let start = tokio::time::Instant::now();
    let answer = outer_limits_retries(&dependency).await;
    assert_eq!(
        (start.elapsed(), answer),
        (Duration::ZERO, Err(Error::Down))
    );
}
#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_limits_retries_later(dependency: &Dependency) -> Result<u32, Error> {
    tokio::time::sleep(SECOND / 100).await;
    inner_retries(dependency).await
}
#[health_runtime::test]
async fn no_pause_beyond_the_limit_of_the_call_around_after_a_first_wait() {
    let dependency = Dependency::failing(&Error::Down);
    assert_eq!(
        outer_limits_retries_later(&dependency).await,
        Err(Error::Down)
    );
}

// H7: a function that returns its future: is its body dropped before the call?
#[guarded(deps = ["inner"], timeout = "none")]
async fn inner_hangs() -> Result<u32, Error> {
    std::future::pending().await
}
#[guarded(deps = ["outer"], timeout = "1s")]
fn outer_plain() -> impl Future<Output = Result<u32, Error>> {
    async move { inner_hangs().await }
}
#[guarded(deps = ["outer"], timeout = "1s")]
fn outer_boxed() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}
#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_async() -> Result<u32, Error> {
    inner_hangs().await
}
#[health_runtime::test]
async fn timeout_of_an_async_fn_blames_inner_once() {
    assert!(outer_async().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}
#[health_runtime::test]
async fn timeout_of_impl_future_blames_inner_once() {
    assert!(outer_plain().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}
#[health_runtime::test]
async fn timeout_of_boxed_blames_inner_once() {
    assert!(outer_boxed().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}

// H19: the same dependency under two names.
const POOL: &str = "pool";
#[guarded(deps = ["pool", POOL])]
async fn twice_named(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}
#[tokio::test(start_paused = true)]
async fn named_twice_takes_one_place_of_the_bulkhead() {
    let policy = Policy {
        bulkhead: Some(BulkheadPolicy::new(1)),
        ..Policy::default()
    };
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("pool").policy(policy))
        .build()
        .unwrap()
        .scope(async {
            assert_eq!(twice_named(Ok(7)).await, Ok(7));
        })
        .await;
}

// H22: which dependency is saturated?
#[guarded(deps = ["first", "pool"])]
async fn of_two(takes: Duration) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    Ok(7)
}
#[tokio::test(start_paused = true)]
async fn a_saturated_call_names_the_dependency_that_is_full() {
    let policy = Policy {
        bulkhead: Some(BulkheadPolicy::new(1)),
        ..Policy::default()
    };
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("pool").policy(policy))
        .build()
        .unwrap()
        .scope(async {
            let (one, two) = tokio::join!(of_two(SECOND), of_two(SECOND));
            assert_eq!(one, Ok(7));
            let refusal = match two {
                Err(Error::Refused(refusal)) => refusal,
                other => panic!("{other:?}"),
            };
            assert_eq!(refusal.dependency(), Some("pool"), "{refusal} {refusal:?}");
        })
        .await;
}

// H61: a queued call, and an operator who closes or resets the breaker meanwhile.
#[tokio::test(start_paused = true)]
async fn a_reset_of_the_breaker_refuses_nobody_who_waits_in_the_queue() {
    queueing("pool")
        .scope(async {
            let running = tokio::spawn(inner_pool(2 * SECOND).in_current_registry());
            tokio::task::yield_now().await;
            let queued = tokio::spawn(inner_pool(SECOND).in_current_registry());
            tokio::task::yield_now().await;
            testing::trip("pool");
            testing::heal("pool");
            assert_eq!(
                HealthRegistry::current().health("pool").unwrap().breaker,
                health_runtime::BreakerState::Closed
            );
            assert_eq!(running.await.unwrap(), Ok(7));
            assert_eq!(queued.await.unwrap(), Ok(7), "closed before, closed now");
        })
        .await;
}

// panic in an attempt after a failed one; counted once.
#[guarded(deps = ["inner"], attempts = 3, backoff = "1ms")]
async fn fails_then_panics(dependency: &Dependency) -> Result<u32, Error> {
    dependency.ask()?;
    panic!("second")
}
#[health_runtime::test]
async fn panic_after_a_failed_attempt_counts_once() {
    let call = tokio::spawn(
        async {
            let dependency = Dependency::answers([Err(Error::Down)]);
            fails_then_panics(&dependency).await
        }
        .in_current_registry(),
    );
    assert!(call.await.unwrap_err().is_panic());
    assert_eq!(failures("inner"), 1);
    assert!(
        last("inner").unwrap().starts_with("Panic"),
        "{:?}",
        last("inner")
    );
}

// the body of a timed-out call panics as it is dropped; marks must not stick.
struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("bomb")
    }
}
#[guarded(deps = ["outer"], timeout = "1s")]
async fn bomb() -> Result<u32, Error> {
    let _bomb = Bomb;
    std::future::pending().await
}
#[guarded(deps = ["outer"], timeout = "1s", attempts = 2)]
async fn bomb_again() -> Result<u32, Error> {
    let _bomb = Bomb;
    std::future::pending().await
}
#[guarded(deps = ["outer"], timeout = "1s")]
fn bomb_plain() -> impl Future<Output = Result<u32, Error>> + Send {
    async move {
        let _bomb = Bomb;
        std::future::pending().await
    }
}
async fn check_bomb(call: impl Future<Output = Result<u32, Error>> + Send + 'static) {
    let call = tokio::spawn(call.in_current_registry());
    assert!(call.await.unwrap_err().is_panic());
    assert_eq!(failures("outer"), 1);
    // EXPIRING is not stuck: a short call dropped by its caller is cancelled.
    assert!(
        tokio::time::timeout(SECOND / 100, inner_hangs())
            .await
            .is_err()
    );
    assert_eq!(failures("inner"), 0, "{:?}", last("inner"));
}
#[health_runtime::test]
async fn a_body_that_panics_while_it_is_dropped() {
    check_bomb(bomb()).await;
}
#[health_runtime::test]
async fn an_attempt_that_panics_while_it_is_dropped() {
    check_bomb(bomb_again()).await;
}
#[health_runtime::test]
async fn a_plain_body_that_panics_while_it_is_dropped() {
    check_bomb(bomb_plain()).await;
}

// Two keys of one dependency that are the same key: how often is a success counted?
#[guarded(deps = ["http"], key = ["http" = a, "http" = b])]
async fn two_keys(a: &str, b: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}
#[health_runtime::test]
async fn equal_keys_of_one_dependency_count_once() {
    for _ in 0..4 {
        assert!(two_keys("x", "x", Err(Error::Down)).await.is_err());
    }
    let health = HealthRegistry::current()
        .key_health("http", "x")
        .unwrap()
        .unwrap();
    assert_eq!(health.consecutive_failures, 4);
    assert_eq!(two_keys("x", "x", Ok(1)).await, Ok(1));
}

// drop in the pause: one failure; nothing sticks; the trial slot is free.
#[health_runtime::test]
async fn drop_in_the_pause_of_a_trial() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    let dependency = Dependency::failing(&Error::Down);
    assert!(
        tokio::time::timeout(SECOND / 10, inner_retries(&dependency))
            .await
            .is_err()
    );
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(
        health.breaker,
        health_runtime::BreakerState::Open,
        "{health:?}"
    );
}

// `timeout` within a trial and a nested call of the same dependency, then reuse.
#[guarded(deps = ["inner"], timeout = "1s")]
async fn trial_of_itself(deep: bool) -> Result<u32, Error> {
    if deep {
        Box::pin(trial_of_itself(false)).await
    } else {
        std::future::pending().await
    }
}
#[health_runtime::test]
async fn a_recursive_trial_that_times_out_counts_once_and_frees_its_slot() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    assert!(trial_of_itself(true).await.is_err());
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(
        health.breaker,
        health_runtime::BreakerState::Open,
        "{health:?}"
    );
    testing::advance(20 * SECOND).await;
    assert!(inner_retries(&Dependency::default()).await.is_ok());
}
#[health_runtime::test]
async fn a_recursive_call_that_times_out_counts_once() {
    assert!(trial_of_itself(true).await.is_err());
    assert_eq!(failures("inner"), 1);
}

// Nested calls within join!, one times out.
#[guarded(deps = ["outer"], timeout = "1s")]
async fn joins() -> Result<u32, Error> {
    let (one, two) = tokio::join!(inner_hangs(), inner_pool(10 * SECOND));
    one.and(two)
}
#[health_runtime::test]
async fn joined_calls_count_each_for_itself() {
    assert!(joins().await.is_err());
    assert_eq!(
        (failures("inner"), failures("pool"), failures("outer")),
        (1, 1, 0)
    );
}

// A short healthy call in flight when the outer's time ends.
#[guarded(deps = ["outer"], timeout = "1s")]
async fn many_quick_calls() -> Result<u32, Error> {
    loop {
        inner_pool(Duration::from_millis(7)).await?;
    }
}
#[health_runtime::test]
async fn a_quick_call_caught_by_the_limit_of_its_caller() {
    assert!(many_quick_calls().await.is_err());
    assert_eq!(failures("pool"), 0, "{:?}", last("pool"));
}

// A fallback whose own guarded call fails, inside of an outer call: who is blamed?
#[guarded(deps = ["inner"], fallback = asks_pool)]
async fn with_fallback() -> Result<u32, Error> {
    Err(Error::Down)
}
async fn asks_pool() -> Result<u32, Error> {
    Err(Error::Broken)
}
#[guarded(deps = ["outer"])]
async fn around_fallback() -> Result<u32, Error> {
    with_fallback().await
}
#[health_runtime::test]
async fn error_of_a_fallback() {
    assert!(around_fallback().await.is_err());
    assert_eq!((failures("inner"), failures("outer")), (1, 0));
}
// ... and an async fallback that waits first: the error comes in a later poll.
#[guarded(deps = ["inner"], fallback = asks_later)]
async fn with_slow_fallback() -> Result<u32, Error> {
    Err(Error::Down)
}
async fn asks_later() -> Result<u32, Error> {
    tokio::time::sleep(SECOND).await;
    Err(Error::Broken)
}
#[guarded(deps = ["outer"])]
async fn around_slow_fallback() -> Result<u32, Error> {
    with_slow_fallback().await
}
#[health_runtime::test]
async fn error_of_a_slow_fallback() {
    assert!(around_slow_fallback().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?}",
        last("outer")
    );
}
// ... dropped while the fallback runs for longer than `abandoned_after`
#[health_runtime::test]
async fn dropped_while_the_fallback_runs() {
    async fn _x() {}
    #[guarded(deps = ["inner"], fallback = hangs)]
    async fn f() -> Result<u32, Error> {
        Err(Error::Down)
    }
    async fn hangs() -> Result<u32, Error> {
        std::future::pending().await
    }
    assert!(tokio::time::timeout(5 * SECOND, f()).await.is_err());
    assert_eq!(failures("inner"), 1);
}

#[guarded(deps = ["inner"], timeout = "10s")]
async fn load_with_a_part() -> Result<u32, Error> {
    part().await
}
#[guarded(deps = ["inner"], timeout = "1s")]
async fn part() -> Result<u32, Error> {
    std::future::pending().await
}
#[health_runtime::test]
async fn a_trial_whose_part_times_out_has_failed() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    for _ in 0..10 {
        assert!(load_with_a_part().await.is_err());
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(
        health.breaker,
        health_runtime::BreakerState::Open,
        "{health:?}"
    );
}
// The same while closed: counted once, opens after five.
#[health_runtime::test]
async fn a_part_that_times_out_while_closed_counts_once() {
    for _ in 0..5 {
        assert!(load_with_a_part().await.is_err());
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(
        health.breaker,
        health_runtime::BreakerState::Open,
        "{health:?}"
    );
}

#[guarded(deps = ["outer"], timeout = "2s")]
fn outer_boxed_2s() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}
#[health_runtime::test]
async fn a_timeout_of_a_boxed_future_is_counted_once() {
    assert!(outer_boxed_2s().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}

// a refused nested call whose async fallback fails in a later poll
#[health_runtime::test]
async fn a_refused_call_with_a_slow_fallback_blames_nobody() {
    testing::trip("inner");
    assert!(around_slow_fallback().await.is_err());
    assert_eq!(failures("outer"), 0, "{:?}", last("outer"));
}

// an attempt before has failed: what a drop in the next one counts as
#[guarded(deps = ["inner"], attempts = 3, backoff = "4s", timeout = "none")]
async fn slow_to_fail(first: Duration, dependency: &Dependency) -> Result<u32, Error> {
    tokio::time::sleep(first).await;
    if dependency.ask().is_err() {
        return Err(Error::Down);
    }
    std::future::pending().await
}

#[health_runtime::test]
async fn what_counts_is_the_error_and_not_the_pause_after_it() {
    let dependency = Dependency::answers([Err(Error::Down)]);
    let mut call = Box::pin(slow_to_fail(SECOND / 100, &dependency));
    while dependency.times_asked() < 2 {
        assert!(tokio::time::timeout(SECOND / 20, &mut call).await.is_err());
    }
    drop(call);
    assert_eq!(last("inner").as_deref(), Some("Error Down"));
}
#[guarded(deps = ["inner"], attempts = 3, backoff = "4s", timeout = "none")]
async fn quick_to_fail(dependency: &Dependency) -> Result<u32, Error> {
    if dependency.ask().is_err() {
        return Err(Error::Down);
    }
    std::future::pending().await
}
#[health_runtime::test]
async fn a_first_failure_is_not_forgotten_when_the_second_attempt_is_dropped() {
    let dependency = Dependency::answers([Err(Error::Down)]);
    let mut call = Box::pin(quick_to_fail(&dependency));
    while dependency.times_asked() < 2 {
        assert!(tokio::time::timeout(SECOND / 20, &mut call).await.is_err());
    }
    drop(call);
    assert_eq!(failures("inner"), 1);
}

// A success counted twice in a rate window.
fn rated() -> Policy {
    let rate = health_runtime::FailureRate {
        rate: 0.5,
        window: health_runtime::Window::Calls(100),
        min_calls: 4,
    };
    let mut policy = Policy::default();
    policy.breaker.consecutive = None;
    policy.breaker.failure_rate = Some(rate);
    policy
}
#[guarded(deps = ["pool"])]
async fn once_named(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}
#[tokio::test(start_paused = true)]
async fn named_twice_counts_a_success_once() {
    for twice in [false, true] {
        HealthRegistry::builder()
            .seed(1)
            .dependency(Dep::new("pool").policy(rated()))
            .build()
            .unwrap()
            .scope(async {
                for answer in [Ok(7), Ok(7), Err(Error::Down), Err(Error::Down)] {
                    let _r = if twice {
                        twice_named(answer).await
                    } else {
                        once_named(answer).await
                    };
                }
                let health = HealthRegistry::current().health("pool").unwrap();
                assert_eq!(
                    health.breaker,
                    health_runtime::BreakerState::Open,
                    "2 of 4 have failed; twice: {twice}"
                );
            })
            .await;
    }
}
#[tokio::test(start_paused = true)]
async fn equal_keys_count_a_success_once() {
    HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("http").policy(rated()))
        .build()
        .unwrap()
        .scope(async {
            for answer in [Ok(7), Ok(7), Err(Error::Down), Err(Error::Down)] {
                let _r = two_keys("x", "x", answer).await;
            }
            let health = HealthRegistry::current()
                .key_health("http", "x")
                .unwrap()
                .unwrap();
            assert_eq!(
                health.breaker,
                health_runtime::BreakerState::Open,
                "2 of 4 have failed"
            );
        })
        .await;
}

// Half-open with two trials: one waits in the queue, the other closes the breaker.
#[tokio::test(start_paused = true)]
async fn a_trial_in_the_queue_while_another_closes_the_breaker() {
    let bulkhead = BulkheadPolicy {
        queue: 4,
        queue_timeout: 60 * SECOND,
        ..BulkheadPolicy::new(1)
    };
    let mut policy = Policy {
        bulkhead: Some(bulkhead),
        ..Policy::default()
    };
    policy.breaker.max_trials = 2;
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("pool").policy(policy))
        .build()
        .unwrap();
    registry
        .scope(async {
            testing::trip("pool");
            tokio::time::advance(2 * SECOND).await;
            let (one, two) = tokio::join!(inner_pool(SECOND), inner_pool(SECOND));
            assert_eq!((one, two), (Ok(7), Ok(7)));
        })
        .await;
}

// A spawned call inside a timed-out one is no nested call; the scope is lost or not; nothing sticks.
#[guarded(deps = ["outer"], timeout = "1s")]
async fn spawns() -> Result<u32, Error> {
    let task = tokio::spawn(inner_hangs().in_current_registry());
    let _abort = AbortOnDrop(task.abort_handle());
    task.await.unwrap()
}
struct AbortOnDrop(tokio::task::AbortHandle);
impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort()
    }
}
#[health_runtime::test]
async fn a_spawned_call_is_no_nested_one() {
    assert!(spawns().await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(failures("outer"), 1);
}

// Key evicted in flight
#[guarded(deps = ["http"], key = a, timeout = "none")]
async fn by_key(a: &str, takes: Duration, answer: Result<u32, Error>) -> Result<u32, Error> {
    tokio::time::sleep(takes).await;
    answer
}
#[health_runtime::test]
async fn a_trial_of_a_key_that_many_others_push_out() {
    for _ in 0..5 {
        assert!(by_key("x", Duration::ZERO, Err(Error::Down)).await.is_err());
    }
    testing::advance(2 * SECOND).await;
    let _trial = tokio::spawn(by_key("x", SECOND, Err(Error::Down)).in_current_registry());
    tokio::task::yield_now().await;
    for nth in 0..20_000u32 {
        let key = nth.to_string();
        let _r = by_key(&key, Duration::ZERO, Ok(1)).await;
    }
    let second = by_key("x", Duration::ZERO, Ok(1)).await;
    assert!(second.is_err(), "its trial is in flight");
}

#[guarded(deps = ["inner"], attempts = 3, backoff = "1ms")]
async fn sends(mut rest: &[u8], log: &std::sync::Mutex<Vec<usize>>) -> Result<u32, Error> {
    log.lock().unwrap().push(rest.len());
    while let [_first, tail @ ..] = rest {
        rest = tail;
    }
    Err(Error::Down)
}
#[health_runtime::test]
async fn each_attempt_has_the_arguments_of_the_call() {
    let log = std::sync::Mutex::default();
    assert!(sends(b"12345", &log).await.is_err());
    assert_eq!(log.into_inner().unwrap(), [5, 5, 5]);
}
#[guarded(deps = ["inner"], fallback = of_rest)]
async fn sends_or(mut rest: &[u8]) -> Result<usize, Error> {
    while let [_first, tail @ ..] = rest {
        rest = tail;
    }
    Err(Error::Down)
}
fn of_rest(rest: &[u8]) -> Result<usize, Error> {
    Ok(rest.len())
}
#[health_runtime::test]
async fn the_fallback_has_the_arguments_of_the_call() {
    assert_eq!(sends_or(b"12345").await, Ok(5));
}

#[guarded(deps = ["inner"], shed = "degraded")]
async fn skippable_part() -> Result<u32, Error> {
    Ok(7)
}
#[guarded(deps = ["inner"])]
async fn whole() -> Result<u32, Error> {
    skippable_part().await
}
#[health_runtime::test]
async fn a_trial_does_not_shed_its_own_part() {
    testing::trip("inner");
    testing::advance(2 * SECOND).await;
    for _ in 0..5 {
        let _first_ones_are_shed = whole().await;
    }
    let health = HealthRegistry::current().health("inner").unwrap();
    assert_eq!(
        health.breaker,
        health_runtime::BreakerState::Closed,
        "{health:?}"
    );
}

// classify or Display that panics, in a trial: slot freed, counted?
fn bad_classify(_: &Error) -> health_runtime::Outcome {
    panic!("classify")
}
#[guarded(deps = ["inner"], classify = bad_classify)]
async fn judged_badly() -> Result<u32, Error> {
    Err(Error::Down)
}
#[guarded(deps = ["inner"], classify = bad_classify, attempts = 2)]
async fn judged_badly_again() -> Result<u32, Error> {
    Err(Error::Down)
}
#[health_runtime::test]
async fn a_panic_of_the_judge_is_a_failure() {
    let call = tokio::spawn(judged_badly().in_current_registry());
    assert!(call.await.is_err());
    let call = tokio::spawn(judged_badly_again().in_current_registry());
    assert!(call.await.is_err());
    assert_eq!(failures("inner"), 2, "{:?}", last("inner"));
}

// moved between threads while retrying and queued, many times; nothing leaks.
#[guarded(deps = ["pool"], attempts = 3, backoff = "1ms..2ms", bulkhead = 4, timeout = "20ms")]
async fn stress(nth: u32) -> Result<u32, Error> {
    for _ in 0..nth % 7 {
        tokio::task::yield_now().await;
    }
    match nth % 5 {
        0 => Err(Error::Down),
        1 => {
            tokio::time::sleep(Duration::from_millis(40)).await;
            Ok(1)
        }
        2 => Box::pin(stress(nth + 1)).await,
        _ => Ok(1),
    }
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_end_in_every_way_leave_no_place_taken() {
    let policy = Policy {
        bulkhead: Some(BulkheadPolicy {
            queue: 8,
            queue_timeout: SECOND / 10,
            ..BulkheadPolicy::new(3)
        }),
        ..Policy::default()
    };
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(Dep::new("pool").policy(policy))
        .build()
        .unwrap();
    registry
        .clone()
        .scope(async {
            let mut tasks = Vec::new();
            for nth in 0..400u32 {
                let call = stress(nth).in_current_registry();
                tasks.push(tokio::spawn(tokio::time::timeout(
                    Duration::from_millis(u64::from(nth % 50)),
                    call,
                )));
                if nth % 20 == 0 {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            }
            for task in tasks {
                let _r = task.await.unwrap();
            }
            let registry = HealthRegistry::current();
            let bulkhead = registry.bulkhead("pool").unwrap().unwrap();
            assert_eq!((bulkhead.in_flight, bulkhead.queued), (0, 0));
        })
        .await;
}

#[async_trait::async_trait]
trait Store {
    async fn get(&self) -> Result<u32, Error>;
}
struct Real;
#[async_trait::async_trait]
impl Store for Real {
    #[guarded(deps = ["outer"], timeout = "2s")]
    async fn get(&self) -> Result<u32, Error> {
        inner_hangs().await
    }
}
#[health_runtime::test]
async fn a_timeout_under_async_trait_is_counted_once() {
    assert!(Real.get().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?} {:?}",
        last("inner"),
        last("outer")
    );
}
// the same, where both are one dependency: twice for one call
#[guarded(deps = ["inner"], timeout = "2s")]
fn outer_same() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}
#[health_runtime::test]
async fn a_timeout_within_one_dependency_is_counted_once() {
    assert!(outer_same().await.is_err());
    assert_eq!(failures("inner"), 1);
}
// a keyed call whose nested call on the same key fails
#[guarded(deps = ["http"], key = a)]
async fn nested_keyed(a: &str, answer: Result<u32, Error>) -> Result<u32, Error> {
    tokio::task::yield_now().await;
    by_key(a, Duration::from_millis(1), answer).await
}
#[health_runtime::test]
async fn nested_keyed_calls_count_once() {
    for _ in 0..4 {
        assert!(nested_keyed("x", Err(Error::Down)).await.is_err());
    }
    let health = HealthRegistry::current()
        .key_health("http", "x")
        .unwrap()
        .unwrap();
    assert_eq!(health.consecutive_failures, 4);
    assert!(nested_keyed("x", Err(Error::Down)).await.is_err());
    testing::advance(2 * SECOND).await;
    assert_eq!(nested_keyed("x", Ok(1)).await, Ok(1));
    assert_eq!(
        HealthRegistry::current()
            .key_health("http", "x")
            .unwrap()
            .unwrap()
            .breaker,
        health_runtime::BreakerState::Closed
    );
}

// role without a key
#[guarded(deps = ["mirror"], role = "metadata")]
async fn only_role(answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}
#[guarded(deps = ["mirror"], key = key, role = "metadata")]
async fn role_and_key(key: Option<&str>, answer: Result<u32, Error>) -> Result<u32, Error> {
    answer
}
#[health_runtime::test]
async fn a_role_without_a_key_is_one_of_the_dependency() {
    for _ in 0..5 {
        assert!(only_role(Err(Error::Down)).await.is_err());
    }
    assert!(only_role(Ok(1)).await.is_err());
    assert!(
        role_and_key(None, Ok(1)).await.is_err(),
        "the same role of the dependency"
    );
    assert!(role_and_key(Some("x"), Ok(1)).await.is_ok());
}
