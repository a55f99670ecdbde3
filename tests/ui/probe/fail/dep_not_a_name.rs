//! One name, and a real one.

use std::io::Error;

#[health_runtime::probe(dep = ["redis"], every = "5s")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
