//! A type parameter that may be anything.

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn load<E: Send>() -> Result<(), E> {
    Ok(())
}

fn main() {
    drop(load::<u8>());
}
