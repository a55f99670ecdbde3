//! A name without quotes is the path of a `const`, and there is none.

use std::io::Error;

#[health_runtime::guarded(deps = [redis])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
