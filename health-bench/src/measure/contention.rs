//! How much more two threads do than one, on the same breaker.
//!
//! A machine does not always give a program its second core. So each round has the plain call run on
//! two threads as well, which share nothing: where even that does not scale, the round is thrown
//! away.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::median;
use crate::case::Run;

/// Rounds that count.
const ENOUGH: usize = 15;
/// Fewer say nothing.
const TOO_FEW: usize = 5;
/// Rounds after which there is no second core to be had.
const PATIENCE: usize = 80;
/// How much more two threads must do of the plain call for the round to count.
const FREE: f64 = 1.7;
/// How long one thread takes.
const SAMPLE: Duration = Duration::from_millis(2);

/// How two threads get on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaling {
    /// Calls per time of two threads, over those of one.
    pub(crate) ratio: f64,
    /// The same of the plain call, in the same rounds.
    pub(crate) plain: f64,
}

/// Measures how two threads get on. `None` when the machine has no second core to give.
pub(crate) fn scaling(run: &Run, plain: &Run) -> Option<Scaling> {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return None;
    }
    let count = sample_of(run);
    let plain_count = sample_of(plain);
    let mut ratios = Vec::new();
    let mut plains = Vec::new();
    for _ in 0..PATIENCE {
        let before = ratio(plain, plain_count);
        let ratio_of_it = ratio(run, count);
        if before >= FREE {
            plains.push(before);
            ratios.push(ratio_of_it);
        }
        if ratios.len() == ENOUGH {
            break;
        }
    }
    if ratios.len() < TOO_FEW {
        return None;
    }
    Some(Scaling {
        ratio: median(ratios)?,
        plain: median(plains)?,
    })
}

fn sample_of(run: &Run) -> u64 {
    let first = 2_000;
    run(first);
    let one = seconds(|| run(first)) / first as f64;
    ((SAMPLE.as_secs_f64() / one.max(1e-9)) as u64).max(1)
}

fn ratio(run: &Run, count: u64) -> f64 {
    let alone = seconds(|| run(count));
    let ready = AtomicUsize::new(0);
    // Each thread times itself, from when both run, so that starting threads is not measured; the
    // slower one counts.
    let timed = || {
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < 2 {
            spin_loop();
        }
        seconds(|| run(count))
    };
    let together = std::thread::scope(|scope| {
        let other = scope.spawn(timed);
        let own = timed();
        own.max(other.join().unwrap_or(f64::INFINITY))
    });
    2.0 * alone / together
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}
