//! A gate that nobody can wait at.

use std::io::Error;

use health_runtime::destructive;

#[destructive]
fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    wipe().unwrap();
}
