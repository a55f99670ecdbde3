//! The permit has a name in the body only if the attribute gives it one.

use health_runtime::{DependencyUnhealthy, destructive};

#[destructive]
async fn wipe() -> Result<(), DependencyUnhealthy> {
    permit.check()
}

#[destructive(deps = ["s3"])]
async fn by_the_name_of_the_expansion() -> Result<(), DependencyUnhealthy> {
    __permit.check()
}

fn main() {
    drop((wipe(), by_the_name_of_the_expansion()));
}
