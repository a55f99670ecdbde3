//! The error type cannot carry a denial, with one attribute and with both.

use health_runtime::{destructive, guarded};

#[derive(Debug)]
pub enum WipeError {
    Locked,
}

#[destructive]
async fn wipe() -> Result<(), WipeError> {
    Err(WipeError::Locked)
}

#[guarded(deps = ["redis"])]
#[destructive]
async fn both() -> Result<(), WipeError> {
    Err(WipeError::Locked)
}

fn main() {
    drop((wipe(), both()));
}
