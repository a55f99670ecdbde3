//! In no time at all.

use std::io::Error;

#[health_runtime::destructive(budget = "50/0s")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
