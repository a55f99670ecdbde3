//! Other attributes on the function, before and after, and docs.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

/// Before.
#[inline]
#[guarded(deps = ["redis"])]
/// After.
#[must_use]
#[doc(alias = "fetch")]
#[cfg_attr(all(), allow(dead_code))]
pub async fn load() -> Result<(), Error> {
    Ok(())
}

#[cfg_attr(all(), guarded(deps = ["redis"]))]
async fn conditionally() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis"])]
#[cfg(any())]
async fn gone() -> Missing {}

#[guarded(deps = ["redis"])]
async fn inner_attributes() -> Result<u8, Error> {
    #![allow(unused_variables)]
    //! Docs, too.
    let unused = 1;
    Ok(2)
}

#[guarded(deps = ["redis"])]
async fn inner_attributes_with_a_pattern((_, _): (u8, u8)) -> Result<u8, Error> {
    #![allow(unused_variables)]
    let unused = 1;
    Ok(2)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    conditionally().await.unwrap();
    assert_eq!(inner_attributes().await.unwrap(), 2);
    assert_eq!(inner_attributes_with_a_pattern((1, 2)).await.unwrap(), 2);
}
