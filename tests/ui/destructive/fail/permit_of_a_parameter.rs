//! The permit's name is taken.

use std::io::Error;

#[health_runtime::destructive(permit = "permit")]
async fn wipe(permit: u8) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
