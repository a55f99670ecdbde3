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
const PATIENCE: usize = 100;
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
    let run = Sample::of(run);
    let plain = Sample::of(plain);
    let mut counted = Vec::new();
    for _ in 0..PATIENCE {
        // Before and after: a core that was there both times was there in between.
        let before = plain.together();
        let together = run.together();
        let after = plain.together();
        if 2.0 * plain.alone / before.max(after) >= FREE {
            counted.push((together, before.max(after)));
        }
        if counted.len() == ENOUGH {
            break;
        }
    }
    if counted.len() < TOO_FEW {
        return None;
    }
    let (run_together, plain_together) = counted.into_iter().unzip();
    Some(Scaling {
        ratio: 2.0 * run.alone / median(run_together)?,
        plain: 2.0 * plain.alone / median(plain_together)?,
    })
}

/// So many calls as take some milliseconds.
struct Sample<'a> {
    run: &'a Run,
    count: u64,
    /// Seconds of one thread alone: the quickest of some, as any may have been interrupted.
    alone: f64,
}

impl<'a> Sample<'a> {
    fn of(run: &'a Run) -> Self {
        let quickest = |count| {
            let tries = (0..9).map(|_| seconds(|| run(count)));
            tries.fold(f64::INFINITY, f64::min)
        };
        let first = 2_000;
        let one = quickest(first) / first as f64;
        let count = ((SAMPLE.as_secs_f64() / one.max(1e-9)) as u64).max(1);
        Self {
            run,
            count,
            alone: quickest(count),
        }
    }

    /// Seconds of two threads, from when both run until the second one has ended.
    fn together(&self) -> f64 {
        let ready = AtomicUsize::new(0);
        let timed = || {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < 2 {
                spin_loop();
            }
            let start = Instant::now();
            (self.run)(self.count);
            (start, Instant::now())
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(timed);
            let (start, end) = timed();
            let Ok((other_start, other_end)) = other.join() else {
                return f64::INFINITY;
            };
            let took = end.max(other_end) - start.min(other_start);
            took.as_secs_f64()
        })
    }
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}
