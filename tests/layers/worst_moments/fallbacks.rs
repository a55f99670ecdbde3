//! Fallbacks that fail, wait, or are dropped.

use health_runtime::{guarded, testing};

use super::{SECOND, assert_failures, failures, last};
use crate::support::Error;

#[guarded(deps = ["inner"], fallback = asks_pool)]
async fn with_fallback() -> Result<u32, Error> {
    Err(Error::Down)
}

async fn asks_pool() -> Result<u32, Error> {
    Err(Error::Broken)
}

#[guarded(deps = ["outer"])]
async fn around_fallback() -> Result<u32, Error> {
    with_fallback().await
}

#[health_runtime::test]
async fn the_error_of_a_fallback_is_blamed_on_nobody_around() {
    assert!(around_fallback().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[guarded(deps = ["inner"], fallback = asks_later)]
async fn with_slow_fallback() -> Result<u32, Error> {
    Err(Error::Down)
}

async fn asks_later() -> Result<u32, Error> {
    tokio::time::sleep(SECOND).await;
    Err(Error::Broken)
}

#[guarded(deps = ["outer"])]
async fn around_slow_fallback() -> Result<u32, Error> {
    with_slow_fallback().await
}

#[health_runtime::test]
async fn nor_is_one_that_comes_in_a_later_poll() {
    assert!(around_slow_fallback().await.is_err());
    assert_eq!(
        (failures("inner"), failures("outer")),
        (1, 0),
        "{:?}",
        last("outer")
    );
}

#[health_runtime::test]
async fn a_refused_call_with_a_slow_fallback_blames_nobody() {
    testing::trip("inner");
    assert!(around_slow_fallback().await.is_err());
    assert_failures([("outer", 0)]);
}

#[health_runtime::test]
async fn a_call_that_is_dropped_in_its_fallback_has_failed_once() {
    #[guarded(deps = ["inner"], fallback = hangs)]
    async fn f() -> Result<u32, Error> {
        Err(Error::Down)
    }
    async fn hangs() -> Result<u32, Error> {
        std::future::pending().await
    }
    assert!(tokio::time::timeout(5 * SECOND, f()).await.is_err());
    assert_failures([("inner", 1)]);
}

#[guarded(deps = ["inner"], fallback = of_rest)]
async fn sends_or(mut rest: &[u8]) -> Result<usize, Error> {
    while let [_first, tail @ ..] = rest {
        rest = tail;
    }
    Err(Error::Down)
}

fn of_rest(rest: &[u8]) -> Result<usize, Error> {
    Ok(rest.len())
}

#[health_runtime::test]
async fn the_fallback_has_the_arguments_of_the_call() {
    assert_eq!(sends_or(b"12345").await, Ok(5));
}
