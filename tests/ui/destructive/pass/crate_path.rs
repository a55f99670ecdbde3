//! The runtime under another path, on a function with both attributes, too.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

mod facade {
    pub use health_runtime as resilience;
}

use facade::resilience::{DependencyUnhealthy, destructive, guarded};

#[destructive(crate = facade::resilience, permit = "p")]
async fn alone() -> Result<u64, DependencyUnhealthy> {
    Ok(p.fence())
}

#[destructive]
#[guarded(crate = "facade::resilience", deps = ["redis"])]
async fn both() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

fn main() {
    facade::resilience::testing::run(async {
        alone().await.unwrap();
        both().await.unwrap();
    });
}
