//! An expression is no name.

use std::io::Error;

#[health_runtime::destructive(bypass = !sure)]
async fn wipe(sure: bool) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
