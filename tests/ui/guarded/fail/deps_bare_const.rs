//! One `const`, too.

use std::io::Error;

#[health_runtime::guarded(deps = REDIS)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
