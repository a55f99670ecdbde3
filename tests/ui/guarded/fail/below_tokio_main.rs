//! `#[tokio::main]` above has made the function synchronous before `#[guarded]` sees it.

use std::io::Error;

#[tokio::main]
#[health_runtime::guarded(deps = ["redis"])]
async fn main() -> Result<(), Error> {
    Ok(())
}
