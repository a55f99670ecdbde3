//! What each argument of `#[guarded]` adds, and what a destructive call costs.

use health_runtime::{Outcome, destructive, guarded};

use super::breaker::guarded_once;
use crate::call::{Answer, Failed, WELL, WaitOnce, repeat, repeat_inlined, work};
use crate::case::Case;
use crate::keys;
use crate::plain::{PLAIN, PLAIN_INLINED, PLAIN_WAITING};

/// The call with nothing but a dependency, which each layer is compared with.
pub(crate) const GUARDED: &str = "`#[guarded]`, 1 dependency";
/// The same, drawn into the loop that calls it.
pub(crate) const INLINED: &str = "`#[guarded]`, drawn into its caller";
/// The same with two dependencies.
pub(crate) const TWO: &str = "`#[guarded]`, 2 dependencies";
/// The same with four dependencies.
pub(crate) const FOUR: &str = "`#[guarded]`, 4 dependencies";
/// The same with a body that waits.
pub(crate) const WAITING: &str = "`#[guarded]`, body waits once";
/// A limit on the time, of a body that does not wait.
pub(crate) const TIMEOUT: &str = "+ `timeout`";
/// A limit on the time, of a body that waits.
pub(crate) const TIMEOUT_WAITING: &str = "`timeout`, body waits once";
/// A breaker for a key that is known.
pub(crate) const KEY: &str = "+ `key`, known";
/// The gate.
pub(crate) const DESTRUCTIVE: &str = "`#[destructive]`, everything fresh";

/// What each layer costs.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(GUARDED, PLAIN, |n| repeat(n, || guarded_once(WELL))),
        Case::new(INLINED, PLAIN_INLINED, |n| {
            repeat_inlined(n, || guarded_inlined(WELL));
        }),
        Case::new(TWO, PLAIN, |n| repeat(n, || two(WELL))),
        Case::new(FOUR, PLAIN, |n| repeat(n, || four(WELL))),
        Case::new(WAITING, PLAIN_WAITING, |n| {
            repeat(n, || guarded_waiting(WELL));
        }),
        Case::new(TIMEOUT_WAITING, PLAIN_WAITING, |n| {
            repeat(n, || timed_waiting(WELL));
        }),
        Case::new(TIMEOUT, GUARDED, |n| repeat(n, || timed(WELL))),
        Case::new("+ `classify`", GUARDED, |n| repeat(n, || classified(WELL))),
        Case::new("+ `shed`", GUARDED, |n| repeat(n, || shed(WELL))),
        Case::new("+ `fallback`", GUARDED, |n| {
            repeat(n, || with_fallback(WELL))
        }),
        Case::new("+ `attempts`", GUARDED, |n| repeat(n, || retried(WELL))),
        Case::new("+ a failure rate", GUARDED, |n| repeat(n, || rated(WELL))),
        Case::new(KEY, GUARDED, |n| {
            repeat(n, || keyed(&keys::known()[0], WELL))
        }),
        Case::new("+ `role`", GUARDED, |n| repeat(n, || with_role(WELL))),
        Case::new("+ `bulkhead`", GUARDED, |n| repeat(n, || bulkheaded(WELL))),
        Case::new("all of these", GUARDED, |n| {
            repeat(n, || everything(&keys::known()[0], WELL));
        }),
        Case::new(DESTRUCTIVE, PLAIN, |n| repeat(n, || destroy(WELL))),
    ]
}

#[guarded(deps = ["a"])]
#[inline(never)]
async fn guarded_inlined(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a", "b"])]
#[inline(never)]
pub(super) async fn two(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a", "b", "c", "d"])]
#[inline(never)]
async fn four(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"])]
#[inline(never)]
pub(super) async fn guarded_waiting(x: u64) -> Answer {
    WaitOnce::default().await;
    work(x)
}

#[guarded(deps = ["a"], timeout = "2s")]
#[inline(never)]
async fn timed_waiting(x: u64) -> Answer {
    WaitOnce::default().await;
    work(x)
}

#[guarded(deps = ["a"], timeout = "2s")]
#[inline(never)]
async fn timed(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"], classify = neutral)]
#[inline(never)]
async fn classified(x: u64) -> Answer {
    work(x)
}

const fn neutral(_: &Failed) -> Outcome {
    Outcome::Neutral
}

#[guarded(deps = ["a"], shed = "degraded")]
#[inline(never)]
async fn shed(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"], bulkhead = 64)]
#[inline(never)]
async fn bulkheaded(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"], attempts = 3)]
#[inline(never)]
async fn retried(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"], fallback = other)]
#[inline(never)]
async fn with_fallback(x: u64) -> Answer {
    work(x)
}

async fn other(x: u64) -> Answer {
    Ok(x)
}

#[guarded(deps = ["a"], key = host)]
#[inline(never)]
pub(super) async fn keyed(host: &str, x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["a"], role = "metadata")]
#[inline(never)]
async fn with_role(x: u64) -> Answer {
    work(x)
}

#[guarded(deps = ["rated"])]
#[inline(never)]
async fn rated(x: u64) -> Answer {
    work(x)
}

#[guarded(
    deps = ["rated"],
    timeout = "2s",
    attempts = 3,
    fallback = from_other_host,
    shed = "degraded",
    key = host,
    role = "metadata",
    classify = neutral,
    bulkhead = 64
)]
#[inline(never)]
async fn everything(host: &str, x: u64) -> Answer {
    work(x)
}

async fn from_other_host(_host: &str, x: u64) -> Answer {
    Ok(x)
}

#[destructive]
#[inline(never)]
pub(super) async fn destroy(x: u64) -> Answer {
    work(x)
}
