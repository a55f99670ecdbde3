//! A synchronous function cannot wait.

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
fn load() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis"])]
const fn constant() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis"])]
extern "C" fn foreign() -> u8 {
    1
}

fn main() {
    load().unwrap();
    constant().unwrap();
    foreign();
}
