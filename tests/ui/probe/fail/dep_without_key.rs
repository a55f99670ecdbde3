//! The name of the argument is not optional.

use std::io::Error;

#[health_runtime::probe("redis")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(ping());
}
