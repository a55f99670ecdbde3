//! `?` on an error that does not convert: at the `?`.

use health_runtime::{DependencyUnhealthy, guarded};

#[guarded(deps = ["redis"])]
async fn load(text: &str) -> Result<u8, DependencyUnhealthy> {
    Ok(text.parse::<u8>()?)
}

fn main() {
    drop(load("1"));
}
