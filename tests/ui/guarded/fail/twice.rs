//! The attribute twice on one function.

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
#[guarded(deps = ["api"])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
