//! Who knows everything: compares what is true with what the service keeps, all the time.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::world::World;

const EVERY: Duration = Duration::from_millis(2);

/// Watches for as long as it is polled, and tells of every loss what the servers really held then.
pub async fn run(world: &World) -> Infallible {
    loop {
        look(world).await;
        sleep(EVERY).await;
    }
}

/// Looks once.
pub async fn look(world: &World) {
    let lost = world.compare();
    if !lost.is_empty() {
        tell(world, lost).await;
    }
}

async fn tell(world: &World, lost: Vec<String>) {
    let (round, faults) = world.present();
    let ids: BTreeSet<String> = lost.into_iter().collect();
    let had = |signs: &Option<BTreeSet<String>>, id| match signs {
        None => "did not say",
        Some(signs) if signs.contains(id) => "knew it",
        Some(_) => "did not know it",
    };
    let heartbeats = world.direct.with_heartbeat(&ids).await;
    let known = world.direct.known(&ids).await;
    for id in &ids {
        println!(
            "LOST {id} in round {round} under {faults:?}: Redis {}, the API {}",
            had(&heartbeats, id),
            had(&known, id),
        );
    }
}
