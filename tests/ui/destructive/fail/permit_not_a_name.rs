//! A permit is bound to one name.

use std::io::Error;

#[health_runtime::destructive(permit = self.permit)]
async fn wipe() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = wipe;
}
