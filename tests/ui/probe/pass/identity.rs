//! A probe that says which instance answered.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::probe;
use health_runtime::probe::Identity;

#[probe(dep = "redis", every = "500ms")]
async fn run_id() -> Result<Identity, Error> {
    Ok(Identity::new("run-1"))
}

#[probe(dep = "sqlite")]
async fn with_a_message() -> Result<(), String> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    run_id().await.unwrap();
}
