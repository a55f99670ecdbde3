//! What the contenders are compared with: the same work without protection, and two things that
//! people already put around calls.

use std::time::Duration;

use crate::call::{Answer, WELL, WaitOnce, repeat, repeat_inlined, work};
use crate::case::{Case, NOTHING};

/// The plain call.
pub(crate) const PLAIN: &str = "plain call";
/// The plain call, drawn into the loop that calls it.
pub(crate) const PLAIN_INLINED: &str = "plain call, drawn into its caller";
/// The plain call whose body waits once.
pub(crate) const PLAIN_WAITING: &str = "plain call that waits once";
/// What `tracing` costs.
pub(crate) const INSTRUMENT: &str = "`tracing::instrument`, no subscriber";
/// What a limit on the time costs without a breaker.
pub(crate) const TIMEOUT: &str = "tokio `timeout`, body waits once";

/// The yardsticks.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(PLAIN, NOTHING, |count| repeat(count, || plain(WELL))),
        Case::new(PLAIN_INLINED, NOTHING, |count| {
            repeat_inlined(count, || plain_inlined(WELL));
        }),
        Case::new(PLAIN_WAITING, NOTHING, |count| {
            repeat(count, || plain_waiting(WELL));
        }),
        Case::new(INSTRUMENT, PLAIN, |count| {
            repeat(count, || instrumented(WELL));
        }),
        Case::new(TIMEOUT, PLAIN_WAITING, |count| {
            repeat(count, || timed(WELL));
        }),
    ]
}

/// The plain twin of the functions of [`crate::ours`], and of those of the peers.
#[inline(never)]
pub(crate) async fn plain(x: u64) -> Answer {
    work(x)
}

#[inline(never)]
async fn plain_inlined(x: u64) -> Answer {
    work(x)
}

/// The plain twin of a function that waits.
#[inline(never)]
pub(crate) async fn plain_waiting(x: u64) -> Answer {
    WaitOnce::default().await;
    work(x)
}

#[tracing::instrument]
#[inline(never)]
async fn instrumented(x: u64) -> Answer {
    work(x)
}

#[inline(never)]
async fn timed(x: u64) -> Answer {
    match tokio::time::timeout(Duration::from_secs(30), plain_waiting(x)).await {
        Ok(answer) => answer,
        Err(_) => Ok(0),
    }
}
