//! The load: workers that never rest, each call once plain and once guarded.

use std::convert::Infallible;
use std::time::Instant;

use health_lab::Dice;

use crate::calls::{self, Error, Redis};
use crate::latency::Latency;
use crate::stretch::Stretch;

/// How many workers there are for two cores: enough that none is ever idle.
pub const WORKERS: usize = 8;

/// How many hosts there are.
const HOSTS: usize = 50_000;

/// How many rounds of a worker there are to one question to the gate.
const PURGE_EVERY: u64 = 64;

/// What is measured, over healthy stretches and over faulty ones.
pub struct Measured {
    pub round_trip: Pair,
    pub keyed: Pair,
    pub gate: [Latency; 2],
}

/// Each `[healthy, faulty]`.
pub struct Pair {
    pub plain: [Latency; 2],
    pub guarded: [Latency; 2],
}

impl Measured {
    pub fn new() -> Self {
        let both = || [Latency::new(), Latency::new()];
        let pair = || Pair {
            plain: both(),
            guarded: both(),
        };
        Self {
            round_trip: pair(),
            keyed: pair(),
            gate: both(),
        }
    }
}

/// Works for as long as it is polled.
pub async fn work(redis: &Redis, stretch: &Stretch, measured: &Measured, seed: u64) -> Infallible {
    let mut dice = Dice::new(seed);
    let mut turn = 0_u64;
    loop {
        let host = u32::try_from(dice.below(HOSTS)).unwrap_or_default();
        let Measured {
            round_trip,
            keyed,
            gate,
        } = measured;
        // Whichever is first finds the caches colder.
        if turn.is_multiple_of(2) {
            time(stretch, &keyed.plain, calls::fetch(host)).await;
            time(stretch, &keyed.guarded, calls::fetch_guarded(host)).await;
            time(stretch, &round_trip.plain, redis.ask()).await;
            time(stretch, &round_trip.guarded, redis.ask_guarded()).await;
        } else {
            time(stretch, &keyed.guarded, calls::fetch_guarded(host)).await;
            time(stretch, &keyed.plain, calls::fetch(host)).await;
            time(stretch, &round_trip.guarded, redis.ask_guarded()).await;
            time(stretch, &round_trip.plain, redis.ask()).await;
        }
        if turn.is_multiple_of(PURGE_EVERY) {
            time(stretch, gate, calls::purge()).await;
        }
        turn += 1;
    }
}

/// A call belongs to the stretch in which it begins; one that spans two of them is not counted.
async fn time(
    stretch: &Stretch,
    latency: &[Latency; 2],
    call: impl Future<Output = Result<(), Error>>,
) {
    let was_faulty = stretch.is_faulty();
    let began = Instant::now();
    // Errors are what a fault is about; how long they take is what counts here.
    call.await.ok();
    let took = began.elapsed();
    if stretch.is_faulty() == was_faulty {
        latency[usize::from(was_faulty)].record(took);
    }
}
