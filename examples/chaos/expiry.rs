//! What makes a dead session look dead: its heartbeat expires, or it was signed off at the API.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::world::World;

const EVERY: Duration = Duration::from_millis(20);

/// Takes the signs of life of dead sessions away, for as long as it is polled, and again if a late
/// heartbeat has put one back: an expiry would too. Half of them end one way and half the other.
pub async fn run(world: &World) -> Infallible {
    let mut before = BTreeSet::new();
    loop {
        sleep(EVERY).await;
        let dead = world.truth().dead();
        let (mut expired, mut closed): (BTreeSet<_>, BTreeSet<_>) = dead
            .iter()
            .cloned()
            .partition(|id| id.ends_with(['0', '2', '4', '6', '8']));
        // Of those that are gone nothing is left anywhere.
        let gone: Vec<String> = before.difference(&dead).cloned().collect();
        expired.extend(gone.iter().cloned());
        closed.extend(gone);
        // A server in trouble is told again next time.
        if !expired.is_empty() {
            world.direct.expire(&expired).await.ok();
        }
        if !closed.is_empty() {
            world.direct.close(&closed).await.ok();
        }
        before = dead;
    }
}
