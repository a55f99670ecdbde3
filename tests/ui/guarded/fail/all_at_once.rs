//! Every mistake of one function is reported in one go, and its callers stay quiet.

use health_runtime::guarded;

#[guarded(deps = ["", "api", "api"] timeot = "2s", crate = 1)]
fn load(name: &str) -> Option<usize> {
    Some(name.len())
}

fn main() {
    let length: usize = load("redis").unwrap_or_default();
    assert_eq!(length, 5);
}
