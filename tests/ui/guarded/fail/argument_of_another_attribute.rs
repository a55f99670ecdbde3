//! An argument that `#[destructive]` takes.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"], bypass = "sure")]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
