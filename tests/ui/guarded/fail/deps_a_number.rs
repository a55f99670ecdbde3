//! Names are strings.

use std::io::Error;

#[health_runtime::guarded(deps = [6379, true, -1])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
