//! An empty list guards against nothing.

use std::io::Error;

#[health_runtime::guarded(deps = [])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
