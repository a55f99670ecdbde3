//! Units that are written differently here.

use std::io::Error;

#[health_runtime::probe(dep = "redis", every = "5 sec", timeout = "3d")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
