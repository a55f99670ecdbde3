//! Names of the expansion are not in scope of the body.

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn load() -> Result<u8, Error> {
    drop(__call);
    Ok(__output)
}

fn main() {
    drop(load());
}
