//! `backoff` is two spans of time, and belongs to `attempts`.

use health_runtime::{DependencyUnhealthy, guarded};

mod case_0 {
    use super::*;

    #[guarded(deps = ["redis"], attempts = 3, backoff = "5s..100ms")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_1 {
    use super::*;

    #[guarded(deps = ["redis"], attempts = 3, backoff = "100..5s")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_2 {
    use super::*;

    #[guarded(deps = ["redis"], attempts = 3, backoff = "100ms..5")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_3 {
    use super::*;

    #[guarded(deps = ["redis"], attempts = 3, backoff = 100)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_4 {
    use super::*;

    #[guarded(deps = ["redis"], backoff = "100ms..5s")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

fn main() {}
