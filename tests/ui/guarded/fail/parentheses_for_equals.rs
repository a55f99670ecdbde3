//! `deps(..)` and `deps: ..` are other people's syntax.

use std::io::Error;

#[health_runtime::guarded(deps("redis"), crate: health_runtime)]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
