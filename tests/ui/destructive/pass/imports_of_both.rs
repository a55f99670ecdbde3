//! Each attribute has one use only, next to the other one: both imports are used.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, destructive, guarded};

#[guarded(deps = ["redis"])]
#[destructive]
async fn both() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

fn main() {
    health_runtime::testing::run(async { both().await.unwrap() });
}
