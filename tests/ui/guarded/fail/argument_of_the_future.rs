//! An argument that no version has yet.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"], timeout = "2s", retries = 3)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
