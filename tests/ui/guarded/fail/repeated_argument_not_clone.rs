//! What is needed more than once is cloned.

use health_runtime::{DependencyUnhealthy, guarded};

struct Socket;

async fn other(_: Socket) -> Result<u32, DependencyUnhealthy> {
    Ok(1)
}

#[guarded(deps = ["redis"], attempts = 3)]
async fn retried(socket: Socket, _text: String) -> Result<u32, DependencyUnhealthy> {
    drop(socket);
    Ok(1)
}

#[guarded(deps = ["redis"], fallback = other)]
async fn answered(socket: Socket) -> Result<u32, DependencyUnhealthy> {
    drop(socket);
    Ok(1)
}

#[guarded(deps = ["redis"], attempts = 2)]
async fn generic<T: Send>(value: T) -> Result<T, DependencyUnhealthy> {
    Ok(value)
}

fn main() {}
