//! The permit is lent for the call: it cannot be kept for later.

use std::sync::Mutex;

use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};

static KEPT: Mutex<Option<&'static DestructivePermit>> = Mutex::new(None);

#[destructive(permit = "permit")]
async fn wipe() -> Result<(), DependencyUnhealthy> {
    *KEPT.lock().unwrap() = Some(permit);
    Ok(())
}

fn main() {
    drop(wipe());
}
