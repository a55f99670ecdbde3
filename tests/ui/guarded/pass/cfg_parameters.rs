//! Parameters that a `cfg` removes, mentioned and bound again alike.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn mentioned(
    a: String,
    #[cfg(all())] b: String,
    #[cfg(any())] c: String,
    #[cfg(any())] _d: String,
) -> Result<usize, Error> {
    #[cfg(any())]
    drop(c);
    Ok(a.len() + b.len())
}

#[guarded(deps = ["redis"])]
async fn bound_again(
    (a, _): (String, u8),
    #[cfg(all())] (b, _): (String, u8),
    #[cfg(any())] (c, _): (String, u8),
    #[cfg(any())] mut d: Vec<u8>,
    #[cfg(all())]
    #[allow(unused_variables)]
    e: String,
) -> Result<usize, Error> {
    Ok(a.len() + b.len())
}

#[guarded(deps = ["redis"])]
async fn nothing_left(#[cfg(any())] a: String) -> Result<(), Error> {
    #[cfg(any())]
    drop(a);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(mentioned("a".into(), "b".into()).await.unwrap(), 2);
    assert_eq!(bound_again(("a".into(), 0), ("b".into(), 0), "e".into()).await.unwrap(), 2);
    nothing_left().await.unwrap();
}
