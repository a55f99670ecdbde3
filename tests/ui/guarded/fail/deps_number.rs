//! A list, not a number.

use std::io::Error;

#[health_runtime::guarded(deps = 1)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
