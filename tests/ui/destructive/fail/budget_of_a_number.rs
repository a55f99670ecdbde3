//! How many, but not in which time.

use std::io::Error;

#[health_runtime::destructive(budget = 50)]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
