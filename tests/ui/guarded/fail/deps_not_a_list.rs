//! One name still goes into a list.

use std::io::Error;

#[health_runtime::guarded(deps = "redis")]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
