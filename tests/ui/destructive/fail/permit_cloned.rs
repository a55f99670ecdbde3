//! One permit for one call: no copies.

use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};

fn keep(_: DestructivePermit) {}

#[destructive(permit = "permit")]
async fn clones() -> Result<(), DependencyUnhealthy> {
    keep(permit.clone());
    Ok(())
}

#[destructive(permit = "permit")]
async fn copies() -> Result<(), DependencyUnhealthy> {
    keep(*permit);
    Ok(())
}

fn main() {
    drop((clones(), copies()));
}
