//! Healthy stretches and faulty ones, in turns.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use health_lab::{Behaviour, Dice, Garbage, LabError, Proxy, RedisFault, RedisServer, Then};
use tokio::time::sleep;

/// How long everything is well.
const HEALTHY: Duration = Duration::from_secs(3);

/// How long a fault lasts, and its aftermath: a cooldown, connections that are made anew.
const FAULTY: Duration = Duration::from_secs(1);
const AFTERMATH: Duration = Duration::from_secs(1);

/// Which stretch it is.
#[derive(Default)]
pub struct Stretch {
    is_faulty: AtomicBool,
    pub faults: AtomicU64,
}

enum Fault {
    Path(Behaviour),
    Redis(RedisFault),
}

impl Stretch {
    pub fn is_faulty(&self) -> bool {
        self.is_faulty.load(Ordering::Relaxed)
    }

    /// Lets the server and the path to it fail, for as long as it is polled.
    pub async fn alternate(
        &self,
        redis: &mut RedisServer,
        path: &Proxy,
        seed: u64,
    ) -> Result<Infallible, LabError> {
        let mut dice = Dice::new(seed);
        loop {
            sleep(HEALTHY).await;
            self.is_faulty.store(true, Ordering::Relaxed);
            match some_fault(&mut dice) {
                Fault::Path(behaviour) => {
                    path.set(behaviour).await?;
                    sleep(FAULTY).await;
                    path.set(Behaviour::Pass).await?;
                }
                Fault::Redis(fault) => {
                    let in_force = fault.begin(redis, FAULTY).await?;
                    sleep(FAULTY).await;
                    in_force.end(redis).await?;
                }
            }
            self.faults.fetch_add(1, Ordering::Relaxed);
            sleep(AFTERMATH).await;
            self.is_faulty.store(false, Ordering::Relaxed);
        }
    }
}

fn some_fault(dice: &mut Dice) -> Fault {
    let seed = dice.draw();
    match dice.below(9) {
        0 => Fault::Path(Behaviour::BlackHole),
        1 => Fault::Path(Behaviour::Cut),
        2 => Fault::Path(Behaviour::Refuse),
        3 => Fault::Path(Behaviour::Stutter(Duration::from_millis(150))),
        4 => Fault::Path(Behaviour::Truncate {
            after: 1,
            then: Then::Stall,
        }),
        5 => Fault::Path(Behaviour::Garbage(Garbage::Bytes { seed })),
        6 => Fault::Redis(RedisFault::Frozen),
        7 => Fault::Redis(RedisFault::Killed),
        _ => Fault::Redis(RedisFault::OutOfConnections),
    }
}
