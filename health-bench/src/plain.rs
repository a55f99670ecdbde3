//! What the contenders are compared with: the same work without protection, and two things that
//! people already put around calls.

use std::time::Duration;

use health_runtime::DependencyUnhealthy;

use crate::call::{Broken, WELL, WaitOnce, repeat, repeat_inlined, work};
use crate::case::{Case, NOTHING};

/// The plain call, with the error of the work.
pub(crate) const PLAIN: &str = "plain call";
/// The plain call, with an error that carries why a call was refused: three machine words.
pub(crate) const PLAIN_WIDE: &str = "plain call, wide result";
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
        Case::new(PLAIN_WIDE, NOTHING, |count| {
            repeat(count, || plain_wide(WELL));
        }),
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

#[inline(never)]
async fn plain(x: u64) -> Result<u64, Broken> {
    work(x)
}

/// The plain twin of the functions of [`crate::ours`].
#[inline(never)]
pub(crate) async fn plain_wide(x: u64) -> Result<u64, DependencyUnhealthy> {
    Ok(work(x).unwrap_or_default())
}

#[inline(never)]
async fn plain_inlined(x: u64) -> Result<u64, DependencyUnhealthy> {
    Ok(work(x).unwrap_or_default())
}

/// The plain twin of a function that waits.
#[inline(never)]
pub(crate) async fn plain_waiting(x: u64) -> Result<u64, DependencyUnhealthy> {
    WaitOnce::default().await;
    Ok(work(x).unwrap_or_default())
}

#[tracing::instrument]
#[inline(never)]
async fn instrumented(x: u64) -> Result<u64, Broken> {
    work(x)
}

#[inline(never)]
async fn timed(x: u64) -> Result<u64, DependencyUnhealthy> {
    match tokio::time::timeout(Duration::from_secs(30), plain_waiting(x)).await {
        Ok(answer) => answer,
        Err(_) => Ok(0),
    }
}
