//! A role has a name.

use health_runtime::{DependencyUnhealthy, guarded};

mod case_0 {
    use super::*;

    #[guarded(deps = ["redis"], role = "")]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

mod case_1 {
    use super::*;

    #[guarded(deps = ["redis"], role = metadata)]
    pub async fn load(id: u32) -> Result<u32, DependencyUnhealthy> {
        Ok(id)
    }
}

fn main() {}
