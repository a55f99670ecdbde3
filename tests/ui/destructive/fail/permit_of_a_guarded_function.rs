//! Only `#[destructive]` gives permits.

use health_runtime::{DependencyUnhealthy, guarded};

#[guarded(deps = ["redis"], permit = "permit")]
async fn wipe() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

fn main() {
    drop(wipe());
}
