//! What the gate is for: an irreversible primitive cannot be called by who has not passed it.

use health_runtime::{DependencyUnhealthy, DestructivePermit, guarded};

fn unlink(permit: &DestructivePermit, name: &str) -> Result<(), DependencyUnhealthy> {
    drop(name.to_owned());
    permit.check()
}

#[guarded(deps = ["disk"])]
async fn tidy_up(name: &str) -> Result<(), DependencyUnhealthy> {
    unlink(name)
}

fn main() {
    drop(tidy_up("x"));
}
