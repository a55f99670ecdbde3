//! `self` that is moved into the body cannot be moved again.

use health_runtime::{DependencyUnhealthy, guarded};

struct Client;

impl Client {
    #[guarded(deps = ["redis"], attempts = 3)]
    async fn retried(self) -> Result<u32, DependencyUnhealthy> {
        Ok(1)
    }

    #[guarded(deps = ["redis"], fallback = Self::other)]
    async fn answered(self: Box<Self>) -> Result<u32, DependencyUnhealthy> {
        Ok(1)
    }

    async fn other(self: Box<Self>) -> Result<u32, DependencyUnhealthy> {
        Ok(1)
    }
}

fn main() {}
