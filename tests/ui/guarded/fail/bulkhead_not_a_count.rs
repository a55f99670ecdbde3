//! `bulkhead` counts calls.

use health_runtime::{DependencyUnhealthy, guarded};

mod case_0 {
    use super::*;

    #[guarded(deps = ["redis"], bulkhead = 0)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_1 {
    use super::*;

    #[guarded(deps = ["redis"], bulkhead = "64")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_2 {
    use super::*;

    #[guarded(deps = ["redis"], bulkhead = 1.5)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

fn main() {}
