//! Something after a value.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis"] + ["api"], , crate = health_runtime)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
