//! One name, and a real one.

use std::io::Error;

#[health_runtime::probe(dep = " ")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
