//! A number is no span of time.

use std::io::Error;

#[health_runtime::probe(dep = "redis", every = 5, timeout = 1.5)]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
