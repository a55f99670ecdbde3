//! One name still goes into a list.

use std::io::Error;

#[health_runtime::destructive(deps = "s3")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
