//! `verbs` replaces the list.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, destructive, destructive_surface};

struct Disk;

#[destructive_surface(verbs = ["smash", "burn"], crate = health_runtime)]
impl Disk {
    #[destructive(deps = ["redis"])]
    async fn smash(&self) -> Result<(), DependencyUnhealthy> {
        Ok(())
    }

    fn delete(&self) {}
}

fn main() {
    health_runtime::testing::run(async {
        Disk.delete();
        Disk.smash().await.unwrap();
    });
}
