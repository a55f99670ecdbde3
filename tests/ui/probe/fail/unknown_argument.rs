//! Misspelt arguments.

use std::io::Error;

#[health_runtime::probe(dep = "redis", evry = "5s", time_out = "1s", deps = ["redis"])]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
