//! Mistakes in the arguments of both attributes, reported together and once.

use std::io::Error;

use health_runtime::{destructive, guarded};

#[guarded]
#[destructive(bypass = "sur", permit = "permit")]
async fn gate_second(sure: bool) -> Result<u64, Error> {
    Ok(permit.fence())
}

#[destructive(budget = "5")]
#[guarded(deps = "redis")]
async fn gate_first() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop((gate_second(true), gate_first()));
}
