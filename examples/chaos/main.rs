//! Random faults on real processes against the annotated session service of the example `sessions`,
//! under load: no live session is ever lost, and every dead one goes in the end.
//!
//! `cargo run --release --example chaos -- --rounds 1000` takes about twenty minutes and ends with a
//! summary; `-- --help` says what else it can do. Every round is decided by the seed and its number,
//! and can be run again by itself.
//!
//! - [`fault`], [`plan`]: what can go wrong, and what does in which round
//! - [`round`]: a round, from its first fault to the moment when everything is well again
//! - [`users`], [`signs`], [`expiry`]: the load, and how sessions show that they live or have died
//! - [`truth`], [`direct`], [`observer`]: what is true, past the code under test, and who compares
//! - [`protection`]: the gate, and the controls that show that these faults cost sessions without it
//! - [`times`]: the defaults of `health-runtime`, faster

#![expect(unreachable_pub, reason = "in a program, plain `pub` reads better")]

mod args;
mod direct;
mod expiry;
mod fault;
mod observer;
mod plan;
mod protection;
#[path = "../sessions/reapers/mod.rs"]
#[expect(
    dead_code,
    reason = "the demo has a rest of its own between two passes"
)]
mod reapers;
mod round;
#[path = "../sessions/service/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the demo has options of its own, and users who close sessions"
)]
mod service;
mod signs;
mod summary;
mod tally;
mod times;
mod truth;
mod users;
mod world;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use health_lab::Dice;
use health_runtime::HealthRegistry;
use tokio::task::JoinSet;

use crate::args::Options;
use crate::summary::Summary;
use crate::tally::Tally;
use crate::times::Times;
use crate::users::{USERS, User};
use crate::world::{Error, Result, World};

/// How often a line says how far it is.
const REPORT_EVERY: u64 = 50;

/// How many reapers there are: while one waits in a checkpoint, another is in the middle of a pass.
const REAPERS: usize = 3;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    // The API is a second process of this program.
    health_lab::child_main();
    Box::pin(run(Options::parse())).await
}

async fn run(options: Options) -> Result<ExitCode> {
    let times = Times::faster_by(options.speed);
    summary::introduce(&options, times);
    let world = Arc::new(World::start(options.protection).await?);
    let tally = Tally::default();
    let health = health_runtime::builder()
        .dependency(times.dependency("redis"))
        .dependency(times.dependency("api"))
        .config(times.config())
        .gate(options.protection.gate(times))
        .operation("terminate_session", times.termination())
        .audit(tally.clone())
        .init()
        .await?;
    let running = start(&world, &options, times)?;

    let began = Instant::now();
    let mut played = play(&world, health.registry(), &options).await;
    // Nobody ends a session any more; those that are dead go.
    drop(running.users);
    if played.trouble.is_none() {
        played.trouble = round::recover(&world, health.registry()).await.err();
    }
    observer::look(&world).await;
    let sessions = world.truth().counts.clone();
    let summary = Summary {
        options: &options,
        took: began.elapsed(),
        played: &played,
        sessions,
        left_dead: world.truth().dead().len(),
        decisions: tally.counted(),
    };
    summary.print();
    let is_good = summary.is_good();
    drop(running.others);
    health.shutdown().await;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the rounds came to.
#[derive(Default)]
struct Played {
    rounds: u64,
    faults: round::Counts,
    /// Why they ended before the last one.
    trouble: Option<Error>,
}

/// One round after the other, until they are all played or one does not end well.
async fn play(world: &World, registry: &HealthRegistry, options: &Options) -> Played {
    let (began, seed) = (Instant::now(), options.seed);
    let mut played = Played {
        trouble: round::recover(world, registry).await.err(),
        ..Played::default()
    };
    while played.rounds < options.rounds && played.trouble.is_none() {
        let number = options.from + played.rounds;
        let again = format!("--seed {seed} --from {number} --rounds 1");
        world.begins(number);
        let acts = plan::of(seed, number, &options.only);
        let lost = world.truth().counts.lost;
        let ended = round::run(world, registry, &acts, &mut played.faults).await;
        played.rounds += 1;
        if world.truth().counts.lost > lost {
            println!("round {number} has lost sessions; again: {again}\n  {acts:?}");
        }
        played.trouble = ended
            .err()
            .map(|error| format!("round {number} ({again}; {acts:?}): {error}").into());
        if !options.is_quiet && played.rounds.is_multiple_of(REPORT_EVERY) {
            let counts = world.truth().counts.clone();
            println!(
                "{:5} rounds, {:4.0} s: {} sessions created, {} lost, {} dead ones removed",
                played.rounds,
                began.elapsed().as_secs_f64(),
                counts.created,
                counts.lost,
                counts.removed
            );
        }
    }
    played
}

/// Ends with its sets.
struct Running {
    users: JoinSet<()>,
    others: JoinSet<()>,
}

fn start(world: &Arc<World>, options: &Options, times: Times) -> Result<Running> {
    let (mut users, mut others) = (JoinSet::new(), JoinSet::new());
    let mut dice = Dice::new(options.seed);
    for number in 0..USERS {
        let (signs, seed, world) = (world.signs()?, dice.draw(), Arc::clone(world));
        users.spawn(async move {
            let world = &*world;
            let user = User {
                world,
                number,
                signs,
                times,
                seed,
            };
            match user.run().await {}
        });
    }
    for _ in 0..REAPERS {
        let (sources, world) = (Arc::new(world.sources()?), Arc::clone(world));
        let protection = options.protection;
        others.spawn(async move { match world.kept.reap(protection, sources, times).await {} });
    }
    let (watched, swept) = (Arc::clone(world), Arc::clone(world));
    others.spawn(async move { match observer::run(&watched).await {} });
    others.spawn(async move { match expiry::run(&swept).await {} });
    Ok(Running { users, others })
}
