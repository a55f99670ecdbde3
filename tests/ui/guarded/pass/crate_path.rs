//! The runtime under another path.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

mod facade {
    pub use health_runtime as resilience;
}

#[facade::resilience::guarded(deps = ["redis"], crate = facade::resilience)]
async fn bare() -> Result<(), Error> {
    Ok(())
}

#[facade::resilience::guarded(crate = "crate::facade::resilience", deps = ["redis"])]
async fn quoted() -> Result<(), Error> {
    Ok(())
}

#[facade::resilience::guarded(deps = ["redis"], crate = ::health_runtime)]
async fn absolute() -> Result<(), Error> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    bare().await.unwrap();
    quoted().await.unwrap();
    absolute().await.unwrap();
}
