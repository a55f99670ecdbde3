//! Whole numbers only.

use std::io::Error;

#[health_runtime::probe(dep = "redis", every = "1.5s", timeout = ".5s")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
