//! Items that are no functions.

#[health_runtime::harmless(reason = "a cache")]
struct Cache;

#[health_runtime::harmless(reason = "a cache")]
impl Cache {}

fn main() {
    drop(Cache);
}
