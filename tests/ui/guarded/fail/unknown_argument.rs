//! A misspelt argument.

use std::io::Error;

#[health_runtime::guarded(dep = ["redis"])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
