//! The name of the argument is not optional.

use std::io::Error;

#[health_runtime::guarded("redis")]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
