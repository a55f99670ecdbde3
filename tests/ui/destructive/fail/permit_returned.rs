//! The permit is lent for the call: it cannot be handed to the caller.

use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};

#[destructive(permit = "permit")]
async fn wipe() -> Result<&'static DestructivePermit, DependencyUnhealthy> {
    Ok(permit)
}

#[destructive(permit = "permit")]
async fn of_any_lifetime<'a>() -> Result<&'a DestructivePermit, DependencyUnhealthy> {
    Ok(permit)
}

fn main() {
    drop((wipe(), of_any_lifetime()));
}
