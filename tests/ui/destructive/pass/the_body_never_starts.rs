//! What the attribute is for: with an unhealthy dependency the body does not run at all.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use health_runtime::{DependencyUnhealthy, destructive, guarded};

static RUNS: AtomicU8 = AtomicU8::new(0);

fn run() -> Result<(), DependencyUnhealthy> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[destructive(deps = ["redis"])]
async fn function() -> Result<(), DependencyUnhealthy> {
    run()
}

#[guarded(deps = ["api"])]
#[destructive(deps = ["redis"])]
async fn guarded_too() -> Result<(), DependencyUnhealthy> {
    run()
}

#[destructive(deps = ["redis"])]
fn future() -> impl Future<Output = Result<(), DependencyUnhealthy>> {
    async { run() }
}

#[destructive(deps = ["redis"])]
fn boxed() -> Pin<Box<dyn Future<Output = Result<(), DependencyUnhealthy>> + Send>> {
    Box::pin(async move { run() })
}

#[async_trait]
trait Reap {
    async fn reap(&self) -> Result<(), DependencyUnhealthy>;
}

struct Reaper;

#[async_trait]
impl Reap for Reaper {
    #[destructive(deps = ["redis"])]
    async fn reap(&self) -> Result<(), DependencyUnhealthy> {
        run()
    }
}

fn main() {
    health_runtime::testing::run(async {
        function().await.unwrap();
        guarded_too().await.unwrap();
        future().await.unwrap();
        boxed().await.unwrap();
        Reaper.reap().await.unwrap();
        assert_eq!(RUNS.swap(0, Ordering::Relaxed), 5);

        health_runtime::testing::trip("redis");
        for refused in [
            function().await,
            guarded_too().await,
            future().await,
            boxed().await,
            Reaper.reap().await,
        ] {
            assert!(refused.is_err());
        }
        assert_eq!(RUNS.load(Ordering::Relaxed), 0);
    });
}
