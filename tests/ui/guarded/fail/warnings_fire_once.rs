//! The warnings of the plain function, each once and at the user's tokens.
#![deny(unused, deprecated, non_snake_case)]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn never_called() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis"])]
async fn unused(name: String, mut list: Vec<u8>, (a, b): (u8, u8), text: &str) -> Result<u8, Error> {
    let local = 1;
    drop(list);
    Ok(a)
}

#[deprecated(note = "use the new one")]
struct OldError;

#[allow(deprecated)]
impl From<health_runtime::DependencyUnhealthy> for OldError {
    fn from(_: health_runtime::DependencyUnhealthy) -> Self {
        Self
    }
}

#[guarded(deps = ["redis"])]
async fn oldError() -> Result<(), OldError> {
    Ok(())
}

fn main() {
    unused(String::new(), vec![], (1, 2), "");
    drop(oldError());
}
