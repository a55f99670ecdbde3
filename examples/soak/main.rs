//! Guarded and plain calls side by side, at full load, while their Redis and the path to it fail again
//! and again. At the end: is memory flat, is every task and descriptor given back, and how long did
//! calls take with a guard and without?
//!
//! `cargo run --release --example soak -- --seconds 600`; `-- --help` says what else it can do.
//!
//! - [`calls`], [`load`]: what is called, and by whom
//! - [`stretch`]: when everything is well, and when it is not
//! - [`latency`], [`vitals`], [`summary`]: what is measured, and what may come of it

#![expect(unreachable_pub, reason = "in a program, plain `pub` reads better")]

mod args;
mod calls;
mod latency;
mod load;
mod stretch;
mod summary;
mod vitals;

use std::convert::Infallible;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use health_lab::{Dice, Proxy, RedisServer, Server};
use health_runtime::probe::RedisProbe;
use health_runtime::{Backoff, BreakerPolicy, Criticality, Dependency, GatePolicy, HealthGuard};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::args::{Leak, Options};
use crate::calls::Redis;
use crate::load::{Measured, WORKERS};
use crate::stretch::Stretch;
use crate::summary::Summary;
use crate::vitals::Vitals;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many hosts may have a breaker of their own: a tenth of those there are.
const MAX_KEYS: u32 = 5_000;

/// How long what was in flight may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode> {
    Box::pin(run(Options::parse())).await
}

async fn run(options: Options) -> Result<ExitCode> {
    let mut redis = RedisServer::start().await?;
    let path = Proxy::tcp(redis.socket())?;
    let url = format!("redis://{}", path.address());
    let health = start(&url).await?;

    let before = settled(|_| true).await?;
    let (stretch, measured) = (Arc::new(Stretch::default()), Arc::new(Measured::new()));
    let mut memory = Vec::new();
    let mut running = JoinSet::new();
    let mut dice = Dice::new(options.seed);
    for _ in 0..WORKERS {
        let redis = Redis::new(redis::Client::open(&*url)?);
        let (stretch, measured) = (Arc::clone(&stretch), Arc::clone(&measured));
        let seed = dice.draw();
        running.spawn(async move { match load::work(&redis, &stretch, &measured, seed).await {} });
    }
    for leak in options.leaks.clone() {
        running.spawn(async move { match forget(leak).await {} });
    }
    let most_keys = tokio::select! {
        failed = stretch.alternate(&mut redis, &path, dice.draw()) => match failed? {},
        most_keys = sample(options.seconds, &health, &mut memory) => most_keys?,
    };
    running.shutdown().await;
    // Dropped in the middle of a fault, it may have left one in force.
    path.set(health_lab::Behaviour::Pass).await?;
    redis.restart_empty().await?;
    let is_back = |now: Vitals| now.tasks <= before.tasks && now.descriptors <= before.descriptors;
    let after = settled(is_back).await?;

    let summary = Summary {
        options: &options,
        before,
        after,
        memory: &memory,
        faults: stretch.faults.load(std::sync::atomic::Ordering::Relaxed),
        dependencies: health.registry().snapshot().len(),
        most_keys,
        max_keys: MAX_KEYS as usize,
        keys: health.registry().keys("hosts")?,
        measured: &measured,
    };
    summary.print();
    let is_good = summary.is_good();
    health.shutdown().await;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// By the defaults, but for what a second of an outage has to be enough for.
async fn start(url: &str) -> Result<HealthGuard> {
    let breaker = BreakerPolicy {
        backoff: Backoff {
            initial: Duration::from_millis(50),
            max: Duration::from_millis(200),
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    };
    let redis = Dependency::new("redis")
        .breaker(breaker)
        .probe(RedisProbe::new(url)?)
        .probe_every(Duration::from_millis(250))
        .probe_timeout(Duration::from_millis(300));
    let hosts = Dependency::new("hosts")
        .criticality(Criticality::Low)
        .max_keys(MAX_KEYS);
    let gate = GatePolicy {
        settle: Duration::from_millis(100),
        settle_after_open: Duration::from_millis(500),
        ..GatePolicy::default()
    };
    let health = health_runtime::builder()
        .dependency(redis)
        .dependency(hosts)
        .gate(gate);
    Ok(health.init().await?)
}

/// Waits until nothing is in flight, and what is asked for holds. Past all patience it returns what there
/// is.
async fn settled(holds: impl Fn(Vitals) -> bool) -> Result<Vitals> {
    let began = Instant::now();
    sleep(Duration::from_secs(1)).await;
    loop {
        let now = Vitals::now()?;
        sleep(Duration::from_millis(50)).await;
        // A probe on its way has tasks and a connection for a moment.
        if now.tasks == Vitals::now()?.tasks && holds(now) || began.elapsed() > PATIENCE {
            return Ok(now);
        }
    }
}

/// Once a second, for so many seconds. Returns the greatest number of hosts with a breaker.
async fn sample(seconds: u64, health: &HealthGuard, memory: &mut Vec<u64>) -> Result<usize> {
    let mut every_second = interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut most_keys = 0;
    for second in 0..=seconds {
        every_second.tick().await;
        let vitals = Vitals::now()?;
        memory.push(vitals.memory);
        most_keys = most_keys.max(health.registry().keys("hosts")?.tracked);
        if second > 0 && second.is_multiple_of(30) {
            println!(
                "{second:5} s: {:6} KiB, {:3} tasks, {:3} descriptors",
                vitals.memory, vitals.tasks, vitals.descriptors
            );
        }
    }
    Ok(most_keys)
}

/// The controls: what a program that leaks would do.
async fn forget(leak: Leak) -> Infallible {
    loop {
        match leak {
            Leak::Memory => drop(Box::leak(vec![1_u8; 64 * 1024].into_boxed_slice())),
            Leak::Task => drop(tokio::spawn(std::future::pending::<()>())),
            Leak::Descriptor => {
                let opened = std::fs::File::open("/dev/null");
                std::mem::forget(opened);
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
}
