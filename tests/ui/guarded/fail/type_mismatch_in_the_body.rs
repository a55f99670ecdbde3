//! Mistakes in the body are reported as in a plain function, at the user's tokens.

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn tail() -> Result<u8, Error> {
    Ok("one")
}

#[guarded(deps = ["redis"])]
async fn early(sure: bool) -> Result<u8, Error> {
    if sure {
        return 1;
    }
    Ok(2)
}

#[guarded(deps = ["redis"])]
async fn no_tail() -> Result<u8, Error> {
    Ok(1);
}

#[guarded(deps = ["redis"])]
async fn with_a_pattern((a, _): (u8, u8)) -> Result<String, Error> {
    Ok(a)
}

fn main() {
    drop((tail(), early(true), no_tail(), with_a_pattern((1, 2))));
}
