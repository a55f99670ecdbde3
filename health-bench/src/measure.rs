//! How it is measured.

use std::time::{Duration, Instant};

use crate::cases::Case;

const ROUNDS: usize = 101;
const CALLS: u64 = 20_000;

/// What one case costs.
pub(crate) struct Cost {
    /// Nanoseconds per call.
    pub(crate) total: f64,
    /// Nanoseconds per call over the baseline of the same round.
    pub(crate) added: f64,
    /// Heap allocations per 1,000 calls.
    pub(crate) allocations: u64,
}

/// Runs these cases interleaved.
pub(crate) async fn interleaved(cases: &'static [Case]) -> Vec<(&'static Case, Cost)> {
    let mut rounds: Vec<Vec<f64>> = Vec::with_capacity(ROUNDS);
    for round in 0..=ROUNDS {
        let times = cases.iter().map(nanoseconds).collect();
        // The gate trusts nobody in a process whose background stands still.
        tokio::time::sleep(Duration::from_millis(2)).await;
        // The first one warms up.
        if round > 0 {
            rounds.push(times);
        }
    }
    let costs = cases.iter().enumerate().map(|(index, case)| {
        let baseline = cases
            .iter()
            .position(|other| other.name == case.baseline)
            .unwrap_or(index);
        let total = median(rounds.iter().map(|times| times[index]).collect());
        let added = median(
            rounds
                .iter()
                .map(|times| times[index] - times[baseline])
                .collect(),
        );
        let allocations = allocation_counter::measure(|| (case.run)(1_000)).count_total;
        (
            case,
            Cost {
                total,
                added,
                allocations,
            },
        )
    });
    costs.collect()
}

fn nanoseconds(case: &Case) -> f64 {
    let start = Instant::now();
    (case.run)(CALLS);
    start.elapsed().as_nanos() as f64 / CALLS as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How much more two threads do than one, on the same dependency.
pub(crate) fn scaling(case: &Case) -> f64 {
    let alone = |calls| {
        let start = Instant::now();
        (case.run)(calls);
        start.elapsed().as_secs_f64()
    };
    let calls = 20_000_000;
    let ratios = (0..5).map(|_| {
        let one = alone(calls);
        let start = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| (case.run)(calls));
            scope.spawn(|| (case.run)(calls));
        });
        2.0 * one / start.elapsed().as_secs_f64()
    });
    median(ratios.collect())
}
