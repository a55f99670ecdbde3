//! A misspelt parameter.

use std::io::Error;

#[health_runtime::destructive(bypass = "user_confirmd")]
async fn wipe(id: u8, user_confirmed: bool) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
