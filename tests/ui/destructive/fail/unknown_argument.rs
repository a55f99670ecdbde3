//! A misspelt argument.

use std::io::Error;

#[health_runtime::destructive(bugdet = "50/1m")]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
