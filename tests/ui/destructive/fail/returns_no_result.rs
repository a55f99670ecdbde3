//! A denial has to go somewhere.

use health_runtime::destructive;

#[destructive]
async fn wipe() {}

#[destructive]
async fn count() -> usize {
    1
}

fn main() {
    drop((wipe(), count()));
}
