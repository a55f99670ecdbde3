//! Words for numbers.

use std::io::Error;

#[health_runtime::destructive(budget = "many/1m")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
