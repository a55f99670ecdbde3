//! There is nothing to name.

use std::io::Error;

#[health_runtime::destructive(bypass = user_confirmed)]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
