//! One round: faults come, overlap and go, and everything has to be well again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use health_lab::{Behaviour, LabError, Proxy, Server};
use health_runtime::HealthRegistry;
use tokio::time::sleep;

use crate::fault::{ApiFault, Fault};
use crate::plan::Act;
use crate::world::{Result, World};

/// How long after the last fault everything has to be as before: the gate allows, every session that
/// was dead is gone, and every live one has its signs of life. The settle times, a cooldown and a pause
/// of a checkpoint are about two seconds; the rest is for a machine that has other things to do.
const BOUND: Duration = Duration::from_secs(20);

const POLL: Duration = Duration::from_millis(10);

/// The faults of all rounds, by kind.
#[derive(Default)]
pub struct Counts(pub BTreeMap<String, u64>);

/// Runs a round to its end.
pub async fn run(
    world: &World,
    registry: &HealthRegistry,
    acts: &[Act],
    counts: &mut Counts,
) -> Result<()> {
    for act in acts {
        *counts.0.entry(act.fault.kind()).or_default() += 1;
    }
    let mut acts = acts.iter().map(|act| play(world, act));
    // There are four places at the most.
    let mut next = || async_of(acts.next());
    let (one, two, three, four) = tokio::join!(next(), next(), next(), next());
    one.and(two).and(three).and(four)?;
    recover(world, registry).await
}

async fn async_of(act: Option<impl Future<Output = Result<()>>>) -> Result<()> {
    match act {
        Some(act) => act.await,
        None => Ok(()),
    }
}

async fn play(world: &World, act: &Act) -> Result<()> {
    sleep(act.after).await;
    let kind = act.fault.kind();
    if act.fault.takes_signs_of_life() {
        let mut truth = world.truth();
        truth.counts.signs_taken += truth.live().len() as u64;
    }
    world.set_in_force(&kind, true);
    let done = match &act.fault {
        Fault::Redis(fault) => {
            let mut redis = world.redis.lock().await;
            let in_force = fault.begin(&mut redis, act.lasts).await?;
            sleep(act.lasts).await;
            in_force.end(&mut redis).await
        }
        Fault::Api(fault) => fail_api(world, *fault, act.lasts).await,
        Fault::RedisPath(behaviour) => fail_path(&world.to_redis, behaviour, act.lasts).await,
        Fault::ApiPath(behaviour) => fail_path(&world.to_api, behaviour, act.lasts).await,
    };
    world.set_in_force(&kind, false);
    Ok(done?)
}

async fn fail_api(
    world: &World,
    fault: ApiFault,
    lasts: Duration,
) -> std::result::Result<(), LabError> {
    let mut api = world.api.lock().await;
    match fault {
        ApiFault::Killed => {
            api.kill();
            sleep(lasts).await;
            api.restart_empty().await
        }
        ApiFault::RestartedEmpty => api.restart_empty().await,
        ApiFault::Frozen => {
            api.freeze()?;
            sleep(lasts).await;
            api.thaw()
        }
    }
}

async fn fail_path(
    path: &Proxy,
    behaviour: &Behaviour,
    lasts: Duration,
) -> std::result::Result<(), LabError> {
    path.set(behaviour.clone()).await?;
    sleep(lasts).await;
    path.set(Behaviour::Pass).await
}

/// Waits until everything is as it was before.
pub async fn recover(world: &World, registry: &HealthRegistry) -> Result<()> {
    let deadline = Instant::now() + BOUND;
    let mut dead = world.truth().dead();
    loop {
        let verdict = registry.verdict("session_cleanup").await;
        let verdict = verdict.ok_or("there is no session_cleanup")?;
        // Those that die later are not waited for: others always do.
        dead = &dead & &world.truth().dead();
        let is_well = verdict.is_allow() && dead.is_empty();
        let silent = match is_well {
            true => world.without_signs().await,
            false => BTreeSet::new(),
        };
        if is_well && silent.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!(
                "not well {BOUND:?} after the last fault: the gate says `{verdict}`; {} sessions that were dead then \
                 are still there; {} live ones have no sign of life",
                dead.len(),
                silent.len(),
            )
            .into());
        }
        sleep(POLL).await;
    }
}
