//! The mode of a dependency, `Off`, `Observe` or `Enforce`: what each layer does in it, and that it
//! can be changed while calls are made.
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::future::pending;
use std::time::Duration;

use health_runtime::{
    Backoff, BreakerMode, BreakerPolicy, BulkheadPolicy, Dependency, DependencyUnhealthy,
    HealthRegistry, InCurrentRegistry, Policy, PolicyPatch, Reason, guarded, testing,
};
use tokio::task::JoinHandle;

const SECOND: Duration = Duration::from_secs(1);

/// What a function that was called says, or why it was not let in.
type Answer = Result<u32, DependencyUnhealthy>;

#[guarded(deps = ["pool"])]
async fn plain() -> Answer {
    Ok(7)
}

#[guarded(deps = ["pool"], shed = "degraded")]
async fn skippable() -> Answer {
    Ok(7)
}

#[guarded(deps = ["pool"], timeout = "1s")]
async fn slow() -> Answer {
    tokio::time::sleep(2 * SECOND).await;
    Ok(7)
}

#[guarded(deps = ["pool"], timeout = "1s", attempts = 2)]
async fn slow_twice() -> Answer {
    tokio::time::sleep(2 * SECOND).await;
    Ok(7)
}

#[guarded(deps = ["pool"], bulkhead = 1)]
async fn one_at_a_time(waits: bool) -> Answer {
    answer(waits).await
}

#[guarded(deps = ["pool"], key = key)]
async fn of_key(key: &str, waits: bool) -> Answer {
    answer(waits).await
}

#[guarded(deps = ["pool"], role = "bulk")]
async fn of_role(waits: bool) -> Answer {
    answer(waits).await
}

#[guarded(deps = ["pool", "other"])]
async fn of_two() -> Answer {
    Ok(7)
}

#[guarded(deps = ["pool", "other"], bulkhead = 1)]
async fn one_at_a_time_of_two(waits: bool) -> Answer {
    answer(waits).await
}

async fn answer(waits: bool) -> Answer {
    if waits {
        pending::<()>().await;
    }
    Ok(7)
}

/// Calls in flight, ended at the end of the test.
type InFlight = Vec<JoinHandle<Answer>>;

async fn spawn(call: impl Future<Output = Answer> + Send + 'static) -> JoinHandle<Answer> {
    let running = tokio::spawn(call.in_current_registry());
    tokio::task::yield_now().await;
    running
}

/// A policy with a breaker that opens for an hour, and with the given cap on the calls in flight.
fn policy(mode: BreakerMode, bulkhead: Option<BulkheadPolicy>) -> Policy {
    Policy {
        breaker: BreakerPolicy {
            mode,
            backoff: Backoff {
                initial: 3_600 * SECOND,
                max: 3_600 * SECOND,
                ..Backoff::default()
            },
            ..BreakerPolicy::default()
        },
        bulkhead,
        ..Policy::default()
    }
}

/// Puts a mode into force while the registry is in use.
fn switch(dependency: &str, mode: BreakerMode, bulkhead: Option<BulkheadPolicy>) {
    let registry = HealthRegistry::current();
    let _change = registry
        .update_policy(dependency, policy(mode, bulkhead))
        .unwrap();
}

async fn in_registry(
    bulkhead: Option<BulkheadPolicy>,
    key_and_role: Option<BulkheadPolicy>,
    test: impl AsyncFnOnce(),
) {
    let mut pool = Dependency::new("pool").policy(policy(BreakerMode::Enforce, bulkhead));
    if let Some(size) = key_and_role {
        pool = pool
            .key("a", PolicyPatch::new().bulkhead(size))
            .role("bulk", PolicyPatch::new().bulkhead(size));
    }
    let registry = HealthRegistry::builder()
        .seed(1)
        .dependency(pool)
        .dependency(Dependency::new("other"))
        .build()
        .unwrap();
    registry.scope(test()).await;
}

/// A layer that can refuse a call or cut it short.
#[derive(Debug, Clone, Copy)]
enum Layer {
    Breaker,
    Shed,
    Bulkhead,
    BulkheadOfKey,
    BulkheadOfRole,
    BulkheadOfFunction,
    Timeout,
    TimeoutOfAttempts,
}

