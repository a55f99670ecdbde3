//! The call record is all that an annotation adds to a future: 64 bytes for one dependency.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

type Big = [u8; 1024];

macro_rules! twins {
    ($($name:ident($($parameters:tt)*) $body:block)*) => {
        mod plain {
            use super::*;
            $(pub async fn $name($($parameters)*) -> Result<usize, Error> $body)*
        }
        mod annotated {
            use super::*;
            $(#[guarded(deps = ["redis"])]
            pub async fn $name($($parameters)*) -> Result<usize, Error> $body)*
        }
    };
}

async fn step(big: &Big) -> usize {
    tokio::task::yield_now().await;
    big.len()
}

twins! {
    empty() { Ok(1) }
    waiting() { tokio::task::yield_now().await; Ok(1) }
    local() { let big = [0; 1024]; Ok(step(&big).await) }
    small(name: String, count: usize) { tokio::task::yield_now().await; Ok(name.len() + count) }
    reference(big: &Big, other: &mut Big) { Ok(step(big).await + step(other).await + big.len()) }
    large(big: Big) { Ok(step(&big).await) }
    two_large(big: Big, other: Big) { Ok(step(&big).await + step(&other).await) }
    guard(_big: Box<Big>, _other: Vec<u8>, third: u8) { tokio::task::yield_now().await; Ok(third.into()) }
}

#[guarded(deps = ["redis"])]
fn annotated_block(big: Big) -> impl Future<Output = Result<usize, Error>> {
    async move { Ok(step(&big).await) }
}

fn plain_block(big: Big) -> impl Future<Output = Result<usize, Error>> {
    async move { Ok(step(&big).await) }
}

#[guarded(deps = ["redis"])]
fn annotated_call(big: Big) -> impl Future<Output = Result<usize, Error>> {
    plain_block(big)
}

macro_rules! grows_little {
    ($($name:ident($($argument:expr),*))*) => {
        $(
            let plain = size_of_val(&plain::$name($($argument),*));
            let annotated = size_of_val(&annotated::$name($($argument),*));
            assert!(annotated <= plain + 64, "{}: {plain} to {annotated}", stringify!($name));
        )*
    };
}

fn main() {
    let big = || [0; 1024];
    grows_little! {
        empty()
        waiting()
        local()
        small(String::new(), 1)
        reference(&big(), &mut big())
        large(big())
        two_large(big(), big())
        guard(Box::new(big()), vec![], 1)
    }
    let plain = size_of_val(&plain_block(big()));
    for annotated in [size_of_val(&annotated_block(big())), size_of_val(&annotated_call(big()))] {
        assert!(annotated <= plain + 64, "{plain} to {annotated}");
    }
}
