//! An argument that `#[probe]` takes.

use std::io::Error;

#[health_runtime::destructive(every = "5s")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
