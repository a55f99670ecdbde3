//! Each dependency is named once.

use std::io::Error;

#[health_runtime::guarded(deps = ["redis", "api", "redis"])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
