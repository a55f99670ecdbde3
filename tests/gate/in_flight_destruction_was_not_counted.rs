//! Seen in the field: slow destruction was counted when it ended, so that the limit was overrun by
//! everything in between. Here what is in flight counts as used, however it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_runtime::{Budget, DependencyUnhealthy, Evidence, OperationPolicy, destructive};
use tokio::time::Instant;

use crate::support::{House, Plan, Ran, SECOND, pass};

const PERMITS: usize = 5;
const PER: Duration = Duration::from_secs(60);

/// Counts a running body until it ends, however it does.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn begin(of: &Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        let now = of.fetch_add(1, Ordering::Relaxed) + 1;
        most.fetch_max(now, Ordering::Relaxed);
        Self(Arc::clone(of))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Ledger {
    running: Arc<AtomicUsize>,
    most: AtomicUsize,
    began: std::sync::Mutex<Vec<Instant>>,
}

#[derive(Clone, Copy)]
enum End {
    Well,
    Badly,
    InPanic,
}

#[destructive(budget = "5/1m")]
async fn reap(ledger: &Ledger, work: Duration, end: End) -> Result<(), DependencyUnhealthy> {
    let _running = Running::begin(&ledger.running, &ledger.most);
    ledger.began.lock().unwrap().push(Instant::now());
    tokio::time::sleep(work).await;
    match end {
        End::Well => Ok(()),
        End::Badly => Err(health_runtime::HealthRegistry::new()
            .scope(crate::support::operations::purge(&Ran::default()))
            .await
            .unwrap_err()),
        End::InPanic => panic!("the body of a test panics"),
    }
}

/// A generator that is the same everywhere (Steele et al., "SplitMix", 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Whatever is asked for, however long it runs and however it ends: never more than the budget in
/// flight, and never more than the budget and its refill in any window of time.
#[tokio::test(start_paused = true)]
async fn the_limit_holds_for_any_storm_of_callers() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let mut plan = Plan::unprobed();
        plan.adapt = |dependency| dependency.evidence(Evidence::State);
        let house = plan.build().await;
        let ledger: &'static Ledger = Box::leak(Box::default());
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..60 {
            let wait = Duration::from_millis(random.below(240_000));
            let work = Duration::from_millis(random.below(90_000));
            let patience = Duration::from_millis(1 + random.below(120_000));
            let end = [End::Well, End::Badly, End::InPanic][random.below(3) as usize];
            let call = async move {
                tokio::time::sleep(wait).await;
                let _given_up = tokio::time::timeout(patience, reap(ledger, work, end)).await;
            };
            callers.spawn(house.registry.scope(call));
        }
        while callers.join_next().await.is_some() {}
        let most = ledger.most.load(Ordering::Relaxed);
        assert!(most <= PERMITS, "seed {seed}: {most} at once");
        let began = ledger.began.lock().unwrap().clone();
        assert!(began.len() > PERMITS, "seed {seed}: the storm was none");
        for (index, from) in began.iter().enumerate() {
            for (more, to) in began[index..].iter().enumerate() {
                let refill = (*to - *from).as_nanos() * PERMITS as u128 / PER.as_nanos();
                let limit = PERMITS as u128 + refill;
                assert!(((more + 1) as u128) <= limit + 1, "seed {seed}");
            }
        }
        // All are done, all places are free again.
        assert_eq!(ledger.running.load(Ordering::Relaxed), 0);
        pass(PER).await;
        for _ in 0..PERMITS {
            let done = house.run(reap(ledger, Duration::ZERO, End::Well)).await;
            assert_eq!(done, Ok(()), "seed {seed}: a place leaked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_ran_without_a_budget_do_not_count_against_a_later_one() {
    let mut house = House::healthy().await;
    for _ in 0..100 {
        house.purge().await.is_allowed();
    }
    house.guard.take().unwrap().shutdown().await;
    let policy = OperationPolicy {
        budget: Some(Budget::new(3, 60 * SECOND)),
        ..OperationPolicy::default()
    };
    let builder = health_runtime::builder()
        .registry(house.registry.clone())
        .audit(house.trail.clone())
        .operation("purge", policy);
    let _health = builder.init().await.unwrap();
    for _ in 0..3 {
        house.purge().await.is_allowed();
    }
    house.purge().await.is_denied_for(&["budget_exhausted"]);
}
