//! No time at all.

use std::io::Error;

#[health_runtime::probe(dep = "redis", every = "0s", timeout = 0)]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
