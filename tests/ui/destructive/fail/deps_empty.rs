//! Leave it out instead.

use std::io::Error;

#[health_runtime::destructive(deps = [])]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
