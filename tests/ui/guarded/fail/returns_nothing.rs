//! There is no way to tell the caller of a refusal.

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn load(name: &str) {
    drop(name.to_owned());
}

fn main() {
    drop(load("x"));
}
