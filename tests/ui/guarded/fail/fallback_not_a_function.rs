//! A fallback is the path of a function.

use health_runtime::{DependencyUnhealthy, guarded};

mod case_0 {
    use super::*;

    #[guarded(deps = ["redis"], fallback = "from_cache")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_1 {
    use super::*;

    #[guarded(deps = ["redis"], fallback = 7)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_2 {
    use super::*;

    #[guarded(deps = ["redis"], fallback = |id| Ok(id))]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_3 {
    use super::*;

    #[guarded(deps = ["redis"], fallback = from_cache)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_4 {
    use super::*;

    #[guarded(deps = ["redis"], fallback)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

fn main() {}
