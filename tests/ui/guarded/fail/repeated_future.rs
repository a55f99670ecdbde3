//! A future that the function returns is one, and cannot be made again.

use health_runtime::{DependencyUnhealthy, guarded};

#[guarded(deps = ["redis"], attempts = 3)]
fn retried() -> impl Future<Output = Result<u32, DependencyUnhealthy>> {
    async { Ok(1) }
}

#[guarded(deps = ["redis"], fallback = other)]
fn answered() -> std::pin::Pin<Box<dyn Future<Output = Result<u32, DependencyUnhealthy>>>> {
    Box::pin(async { Ok(1) })
}

async fn other() -> Result<u32, DependencyUnhealthy> {
    Ok(1)
}

fn main() {}
