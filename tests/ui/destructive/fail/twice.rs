//! The attribute twice on one function.

use std::io::Error;

use health_runtime::destructive;

#[destructive(budget = "1/1m")]
#[destructive]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(wipe());
}
