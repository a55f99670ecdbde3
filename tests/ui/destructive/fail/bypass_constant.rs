//! A constant is no confirmation.

use std::io::Error;

#[health_runtime::destructive(bypass = true)]
async fn wipe(sure: bool) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
