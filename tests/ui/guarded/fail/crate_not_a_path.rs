//! `crate` takes a path.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"], crate = 3)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
