//! A unit without its number.

use std::io::Error;

#[health_runtime::destructive(budget = "50/m")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
