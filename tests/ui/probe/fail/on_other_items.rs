//! Items that are no functions.

use health_runtime::probe;

#[probe(dep = "redis")]
struct Ping;

fn main() {
    drop(Ping);
}
