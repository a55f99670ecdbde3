//! `--hold`: everything keeps running, and a person does the damage.

use std::time::Duration;

use health_lab::Server;
use health_runtime::{DependencyState, HealthRegistry};
use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::timeline::Timeline;
use crate::world::{Result, World};

/// How long a killed server stays dead, and then how long it stays empty.
const AWAY: Duration = Duration::from_secs(3);

/// Brings killed servers back, empty, and the data a while later.
pub async fn run(world: &mut World, registry: &HealthRegistry, timeline: &Timeline) -> Result<()> {
    timeline.act("now it is your turn; Ctrl-C ends it");
    timeline.note("what the first two copies lose is put back once everything is well again");
    print_pids(world, timeline);
    loop {
        sleep(Duration::from_millis(250)).await;
        let redis_is_dead = is_dead(&world.redis).await;
        if !redis_is_dead && !is_dead(&world.api).await {
            if registry.system().state == DependencyState::Healthy {
                world.put_back();
            }
            continue;
        }
        let name = if redis_is_dead { "Redis" } else { "the API" };
        timeline.note(&format!(
            "{name} is dead; it comes back in {}s, empty",
            AWAY.as_secs()
        ));
        sleep(AWAY).await;
        if redis_is_dead {
            world.redis.restart_empty().await?;
        } else {
            world.api.restart_empty().await?;
        }
        timeline.note(&format!(
            "{name} is back, empty; its data follows in {}s",
            AWAY.as_secs()
        ));
        sleep(AWAY).await;
        // A server that is frozen or killed meanwhile is seen in the next round.
        match tokio::time::timeout(AWAY, world.register()).await {
            Ok(Ok(())) => timeline.note("all live sessions are registered again"),
            _ => timeline.note("the sessions could not be registered again"),
        }
        print_pids(world, timeline);
    }
}

/// A frozen one accepts connections; only a dead one refuses them.
async fn is_dead(server: &impl Server) -> bool {
    UnixStream::connect(server.socket()).await.is_err()
}

fn print_pids(world: &World, timeline: &Timeline) {
    let redis = world.redis.pid().unwrap_or_default();
    let api = world.api.pid().unwrap_or_default();
    timeline.note(&format!(
        "Redis: kill -9 {redis}   kill -STOP {redis}   kill -CONT {redis}"
    ));
    timeline.note(&format!(
        "API:   kill -9 {api}   kill -STOP {api}   kill -CONT {api}"
    ));
}
