//! Mistakes in the body are reported as in a plain function, at the user's tokens.

use std::io::Error;

use health_runtime::{destructive, guarded};

#[destructive(permit = "permit")]
async fn wipe() -> Result<String, Error> {
    permit.check();
    Ok(permit.fence())
}

#[destructive]
#[guarded(deps = ["redis"])]
async fn both() -> Result<u8, Error> {
    return "x";
}

fn main() {
    drop((wipe(), both()));
}
