//! Nanoseconds per call: the median over many rounds of the difference to the baseline of the same
//! round. All cases run interleaved, so that a machine that slows down slows all of them down.

use std::time::{Duration, Instant};

use super::median;
use crate::case::Case;

/// How many rounds tell how long something takes.
pub(crate) const ROUNDS: usize = 151;
/// How long one sample takes.
const SAMPLE: Duration = Duration::from_micros(700);
/// Calls after which it is known how many make a sample.
const FIRST: u64 = 500;

/// What one case costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Nanoseconds per call.
    pub(crate) total: f64,
    /// Nanoseconds per call over the baseline of the same round.
    pub(crate) added: f64,
    /// Heap allocations per call.
    pub(crate) allocations: f64,
    /// Bytes allocated per call.
    pub(crate) allocated: f64,
}

/// Runs these cases interleaved, for so many rounds. The costs are in the order of the cases.
pub(crate) async fn interleaved(cases: &[Case], wanted: usize) -> Vec<Cost> {
    let counts: Vec<u64> = cases.iter().map(sample_of).collect();
    let mut rounds: Vec<Vec<f64>> = Vec::with_capacity(wanted);
    for round in 0..=wanted {
        let samples = cases.iter().zip(&counts);
        let times = samples.map(|(case, &count)| nanoseconds(case, count));
        let times = times.collect();
        // The gate trusts nobody in a process whose background stands still.
        tokio::time::sleep(Duration::from_millis(2)).await;
        // The first one warms up.
        if round > 0 {
            rounds.push(times);
        }
    }
    let of = |index: usize, minus: Option<usize>| {
        let values = rounds
            .iter()
            .map(|times| times[index] - minus.map_or(0.0, |minus| times[minus]));
        median(values.collect()).unwrap_or(f64::NAN)
    };
    let costs = cases.iter().enumerate().map(|(index, case)| {
        let baseline = cases.iter().position(|other| other.name == case.baseline);
        // What only the first call after a change of health does, such as asking the gate anew.
        (case.run)(10);
        let allocated = allocation_counter::measure(|| (case.run)(1_000));
        Cost {
            total: of(index, None),
            added: of(index, baseline),
            allocations: allocated.count_total as f64 / 1_000.0,
            allocated: allocated.bytes_total as f64 / 1_000.0,
        }
    });
    costs.collect()
}

/// How many calls make a sample.
fn sample_of(case: &Case) -> u64 {
    // The quickest of some, as any may have been interrupted.
    let tries = (0..5).map(|_| nanoseconds(case, FIRST));
    let nanoseconds = tries.fold(f64::INFINITY, f64::min).max(1.0);
    ((SAMPLE.as_nanos() as f64 / nanoseconds) as u64).max(1)
}

fn nanoseconds(case: &Case, count: u64) -> f64 {
    let start = Instant::now();
    (case.run)(count);
    start.elapsed().as_nanos() as f64 / count as f64
}
