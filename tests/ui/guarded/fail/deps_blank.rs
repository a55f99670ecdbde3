//! A blank name, and one with spaces around it.

use std::io::Error;

#[health_runtime::guarded(deps = ["", "  ", " redis"])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
