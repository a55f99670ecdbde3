//! A key without its value.

use std::io::Error;

#[health_runtime::guarded(deps, crate =)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
