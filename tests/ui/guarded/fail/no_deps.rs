//! A guarded function says what it depends on.

use std::io::Error;

#[health_runtime::guarded]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
