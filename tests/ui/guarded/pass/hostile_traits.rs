//! A trait for every type, with the names of the methods that the expansion could call.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "the names are the point")]

use std::io::Error;

use health_runtime::{destructive, guarded, probe};

/// By value: a method of ours that takes `&self` is found after that.
trait Hostile: Sized {
    fn answer(self) {}
    fn classify(self) {}
    fn clone(self) {}
    fn error(self) {}
    fn failure(self) {}
    fn from_level(self) {}
    fn info(self) {}
    fn is_some(self) {}
    fn judge(self) {}
    fn map(self) {}
    fn new(self) {}
    fn note(self, _: bool) {}
    fn of_role(self) {}
    fn poll(self) {}
    fn role(self) {}
    fn shed(self) {}
    fn timeout(self) {}
    fn to_bypass(self) {}
    fn with_key(self) {}
}

impl<T> Hostile for T {}

#[guarded(deps = ["redis"])]
async fn plain() -> Result<u8, Error> {
    Ok(1)
}

#[guarded(deps = ["redis"], classify = neutral)]
async fn classified() -> Result<u8, Error> {
    Ok(1)
}

fn neutral(_: &Error) -> health_runtime::Outcome {
    health_runtime::Outcome::Neutral
}

#[guarded(
    deps = ["redis"],
    timeout = "1s",
    attempts = 2,
    fallback = cached,
    shed = "degraded",
    level = "slow",
    key = name,
    role = "reads",
    bulkhead = 8
)]
async fn layered(name: &str) -> Result<u8, Error> {
    Ok(name.len() as u8)
}

fn cached(_: &str) -> Result<u8, Error> {
    Ok(0)
}

#[guarded(deps = ["redis"], fallback = nothing)]
async fn option() -> Option<u8> {
    Some(1)
}

fn nothing() -> Option<u8> {
    None
}

#[guarded(deps = ["redis"])]
fn future() -> impl Future<Output = Result<u8, Error>> {
    async { Ok(1) }
}

#[guarded(deps = ["redis"])]
#[destructive(permit = "permit", bypass = "sure")]
async fn both(sure: bool) -> Result<u64, Error> {
    Ok(permit.fence())
}

#[probe(dep = "redis", every = "5s", timeout = "1s")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert!(plain().await.is_ok_and(|one| one == 1));
    assert!(classified().await.is_ok_and(|one| one == 1));
    assert!(layered("abc").await.is_ok_and(|three| three == 3));
    assert!(matches!(option().await, Some(1)));
    assert!(future().await.is_ok_and(|one| one == 1));
}
