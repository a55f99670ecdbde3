//! Shows a cache refresher that reads in smaller batches while the database is degraded, waits in
//! the middle of a refresh while it is down, and tells by a degradation level how good its answers
//! are.
//!
//! `cargo run --example cache_refresher` takes no time: tokio's clock is paused and jumps. It prints
//! one line for each batch, with the second in which it was read, and one for each change of the
//! level. The database fails after the second batch and is down for 20 seconds.

use std::time::Duration;

use health_runtime::{
    DependencyUnhealthy, HealthRegistry, InCurrentRegistry, Levels, Pressure, Rule, guarded,
};
use tokio::time::{Instant, sleep};

const ROWS: usize = 500;
const BATCH: usize = 100;

/// A database with a switch: it refuses connections between its 2nd and its 22nd second.
#[derive(Clone, Copy)]
struct Database {
    started: Instant,
}

impl Database {
    async fn read(self, rows: usize) -> Result<usize, Error> {
        sleep(Duration::from_secs(1)).await;
        match self.started.elapsed().as_secs() {
            3..=22 => Err(Error("connection refused".to_owned())),
            _ => Ok(rows),
        }
    }
}

#[guarded(deps = ["database"])]
async fn read_batch(database: Database, rows: usize) -> Result<usize, Error> {
    database.read(rows).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio::time::pause();

    // A service says this to `health_runtime::builder()`, before `init()`.
    let levels = Levels::new().level("cache is stale", Rule::any(["database"]));
    let registry = HealthRegistry::builder()
        .seed(7)
        .degradation(levels)
        .build()
        .expect("the levels are sound");

    registry
        .scope(async {
            let database = Database {
                started: Instant::now(),
            };
            let announcer = tokio::spawn(announce(database).in_current_registry());
            refresh(database).await;
            announcer.abort();
        })
        .await;
}

/// Reads all rows. An error does not end the refresh: the handle waits for as long as it has to.
async fn refresh(database: Database) {
    let pressure = Pressure::of(["database"]);
    let mut read = 0;
    while read < ROWS {
        pressure.pause().await;
        let rows = pressure.chunk(BATCH).min(ROWS - read);
        let now = pressure.current();
        match read_batch(database, rows).await {
            Ok(rows) => {
                read += rows;
                say(
                    database,
                    &format!("{now:<8} {rows:>3} rows, {read} of {ROWS}"),
                );
            }
            Err(Error(error)) => say(database, &format!("{now:<8} {error}")),
        }
    }
}

/// Tells every change of the level, as a service would in its answers or on its status page.
async fn announce(database: Database) {
    let mut changes = HealthRegistry::current().degradation_changes();
    while changes.changed().await.is_ok() {
        let level = changes.borrow_and_update().clone();
        say(database, &format!("-- {level}"));
    }
}

fn say(database: Database, line: &str) {
    println!("{:>3} s  {line}", database.started.elapsed().as_secs());
}

struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DependencyUnhealthy> for Error {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self(refusal.to_string())
    }
}
