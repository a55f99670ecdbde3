//! The permit is lent for the call: a task that outlives the call cannot hold it.

use health_runtime::{DependencyUnhealthy, destructive};

#[destructive(permit = "permit")]
async fn wipe() -> Result<(), DependencyUnhealthy> {
    tokio::spawn(async move {
        drop(permit.check());
    });
    Ok(())
}

fn main() {
    drop(wipe());
}
