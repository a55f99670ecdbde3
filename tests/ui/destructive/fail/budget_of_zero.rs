//! Nothing may ever run.

use std::io::Error;

#[health_runtime::destructive(budget = "0/1m")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
