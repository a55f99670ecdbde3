//! A path where no runtime is.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"], crate = std::vec)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
