//! Above `#[tokio::main]` the function is still async.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"])]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tokio::task::yield_now().await;
    Ok(())
}
