//! A `const` that is no string: the compiler says so, at the path.

use std::io::Error;

const PORT: u16 = 6379;

#[health_runtime::guarded(deps = ["redis", PORT])]
async fn load() -> Result<(), Error> {
    Ok(())
}

fn main() {
    drop(load());
}
