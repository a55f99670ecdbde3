//! A probe of nothing.

use std::io::Error;

#[health_runtime::probe(every = "5s")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
