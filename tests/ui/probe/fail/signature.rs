//! The runtime calls a probe by itself, with nothing in hand.

use std::io::Error;

use health_runtime::probe;

#[probe(dep = "redis")]
async fn with_parameters(address: &str, port: u16) -> Result<(), Error> {
    drop((address, port));
    Ok(())
}

#[probe(dep = "redis")]
async fn generic<T>() -> Result<(), Error> {
    Ok(())
}

#[probe(dep = "redis")]
fn synchronous() -> Result<(), Error> {
    Ok(())
}

#[probe(dep = "redis")]
async unsafe fn dangerous() -> Result<(), Error> {
    Ok(())
}

fn main() {
    synchronous().unwrap();
}
