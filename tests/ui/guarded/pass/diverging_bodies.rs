//! Bodies that never come to their end.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "most of them cannot be run")]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn returns() -> Result<u8, Error> {
    return Ok(1);
}

#[guarded(deps = ["redis"])]
async fn returns_with_a_pattern((a, b): (u8, u8)) -> Result<u8, Error> {
    return Ok(a + b);
}

#[guarded(deps = ["redis"])]
async fn unfinished(_name: String) -> Result<u8, Error> {
    todo!()
}

#[guarded(deps = ["redis"])]
async fn unfinished_with_a_pattern((_, _): (u8, u8)) -> Result<u8, Error> {
    unimplemented!("later")
}

#[guarded(deps = ["redis"])]
async fn for_ever() -> Result<u8, Error> {
    loop {
        tokio::task::yield_now().await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(returns().await.unwrap(), 1);
    assert_eq!(returns_with_a_pattern((1, 2)).await.unwrap(), 3);
}
