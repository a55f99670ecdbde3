//! Shows how many live sessions three reapers destroy while a real Redis and an API fail: one
//! without protection, one behind circuit breakers, and one annotated with `health-runtime`.
//!
//! `cargo run --example sessions` takes half a minute, prints a timeline and ends with a table of
//! what each has lost. `-- --help` says what else it can do.
//!
//! Read `service/mod.rs` first: it is all that a user of the library would write. Then
//! `reapers/`, which compares it with the other two, and `acts.rs`, which does the damage.

#![expect(unreachable_pub, reason = "in a program, plain `pub` reads better")]

mod acts;
mod args;
mod board;
mod hold;
mod reapers;
mod service;
mod story;
mod table;
mod timeline;
mod world;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use health_lab::{KeyValueServer, Server};
use health_runtime::{GateMode, HealthRegistry};
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::acts::Stage;
use crate::args::Options;
use crate::reapers::EVERY;
use crate::service::Sessions;
use crate::story::{Story, Trail};
use crate::table::Scores;
use crate::timeline::Timeline;
use crate::world::{Result, World};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    // The API, and Redis where there is none, are second processes of this program.
    health_lab::child_main();
    run(&Options::parse()).await
}

async fn run(options: &Options) -> Result<ExitCode> {
    let gate = options.gate();
    let timeline = Arc::new(Timeline::begin());
    timeline.print(
        "Three reapers clean up the same 20 sessions while Redis and an API fail for real: \
         who loses what? (30 s)\n",
    );
    tracing_subscriber::registry()
        .with(Story(Arc::clone(&timeline)))
        .init();

    let mut world = World::start().await?;
    timeline.shorten(world.redis.socket().display().to_string(), "redis.sock");
    timeline.shorten(world.api.socket().display().to_string(), "api.sock");
    introduce(&world, gate, &timeline);

    // All that the service does to start `health-runtime`.
    let health = service::builder(gate)
        .audit(Trail::new(Arc::clone(&timeline)))
        .init()
        .await?;

    let store = Arc::clone(&world.copies.annotated);
    let sessions = Sessions::new(store, Arc::new(world.sources()?));
    let _running = start(&world, &sessions, health.registry(), &timeline)?;
    let mut stage = Stage {
        world: &mut world,
        timeline: &timeline,
        registry: health.registry(),
        sessions: &sessions,
        scores: Scores::default(),
    };
    stage.play().await?;
    let scores = stage.scores;
    let is_good = scores.print(&world, &timeline);
    if options.hold {
        tokio::select! {
            failed = hold::run(&mut world, health.registry(), &timeline) => failed?,
            pressed = tokio::signal::ctrl_c() => pressed?,
        }
    }
    health.shutdown().await;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn introduce(world: &World, gate: GateMode, timeline: &Timeline) {
    let pid = |pid: Option<u32>| pid.unwrap_or_default();
    timeline.note(&format!(
        "{} (pid {}), an API on a Unix socket (pid {}): real processes",
        world.redis.name(),
        pid(world.redis.pid()),
        pid(world.api.pid()),
    ));
    if matches!(world.redis, KeyValueServer::StandIn(_)) {
        timeline
            .note("redis-server is not on the PATH: install it to see the same with the real one");
    }
    match gate {
        GateMode::Enforce => {}
        mode => timeline.note(&format!(
            "the gate of the annotated service is set to {mode:?}: it will not protect anything"
        )),
    }
}

/// Starts the reapers and the state line. They end when the set is dropped.
fn start(
    world: &World,
    sessions: &Sessions,
    registry: &HealthRegistry,
    timeline: &Arc<Timeline>,
) -> Result<JoinSet<Infallible>> {
    let mut running = JoinSet::new();

    let (copies, sources) = (Arc::clone(&world.copies), world.sources()?);
    running.spawn(async move { reapers::unguarded::run(&copies.unguarded, &sources, EVERY).await });

    let (copies, sources) = (Arc::clone(&world.copies), world.sources()?);
    let breaker_only = async move {
        reapers::breaker_only::run(
            &copies.breaker_only,
            &sources,
            service::dependencies(),
            EVERY,
        )
        .await
    };
    // Its breakers would tell the same story a second time.
    running.spawn(breaker_only.with_subscriber(NoSubscriber::new()));

    let (sessions, pace) = (sessions.clone(), world.pace.subscribe());
    running.spawn(async move { reapers::annotated::run(&sessions, &pace, EVERY).await });

    let (registry, copies) = (registry.clone(), Arc::clone(&world.copies));
    let timeline = Arc::clone(timeline);
    running.spawn(async move { board::run(&registry, &copies, &timeline).await });
    Ok(running)
}
