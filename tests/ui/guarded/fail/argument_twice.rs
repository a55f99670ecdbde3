//! The same argument twice.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"], deps = ["api"])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
