//! Calls whose time is over while others run within them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use health_runtime::{InCurrentRegistry, guarded};

use super::{SECOND, assert_failures, inner_hangs, inner_pool};
use crate::support::Error;

#[guarded(deps = ["outer"], timeout = "1s")]
fn outer_plain() -> impl Future<Output = Result<u32, Error>> {
    async move { inner_hangs().await }
}

#[guarded(deps = ["outer"], timeout = "1s")]
fn outer_boxed() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn outer_async() -> Result<u32, Error> {
    inner_hangs().await
}

#[health_runtime::test]
async fn a_timeout_of_an_async_fn_is_that_of_the_call_within() {
    assert!(outer_async().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[health_runtime::test]
async fn a_timeout_of_an_impl_future_is_that_of_the_call_within() {
    assert!(outer_plain().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[health_runtime::test]
async fn a_timeout_of_a_boxed_future_is_that_of_the_call_within() {
    assert!(outer_boxed().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[guarded(deps = ["outer"], timeout = "2s")]
fn outer_boxed_2s() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}

#[health_runtime::test]
async fn a_timeout_beyond_the_time_of_abandonment_is_counted_once() {
    assert!(outer_boxed_2s().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[async_trait::async_trait]
trait Store {
    async fn get(&self) -> Result<u32, Error>;
}

struct Real;

#[async_trait::async_trait]
impl Store for Real {
    #[guarded(deps = ["outer"], timeout = "2s")]
    async fn get(&self) -> Result<u32, Error> {
        inner_hangs().await
    }
}

#[health_runtime::test]
async fn a_timeout_under_async_trait_is_counted_once() {
    assert!(Real.get().await.is_err());
    assert_failures([("inner", 1), ("outer", 0)]);
}

#[guarded(deps = ["inner"], timeout = "2s")]
fn outer_same() -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move { inner_hangs().await })
}

#[health_runtime::test]
async fn a_timeout_within_one_dependency_is_counted_once() {
    assert!(outer_same().await.is_err());
    assert_failures([("inner", 1)]);
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn joins() -> Result<u32, Error> {
    let (one, two) = tokio::join!(inner_hangs(), inner_pool(10 * SECOND));
    one.and(two)
}

#[health_runtime::test]
async fn joined_calls_count_each_for_itself() {
    assert!(joins().await.is_err());
    assert_failures([("inner", 1), ("pool", 1), ("outer", 0)]);
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn many_quick_calls() -> Result<u32, Error> {
    loop {
        inner_pool(Duration::from_millis(7)).await?;
    }
}

#[health_runtime::test]
async fn a_quick_call_caught_by_the_limit_of_its_caller_is_not_blamed() {
    assert!(many_quick_calls().await.is_err());
    assert_failures([("pool", 0)]);
}

/// Its task is no nested call.
#[guarded(deps = ["outer"], timeout = "1s")]
async fn spawns() -> Result<u32, Error> {
    let task = tokio::spawn(inner_hangs().in_current_registry());
    let _abort = AbortOnDrop(task.abort_handle());
    task.await.unwrap()
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort()
    }
}

#[health_runtime::test]
async fn a_spawned_call_is_no_nested_one() {
    assert!(spawns().await.is_err());
    tokio::task::yield_now().await;
    assert_failures([("outer", 1)]);
}
