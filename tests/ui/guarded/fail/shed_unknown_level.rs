//! `shed` takes a state that is worse than healthy.

use health_runtime::{DependencyUnhealthy, guarded};

mod case_0 {
    use super::*;

    #[guarded(deps = ["redis"], shed = "degrade")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_1 {
    use super::*;

    #[guarded(deps = ["redis"], shed = "healthy")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_2 {
    use super::*;

    #[guarded(deps = ["redis"], shed = "overloaded")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_3 {
    use super::*;

    #[guarded(deps = ["redis"], shed = degraded)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_4 {
    use super::*;

    #[guarded(deps = ["redis"], shed = true)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

fn main() {}
