//! No parameter has a name like it.

use std::io::Error;

#[health_runtime::destructive(bypass = "force")]
async fn wipe(id: u8, (a, b): (u8, u8)) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
