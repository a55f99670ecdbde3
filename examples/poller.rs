//! Shows a poller that polls less while its dependency is degraded, not at all while it is down, and
//! tries again by itself when the cooldown is over.
//!
//! `cargo run --example poller` takes no time: tokio's clock is paused and jumps from one tick to
//! the next. It prints one line for each poll, with the second in which it happened: every 10
//! seconds while all is well, every 40 after an error, and during the outage as rarely as the
//! breaker's growing cooldown lets a trial through.

use std::time::Duration;

use health_runtime::testing::{ScriptedDependency, ScriptedError};
use health_runtime::{HealthRegistry, guarded};
use tokio::time::Instant;

const PERIOD: Duration = Duration::from_secs(10);

/// A call like any other: the interval below knows nothing of it, only of its dependency.
#[guarded(deps = ["jobs_api"])]
async fn fetch_jobs(api: &ScriptedDependency) -> Result<(), ScriptedError> {
    api.call().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio::time::pause();

    // A seed of its own, so that the jitter is the same whenever this is run.
    let registry = HealthRegistry::builder()
        .seed(7)
        .build()
        .expect("nothing is declared that could be wrong");

    // What the API will answer, poll by poll.
    let api = ScriptedDependency::new();
    api.succeeds(3)
        .fails(1, "503 for once")
        .succeeds(2)
        .fails(12, "connection refused")
        .succeeds(3);

    registry.scope(poll(api)).await;
}

async fn poll(api: ScriptedDependency) {
    let start = Instant::now();
    let mut interval = health_runtime::interval(["jobs_api"], PERIOD).slow_factor(4);
    while api.calls() < 21 {
        // The loop does not look at the health of anything: it waits for its tick.
        let pressure = interval.tick().await;
        let seconds = start.elapsed().as_secs();
        let answer = match fetch_jobs(&api).await {
            Ok(()) => "polled".to_owned(),
            Err(error) => error.to_string(),
        };
        println!("{seconds:>5} s  {pressure:<8} {answer}");
    }
}