impl Layer {
    const ALL: [(Self, Reason); 8] = [
        (Self::Breaker, Reason::CircuitOpen),
        (Self::Shed, Reason::Shed),
        (Self::Bulkhead, Reason::Saturated),
        (Self::BulkheadOfKey, Reason::Saturated),
        (Self::BulkheadOfRole, Reason::Saturated),
        (Self::BulkheadOfFunction, Reason::Saturated),
        (Self::Timeout, Reason::TimedOut),
        (Self::TimeoutOfAttempts, Reason::TimedOut),
    ];

    /// The cap of the dependency.
    fn bulkhead(self) -> Option<BulkheadPolicy> {
        matches!(self, Self::Bulkhead).then_some(BulkheadPolicy::new(1))
    }

    /// The cap of a key and a role of it.
    fn bulkhead_of_parts(self) -> Option<BulkheadPolicy> {
        matches!(self, Self::BulkheadOfKey | Self::BulkheadOfRole).then_some(BulkheadPolicy::new(1))
    }

    /// Brings the layer to where it refuses the next call.
    async fn provoke(self) -> InFlight {
        match self {
            Self::Breaker | Self::Shed => testing::trip("pool"),
            Self::Bulkhead => return vec![spawn(of_key("any", true)).await],
            Self::BulkheadOfKey => return vec![spawn(of_key("a", true)).await],
            Self::BulkheadOfRole => return vec![spawn(of_role(true)).await],
            Self::BulkheadOfFunction => return vec![spawn(one_at_a_time(true)).await],
            Self::Timeout | Self::TimeoutOfAttempts => {}
        }
        Vec::new()
    }

    async fn call(self) -> Answer {
        match self {
            Self::Breaker | Self::Bulkhead => plain().await,
            Self::Shed => skippable().await,
            Self::BulkheadOfKey => of_key("a", false).await,
            Self::BulkheadOfRole => of_role(false).await,
            Self::BulkheadOfFunction => one_at_a_time(false).await,
            Self::Timeout => slow().await,
            Self::TimeoutOfAttempts => slow_twice().await,
        }
    }

    /// Whether it counts what it would refuse. A timeout that is not enforced is not there.
    fn is_counted(self) -> bool {
        !matches!(self, Self::Timeout | Self::TimeoutOfAttempts)
    }
}

