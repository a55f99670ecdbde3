//! A `Result` of something that is no answer, and an error that says nothing.

use std::io::Error;

use health_runtime::probe;

#[probe(dep = "redis")]
async fn number() -> Result<u8, Error> {
    Ok(1)
}

struct Silent;

#[probe(dep = "redis")]
async fn silent() -> Result<(), Silent> {
    Ok(())
}

fn main() {
    drop((number(), silent()));
}
