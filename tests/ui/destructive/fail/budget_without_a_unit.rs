//! A time without its unit.

use std::io::Error;

#[health_runtime::destructive(budget = "50/60")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
