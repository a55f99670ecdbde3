//! The error type is behind an alias: the message is at the return type.

use health_runtime::guarded;

#[derive(Debug)]
pub struct LoadError;

type Loaded<T> = Result<T, LoadError>;

#[guarded(deps = ["redis"])]
async fn load() -> Loaded<u8> {
    Ok(1)
}

#[guarded(deps = ["redis"])]
fn later() -> impl Future<Output = Loaded<u8>> {
    async { Ok(1) }
}

fn main() {
    drop((load(), later()));
}