async fn every_layer_once(modes: &[BreakerMode]) {
    for (layer, reason) in Layer::ALL {
        let (own, parts) = (layer.bulkhead(), layer.bulkhead_of_parts());
        in_registry(own, parts, async || {
            let _in_flight = layer.provoke().await;
            for &mode in modes {
                switch("pool", mode, own);
                let before = testing::calls("pool");
                let answer = layer.call().await;
                let calls = testing::calls("pool").since(&before);
                let (refused, would_be) = match mode {
                    BreakerMode::Enforce => (true, 0),
                    BreakerMode::Observe => (false, u64::from(layer.is_counted())),
                    _ => (false, 0),
                };
                let expected = if refused { Err(reason) } else { Ok(7) };
                let answer = answer.map_err(|refusal| refusal.reason());
                assert_eq!(answer, expected, "{layer:?} in {mode:?}");
                let counted = calls.would_be_refused.by(reason);
                assert_eq!(counted, would_be, "{layer:?} in {mode:?}: {calls:?}");
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_enforced_refuses_in_every_layer() {
    every_layer_once(&[BreakerMode::Enforce]).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_observed_lets_pass_and_counts_in_every_layer() {
    every_layer_once(&[BreakerMode::Observe]).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_off_lets_pass_and_counts_nothing_in_any_layer() {
    every_layer_once(&[BreakerMode::Off]).await;
}

#[tokio::test(start_paused = true)]
async fn every_layer_follows_a_change_of_mode_there_and_back() {
    use BreakerMode::{Enforce, Observe, Off};
    every_layer_once(&[Enforce, Observe, Enforce, Off, Enforce, Observe]).await;
}

#[tokio::test(start_paused = true)]
async fn retries_and_fallbacks_answer_in_every_mode() {
    #[guarded(deps = ["pool"], attempts = 3, fallback = instead)]
    async fn with_both() -> Answer {
        Ok(7)
    }
    async fn instead() -> Answer {
        Ok(1)
    }
    for mode in [BreakerMode::Off, BreakerMode::Observe, BreakerMode::Enforce] {
        in_registry(None, None, async || {
            switch("pool", mode, None);
            testing::inject("pool").error().next(2);
            assert_eq!(with_both().await, Ok(7), "{mode:?}");
            testing::inject("pool").error().next(3);
            assert_eq!(with_both().await, Ok(1), "{mode:?}");
            let calls = testing::calls("pool");
            assert_eq!((calls.attempts(), calls.fell_back), (6, 1), "{mode:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_observed_breaker_that_opens_meanwhile_ends_no_retries() {
    #[guarded(deps = ["pool"], attempts = 3, backoff = "1s..1s")]
    async fn patient() -> Answer {
        Ok(7)
    }
    for (mode, attempts) in [(BreakerMode::Observe, 3), (BreakerMode::Enforce, 1)] {
        in_registry(None, None, async || {
            switch("pool", mode, None);
            testing::inject("pool").error().next(2);
            let call = spawn(patient()).await;
            testing::trip("pool");
            assert_eq!(call.await.unwrap().is_ok(), attempts == 3, "{mode:?}");
            assert_eq!(testing::calls("pool").attempts(), attempts, "{mode:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_bulkhead_that_observes_counts_who_would_find_the_queue_full_and_makes_nobody_wait() {
    let size = BulkheadPolicy {
        queue: 1,
        ..BulkheadPolicy::new(1)
    };
    in_registry(Some(size), None, async || {
        switch("pool", BreakerMode::Observe, Some(size));
        let start = tokio::time::Instant::now();
        let mut in_flight = InFlight::new();
        for would_be in [0, 0, 1, 2] {
            in_flight.push(spawn(of_role(true)).await);
            let calls = testing::calls("pool");
            assert_eq!(calls.would_be_refused.by(Reason::Saturated), would_be);
            assert_eq!(calls.admitted as usize, in_flight.len(), "nobody waits");
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for call in &in_flight[..2] {
            call.abort();
        }
        tokio::task::yield_now().await;
        assert_eq!(plain().await, Ok(7));
        let calls = testing::calls("pool");
        let counted = calls.would_be_refused.by(Reason::Saturated);
        assert_eq!(counted, 2, "places and spots come back");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_a_queue_passes_at_its_end_when_the_mode_has_changed_to_observe() {
    let size = BulkheadPolicy {
        queue: 1,
        queue_timeout: 5 * SECOND,
        ..BulkheadPolicy::new(1)
    };
    in_registry(Some(size), None, async || {
        let _full = testing::saturate("pool");
        let waiting = spawn(plain()).await;
        switch("pool", BreakerMode::Observe, Some(size));
        let start = tokio::time::Instant::now();
        assert_eq!(waiting.await.unwrap(), Ok(7));
        assert_eq!(start.elapsed(), 5 * SECOND);
        let calls = testing::calls("pool");
        assert_eq!(calls.would_be_refused.by(Reason::Saturated), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_saturated_call_names_the_dependency_whose_places_are_taken() {
    in_registry(None, None, async || {
        switch("other", BreakerMode::Enforce, Some(BulkheadPolicy::new(1)));
        let _full = testing::saturate("other");
        let refusal = of_two().await.unwrap_err();
        assert_eq!(refusal.dependency(), Some("other"));
        assert_eq!(testing::calls("other").refused.by(Reason::Saturated), 1);
        assert_eq!(testing::calls("pool").refused.total(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_cap_of_a_function_is_as_strict_as_the_strictest_of_its_dependencies() {
    use BreakerMode::{Enforce, Observe, Off};
    for (modes, refused, would_be) in [
        ([Enforce, Off], true, 0),
        ([Off, Enforce], true, 0),
        ([Observe, Enforce], true, 0),
        ([Off, Observe], false, 1),
        ([Observe, Observe], false, 1),
        ([Off, Off], false, 0),
    ] {
        in_registry(None, None, async || {
            let _running = spawn(one_at_a_time_of_two(true)).await;
            switch("pool", modes[0], None);
            switch("other", modes[1], None);
            let answer = one_at_a_time_of_two(false).await;
            assert_eq!(answer.is_err(), refused, "{modes:?}");
            let of = |name| testing::calls(name).would_be_refused.by(Reason::Saturated);
            assert_eq!(of("pool") + of("other"), would_be, "{modes:?}");
        })
        .await;
    }
}
